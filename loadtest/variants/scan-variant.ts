import type { RowVariant } from '../scan-and-write-turns.ts';
import type { ScanTally } from '../scan-tally.ts';

/** Rows of a page, in every variant. */
export const pageSize = 1_000;

/** A range of tokens above `start` and up to `end`. */
export interface TokenSplit {
  readonly start: string;
  readonly end: string;
}

/** One way of reading a whole table. */
export interface ScanVariant extends RowVariant {
  /** Hands every row to the tally, with all of its columns; rejects when it cannot read on. */
  scan(tally: ScanTally): Promise<void>;
  /** Of one scan of the table, so far. */
  pagesPerScan(): Promise<number>;
}
