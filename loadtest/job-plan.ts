/** What the process of a job is told, and what it tells; see `job-process.ts`. */
export interface JobPlan {
  /** Over Cassandra's own driver, or over HTTP through a Weir. */
  readonly way: JobWay;
  readonly keyspace: string;
  readonly sourceTable: string;
  readonly targetTable: string;
  /** At the same time, each of one split; a new one begins when one ends, for as long as the job lasts. */
  readonly scans: number;
  /** Each with one write at a time. */
  readonly writers: number;
  readonly rowsPerWrite: number;
  readonly splits: number;
  readonly pageSize: number;
}

export type JobWay =
  | { readonly kind: 'straight'; readonly datacenter: string; readonly contactPoints: readonly string[] }
  | { readonly kind: 'weir'; readonly dataUrl: string; readonly application: string };

/** Since the job began. */
export interface JobCounts {
  readonly scannedRows: number;
  readonly writtenRows: number;
  /** Scans and writes that failed; what a limit put off is no failure. */
  readonly failures: number;
  readonly firstFailure?: string;
}

export type JobMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'counts'; readonly counts: JobCounts };

/** From whoever started the process: the plan first, then the word to begin. */
export type JobOrder = { readonly kind: 'prepare'; readonly plan: JobPlan } | { readonly kind: 'begin' };
