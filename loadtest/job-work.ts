import type { Item } from './dataset.ts';

/** Tokens above `start` and up to `end`, as digits. */
export interface JobSplit {
  readonly start: string;
  readonly end: string;
}

export interface WriteOutcome {
  readonly written: number;
  /** Where a limit left rows over. */
  readonly retryAfterMs?: number;
}

/** One way of reading and writing for a job. */
export interface JobWork {
  /** Once; done when scans and writes may begin. */
  open(): Promise<readonly JobSplit[]>;
  /** Reads all rows of a split and tells of them as they come. Rejects when they were not all read. */
  scan(split: JobSplit, onRows: (count: number) => void): Promise<void>;
  write(rows: readonly Item[]): Promise<WriteOutcome>;
}
