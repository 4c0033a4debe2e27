/**
 * Where limits are counted: in this process, or in Redis for all instances. One contract suite holds both to the same
 * answers.
 */
import type { LimitId } from './limit.ts';

/** A limit as far as counting needs it. */
export interface ChargedLimit {
  readonly id: LimitId;
  /** Units a second. */
  readonly rate: number;
  /** Units; whole. */
  readonly burst: number;
  /** Where false, the limit is counted in its shadow and refuses nobody. */
  readonly enforced: boolean;
}

/** One decision over all limits of a request. */
export interface Charge {
  /** At most 8, of different ids, innermost first. */
  readonly limits: readonly ChargedLimit[];
  /** Wanted; 0 asks for the state only and changes nothing. Whole. */
  readonly units: number;
  /** Fewer than these are of no use: a refusal then. From 1 to `units`; 0 where `units` is 0. */
  readonly atLeast: number;
}

/** A limit after the decision. */
export interface LimitState {
  /** Units that it would still give at once; 0 while it is in debt. */
  readonly remaining: number;
  /** Until it would give its whole burst again, in ms; 0: it would now. */
  readonly fullInMs: number;
  /** Four fifths of the burst or more are used. */
  readonly near: boolean;
  /** Of a limit that is not enforced: units that it would not have given. */
  readonly shadowRefused: number;
}

/**
 * `granted`: from `atLeast` to `units`, charged to every limit. `refused`: nothing is charged anywhere; the same charge
 * can succeed in `retryAfterMs` if nobody else comes first, never before. `oversize`: `atLeast` is more than a burst can
 * ever give. `violated`: indexes into `limits` of those to blame, at least one.
 */
export type ChargeVerdict =
  | { readonly kind: 'granted'; readonly units: number; readonly states: readonly LimitState[] }
  | {
      readonly kind: 'refused';
      /** Above 0; fractions count. */
      readonly retryAfterMs: number;
      readonly violated: readonly number[];
      readonly states: readonly LimitState[];
    }
  | { readonly kind: 'oversize'; readonly violated: readonly number[] };

/** The store could not be asked, or did not answer; whether it changed something is not known. */
export class StoreError extends Error {
  readonly reason: 'unreachable' | 'timeout' | 'open' | 'failed';
  /** Of the store's own refusal: `OOM`, `READONLY`; undefined where it said nothing. */
  readonly code: string | undefined;
  constructor(reason: StoreError['reason'], options?: ErrorOptions & { readonly code?: string | undefined }) {
    super(reason, options);
    this.name = 'StoreError';
    this.reason = reason;
    this.code = options?.code;
  }
}

export interface LimitStore {
  /** All limits at once: a refusal changes none. Sent at most once. Rejects with a `StoreError` and nothing else. */
  charge(charge: Charge): Promise<ChargeVerdict>;
  /**
   * What turned out otherwise: units above 0 are a debt and are charged whatever the limits say, up to one burst beyond
   * what they have; below 0 they are given back, never beyond the burst. Sent at most once: lost, it loses units and
   * never makes them. Rejects with a `StoreError`.
   */
  adjust(limits: readonly ChargedLimit[], units: number): Promise<void>;
}
