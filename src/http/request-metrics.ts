/** One request of the data port that has ended; what is not known of it is undefined. */
export interface RequestEnd {
  readonly application: string | undefined;
  readonly className: string | undefined;
  readonly operation: string | undefined;
  /** `keyspace.table`, where something is granted on it. */
  readonly table: string | undefined;
  readonly status: number;
  readonly durationMs: number;
}

/** Where the data port reports; must not throw and must not wait. Each start has exactly one end. */
export interface RequestMetrics {
  requestStarted(): void;
  requestEnded(end: RequestEnd): void;
}
