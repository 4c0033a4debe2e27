import type { CacheSettings } from '../cache/cache-settings.ts';
import type { Consistency } from '../ports.ts';
import type { Grouping } from '../routing/plan.ts';
import { defaultSpeculativeRetry, type SpeculativeRetry } from '../speculation/speculative-retry.ts';

/** What the operator set for one table. */
export interface TableSettings {
  readonly grouping: Grouping;
  /** At most so many keys in one message; `Infinity` is allowed. */
  readonly maxKeysPerGroup: number;
  readonly defaultConsistency: Consistency;
  readonly allowedConsistencies: readonly Consistency[];
  /** For applications that have none of their own. */
  readonly speculativeRetry: SpeculativeRetry;
  /** Hedge messages to ordinary ones, at most; above 0, at most 1. */
  readonly hedgeBudget: number;
  /** Undefined: nothing of the table is cached. */
  readonly cache: CacheSettings | undefined;
  /** Whether applications may write it, if they are granted that. */
  readonly writable: boolean;
  /** How rows of a write become messages. */
  readonly writeGrouping: WriteGrouping;
  /** After a write nothing of its partition is cached for so long, in ms: replicas may lack it. */
  readonly settleMs: number;
}

/**
 * `row`: a statement each; `owner`: one unlogged batch for those of one owner; `request`: one for all rows, to one node
 * that passes them on, or one for each 64.
 */
export const writeGroupings = ['row', 'owner', 'request'] as const;
export type WriteGrouping = (typeof writeGroupings)[number];

export const defaultTableSettings: TableSettings = {
  grouping: 'owner',
  maxKeysPerGroup: 32,
  defaultConsistency: 'LOCAL_ONE',
  allowedConsistencies: ['LOCAL_ONE', 'LOCAL_QUORUM'],
  speculativeRetry: defaultSpeculativeRetry,
  hedgeBudget: 0.1,
  cache: undefined,
  writable: false,
  writeGrouping: 'request',
  settleMs: 2_000,
};

/** What one request, and all of them together, may take. */
export interface Bounds {
  /** Keys in a request. */
  readonly keys: number;
  /** Rows that a request may bring: `limitPerKey` for each partition key, one for each whole primary key. */
  readonly rows: number;
  readonly bodyBytes: number;
  readonly answerBytes: number;
  /** The longest time that a request may ask for, in ms. */
  readonly timeoutMs: number;
  /** For requests that ask for none; at most `timeoutMs` counts. */
  readonly defaultTimeoutMs: number;
  /** Messages under way to one node. */
  readonly inFlightPerHost: number;
  /** Keys under way to Cassandra in this process; a key that may bring more than 100 rows counts one for each 100. */
  readonly keysInFlight: number;
  /** Rows in a write. */
  readonly writeRows: number;
}

/** Of the bounds those that one request asks about. */
export type RequestBounds = Pick<Bounds, 'keys' | 'rows' | 'answerBytes'>;

export const defaultBounds: Bounds = {
  keys: 1_000,
  rows: 10_000,
  bodyBytes: 1_048_576,
  answerBytes: 16_777_216,
  timeoutMs: 10_000,
  defaultTimeoutMs: 1_000,
  inFlightPerHost: 256,
  keysInFlight: 50_000,
  writeRows: 1_000,
};
