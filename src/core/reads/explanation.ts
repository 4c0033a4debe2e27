import type { Application } from '../applications.ts';
import type { Consistency } from '../ports.ts';
import type { Grouping } from '../routing/plan.ts';

export interface ExplainCall {
  readonly application: Application;
  readonly keyspace: string;
  readonly table: string;
  /** The body of the look-up to be explained. */
  readonly body: unknown;
  readonly deadlineMs: number;
}

export interface ExplainedNode {
  readonly address: string;
  readonly datacenter: string;
  readonly rack: string;
  /** Null: this instance does not connect to the datacenter. */
  readonly up: boolean | null;
}

/** What a look-up would do now; nothing was sent. Keys are told by their place in the request, never by value. */
export interface Explanation {
  readonly keyspace: string;
  readonly table: string;
  readonly application: string;
  /** The candidates in the order in which they are tried. */
  readonly datacenters: readonly string[];
  readonly ringEpoch: number;
  readonly consistency: Consistency;
  readonly grouping: Grouping;
  /** Null: no bound. */
  readonly maxKeysPerGroup: number | null;
  readonly columns: readonly string[];
  readonly keys: readonly {
    /** Places in `keys` of the request; several where a key was given more than once. */
    readonly positions: readonly number[];
    readonly token: string;
    /** Every replica, candidates' datacenters first; empty where the owners cannot be known. */
    readonly owners: readonly ExplainedNode[];
    /** The place in `groups`; null for a key without a usable owner. */
    readonly group: number | null;
  }[];
  readonly groups: readonly {
    readonly node: ExplainedNode;
    /** Places in `keys` of this explanation. */
    readonly keys: readonly number[];
    /** Messages that the group takes; more than one where no single `IN` can carry its keys. */
    readonly messages: number;
    /** What the table and the number of keys lead to expect; null before enough was measured. */
    readonly expectedMs: number | null;
  }[];
  readonly warnings: readonly string[];
}

/** Rejects with a `RequestError`, as the look-up itself would. */
export type Explain = (call: ExplainCall) => Promise<Explanation>;
