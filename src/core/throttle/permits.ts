/** Permits: units for a job that talks to Cassandra by itself, from the same limits as everybody's. */
import type { ChargedLimit, LimitState } from './limit-store.ts';

export type PermitVerdict =
  | {
      readonly kind: 'granted';
      readonly units: number;
      /** How long it can be used or given back from now on. */
      readonly expiresInMs: number;
      /** The same permit was asked for before; nothing was charged this time. */
      readonly repeated: boolean;
      readonly states: readonly LimitState[];
    }
  | {
      readonly kind: 'refused';
      readonly retryAfterMs: number;
      /** Empty: so many permits are remembered that there is no room for one more. */
      readonly violated: readonly number[];
      readonly states: readonly LimitState[];
    }
  | { readonly kind: 'oversize'; readonly violated: readonly number[] }
  /** The permit of this id was taken for another operation; nothing is charged, and it stays as it is. */
  | { readonly kind: 'other-operation' };

export type PermitReturn =
  | {
      readonly kind: 'returned';
      readonly units: number;
      /** For which it was taken. */
      readonly operation: string;
    }
  /** There is none of this id, it has expired, or it was returned before. */
  | { readonly kind: 'unknown' };

export interface PermitStore {
  /** Once for each id of an application: who repeats it for the same operation is told what was granted the first time. Rejects with a `StoreError`. */
  take(permit: {
    readonly application: string;
    readonly permitId: string;
    readonly operation: string;
    readonly limits: readonly ChargedLimit[];
    /** At least one is granted, or it is a refusal. */
    readonly units: number;
    readonly ttlMs: number;
  }): Promise<PermitVerdict>;
  /** At most what was granted; the first return counts. */
  giveBack(permit: {
    readonly application: string;
    readonly permitId: string;
    readonly units: number;
  }): Promise<PermitReturn>;
}
