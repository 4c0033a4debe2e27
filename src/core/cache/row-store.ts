import type { Consistency } from '../ports.ts';

/** What one read of a partition, or of one row of it, brought. */
export interface StoredRead {
  /** Number of the columns and of the form of the key; see `RowStore.find`. */
  readonly selection: number;
  /** The clustering key where one row was asked for, by `keyIdentity`; empty for a whole partition. */
  readonly clustering: string;
  /** Most rows that were asked for. */
  readonly limit: number;
  readonly consistency: Consistency;
  /** Where it was read; counts where the consistency is one of a datacenter. */
  readonly datacenter: string;
  /** When the read began. This and the other times are on the core's clock. */
  readonly readAtMs: number;
  readonly freshUntilMs: number;
  /** Not before `freshUntilMs`. */
  readonly usableUntilMs: number;
  /** Each a complete JSON object; empty: there was no row. */
  readonly rows: readonly string[];
  readonly truncated: boolean;
}

export interface RowStoreStats {
  readonly partitions: number;
  /** Of these, those of which every read found nothing. */
  readonly missingPartitions: number;
  /** All that is kept, keys and overhead counted. */
  readonly bytes: number;
  readonly missingBytes: number;
  readonly maxBytes: number;
  /** Partitions that were pushed out since the start. */
  readonly evictions: number;
}

/**
 * Where cached rows lie: partitions by name, each with one read for each (selection, clustering). Bounded by bytes,
 * with those partitions of which nothing was found held to a tenth; what is found rarely and was found long ago goes
 * first, and what is past its `usableUntilMs` before that. What is taken out is a copy: it stays right when its place is
 * used again.
 */
export interface RowStore {
  /** `partition`: one character a byte. Counts as a use. */
  find(partition: string, selection: number, clustering: string): StoredRead | undefined;
  /** As `find`, counting as nothing. */
  peek(partition: string, selection: number, clustering: string): StoredRead | undefined;
  /**
   * In place of the read of the same selection and clustering. What is larger than a sixteenth of the whole is not
   * kept.
   */
  put(partition: string, read: StoredRead): void;
  /** The partition with all its reads; whether there was one. */
  delete(partition: string): boolean;
  /**
   * Partitions whose names begin so are asked for no more, and none will come: they count for nothing from now on, and
   * their room is the first to be used again. `prefix`: the first four characters.
   */
  retire(prefix: string): void;
  clear(): void;
  stats(): RowStoreStats;
}
