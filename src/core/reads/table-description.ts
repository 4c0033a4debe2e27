import type { Application } from '../applications.ts';

export interface DescribeCall {
  readonly application: Application;
  readonly keyspace: string;
  readonly table: string;
  /** On the core's clock. */
  readonly deadlineMs: number;
}

/**
 * `GET …/{table}`: what the application may know of the table, as JSON text: `keyspace`, `table`, `partitionKey` and
 * `clusteringKey` (names), `columns` (`name`, `kind`, `type` in CQL, `json` in words, `readable`), `operations`,
 * `consistency` (`default`, `allowed`) and `limits`. Rejects with a `RequestError`.
 */
export type DescribeTable = (call: DescribeCall) => Promise<string>;
