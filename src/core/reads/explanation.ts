import type { Application } from '../applications.ts';
import type { Consistency } from '../ports.ts';
import type { Standing } from '../routing/node-health.ts';
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
  /** What this instance thinks of it. */
  readonly standing: Standing;
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
  /** The rule in force, the application's own or the table's, as `formatSpeculativeRetry` writes it. */
  readonly speculativeRetry: string;
  /** Hedge messages to ordinary ones, at most. */
  readonly hedgeBudget: number;
  readonly keys: readonly {
    /** Places in `keys` of the request; several where a key was given more than once. */
    readonly positions: readonly number[];
    readonly token: string;
    /** Every replica, candidates' datacenters first; empty where the owners cannot be known. */
    readonly owners: readonly ExplainedNode[];
    /** What the cache has of the key now, for this application and this request. `off`: the table has none, or the class does not use it. */
    readonly cache: 'fresh' | 'stale' | 'none' | 'off';
    /** Of what the cache has; null where it has nothing. */
    readonly cacheAgeMs: number | null;
    /** The place in `groups`; null for a key without a usable owner, and for one that the cache answers. */
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
    /** When its keys would be asked of other owners as well; null: never, or before enough was measured. */
    readonly hedgeAfterMs: number | null;
  }[];
  readonly warnings: readonly string[];
}

/** Rejects with a `RequestError`, as the look-up itself would. */
export type Explain = (call: ExplainCall) => Promise<Explanation>;
