/** Invalidations between the instances of one fleet. */

/** What is no longer to be answered. */
export interface Invalidation {
  readonly keyspace: string;
  readonly table: string;
  /** `keyIdentity` of each partition key, one character a byte; `all`: the whole table. At most 1,000. */
  readonly partitions: readonly string[] | 'all';
  /** For so long nothing of these partitions is kept: it can arrive before the write has reached every replica. */
  readonly settleMs: number;
}

/** Where an instance stands in the stream of invalidations. */
export interface StreamPosition {
  /** Opaque; of the last that was read. */
  readonly id: string;
  /** How many there had been then, and of which beginning: another epoch, or a number that is skipped or falls, is a loss. */
  readonly sequence: number;
  readonly epoch: string;
}

export interface InvalidationEntry {
  /** Undefined where it cannot be read (of another version of Weir): as good as lost. */
  readonly invalidation: Invalidation | undefined;
  /** The instance that published it. */
  readonly instance: string;
  readonly position: StreamPosition;
}

/** A bounded stream that every instance of the fleet reads. Calls reject with a `StoreError`. */
export interface InvalidationStream {
  /** Sent at most once. */
  publish(instance: string, invalidation: Invalidation): Promise<void>;
  /** The end of the stream as it is now: where a reader begins that has nothing cached yet. */
  end(): Promise<StreamPosition>;
  /** The next ones after a position, in order, at most 1,000; waits up to `waitMs` where there is none, then answers empty. */
  read(after: StreamPosition, waitMs: number): Promise<readonly InvalidationEntry[]>;
}
