/** Where the instances of a fleet put together what the guard needs, and agree on who decides. */
import type { GuardOverride, Steering } from './guard.ts';

/** Counts of durations by bucket, sparse; what a bucket is stands in `latency-histogram.ts`. */
export type BucketCounts = ReadonlyMap<number, number>;

/** The newest decision that the store knows. */
export interface StoredSteering {
  readonly epoch: number;
  /** Counts the decisions of this epoch: a number that stands still tells that nobody decides. */
  readonly sequence: number;
  readonly steering: Steering;
}

export interface GuardBeat {
  /** Whether this instance leads now. */
  readonly isLeader: boolean;
  /** The name of the one that does; undefined: none. */
  readonly leader: string | undefined;
  /** Of the lead that is held now; higher with each new leader. */
  readonly epoch: number;
  readonly stored: StoredSteering | undefined;
  readonly override: GuardOverride | undefined;
  /** Of the last `windowSeconds`, of all instances; only for the leader. */
  readonly window: BucketCounts | undefined;
}

/** All calls reject with a `StoreError`. Sent at most once. */
export interface GuardStore {
  /**
   * In one call: adds the counts of this instance to those of the present second, and takes the lead where nobody has it
   * or keeps it where this instance has it, for `leadMs` from now. Counts expire.
   */
  beat(beat: {
    readonly instance: string;
    readonly counts: BucketCounts;
    readonly leadMs: number;
    readonly windowSeconds: number;
  }): Promise<GuardBeat>;
  /** Fenced: `false`, and nothing is changed, where another epoch has begun. */
  steer(instance: string, epoch: number, sequence: number, steering: Steering): Promise<boolean>;
  /** Undefined takes it back. It does not expire. */
  setOverride(override: GuardOverride | undefined): Promise<void>;
  /** Gives up the lead, if this instance has it. */
  resign(instance: string): Promise<void>;
}
