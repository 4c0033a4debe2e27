/** Where the instances of a fleet put together what the guard needs, and agree on who decides. */
import type { Decision, GuardOverride, VersionedOverride } from './guard.ts';

/** Counts of durations by bucket, sparse; what a bucket is stands in `latency-histogram.ts`. */
export type BucketCounts = ReadonlyMap<number, number>;

/** The newest decision that the store knows. */
export interface StoredSteering {
  readonly epoch: number;
  /** Counts the decisions of this epoch: a number that stands still tells that nobody decides. */
  readonly sequence: number;
  readonly steering: Decision;
}

export interface GuardBeat {
  /** Whether this instance leads now. */
  readonly isLeader: boolean;
  /** The name of the one that does; undefined: none. */
  readonly leader: string | undefined;
  /** Of the lead that is held now; higher with each new leader. */
  readonly epoch: number;
  readonly stored: StoredSteering | undefined;
  readonly override: VersionedOverride;
  /** Of the last `windowSeconds`, of all instances; only for the leader. */
  readonly window: BucketCounts | undefined;
  /** The least that one of them told in that time; only for the leader. */
  readonly leastFactor: number | undefined;
}

/** All calls reject with a `StoreError`. Sent at most once. */
export interface GuardStore {
  /**
   * In one call: adds the counts of this instance to those of the present second, tells the factor that is in force on
   * it, and takes the lead where nobody has it or keeps it where this instance has it, for `leadMs` from now. Counts and
   * factors expire.
   */
  beat(beat: {
    readonly instance: string;
    readonly counts: BucketCounts;
    readonly factor: number;
    readonly leadMs: number;
    readonly windowSeconds: number;
  }): Promise<GuardBeat>;
  /** Fenced: `false`, and nothing is changed, where another epoch has begun. */
  steer(instance: string, epoch: number, sequence: number, steering: Decision): Promise<boolean>;
  /** Undefined takes it back. It does not expire. Its version, which it returns, is above `known` and all others here. */
  setOverride(override: GuardOverride | undefined, known: number): Promise<number>;
  /** Puts one back that the store has lost: only where it has an older one. Whether it did. */
  restoreOverride(known: VersionedOverride): Promise<boolean>;
  /** Gives up the lead, if this instance has it. */
  resign(instance: string): Promise<void>;
}
