import type { Application } from '../applications.ts';
import type { ProblemSlug } from '../errors.ts';
import type { SpeculativeRetry } from '../speculation/speculative-retry.ts';
import type { CallerWatch } from '../throttle/throttle.ts';
import type { QuotaAccount } from './quota-bill.ts';

/** One look-up as an edge hands it in: authenticated, body parsed as JSON and not looked at further. */
export interface LookUpCall {
  readonly application: Application;
  readonly keyspace: string;
  readonly table: string;
  /** The parsed JSON body; nothing about its shape is assumed. */
  readonly body: unknown;
  /** On the core's clock. The answer is there at most 50 ms later, whatever is down. */
  readonly deadlineMs: number;
  /** All or nothing: a key that failed or was not tried refuses the whole, and no row is shown then. */
  readonly strict: boolean;
  /** The caller's W3C trace context, already checked for its form; passed on to Cassandra. */
  readonly traceparent?: string | undefined;
  /** The request wants hedges no sooner than this; what it could gain by asking for more is nothing. */
  readonly speculativeRetry?: SpeculativeRetry | undefined;
  /** `Cache-Control: no-cache`. */
  readonly noCache?: boolean | undefined;
  /** How long the caller would wait where a limit is reached; undefined: as the limit says. */
  readonly waitMs?: number | undefined;
  /** Who waits leaves its queue when the caller has gone. */
  readonly caller?: CallerWatch | undefined;
  /** Add `source`, `ageMs` and `meta` to the answer. */
  readonly debug: boolean;
}

/** A ready answer: status 200 when at least one key was found or missing, otherwise a problem. */
export interface LookUpAnswer {
  /** Why no key was answered, and so the status; undefined with 200. */
  readonly problem: ProblemSlug | undefined;
  /** Complete JSON text. With a problem: an RFC 9457 problem without `instance`, plus `results` and `summary`. */
  readonly body: string;
  /** With a problem of limits: when it is worth asking again, in ms, if anybody knows. */
  readonly retryAfterMs?: number | undefined;
  readonly account: ReadAccount;
}

/** What the cache had to do with a read of a table that has one. Counts of distinct keys. */
export interface CacheAccount {
  /** `refused`: the request wanted no cached row; `off`: the class of the application does without. */
  readonly use: 'read' | 'refused' | 'off';
  readonly keys: number;
  /** Answered beyond their time, because the cluster failed. */
  readonly stale: number;
}

/** For the request log, `Cache-Status` and `Server-Timing`: counts and times only. */
export interface ReadAccount {
  /** As asked, doubles included. */
  readonly keys: number;
  readonly groups: number;
  /** Hedge messages sent. */
  readonly hedges: number;
  /** Distinct keys that the cache answered with fresh rows, and those that somebody else's read answered. */
  readonly cacheHits: number;
  readonly joined: number;
  readonly found: number;
  readonly missing: number;
  readonly error: number;
  readonly unprocessed: number;
  /** From the first message to the last outcome; 0 when nothing was sent. */
  readonly cassandraMs: number;
  /** Undefined for a table without a cache. */
  readonly cache: CacheAccount | undefined;
  /** Undefined where no limit was asked: there is none, or nothing had to be read. */
  readonly quota: QuotaAccount | undefined;
}

/** Answers look-ups. Rejects with a `RequestError` when the request as a whole is refused. */
export type LookUp = (call: LookUpCall) => Promise<LookUpAnswer>;
