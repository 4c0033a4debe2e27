import type { Application } from '../applications.ts';
import { type ProblemSlug, RequestError } from '../errors.ts';
import type { LimitDetails } from '../problem-document.ts';
import type { SpeculativeRetry } from '../speculation/speculative-retry.ts';
import type { CallerWatch } from '../throttle/throttle.ts';
import type { ReadAccount } from './look-up.ts';

/** One row as an edge asks for it: `GET …/row?col=value…`. */
export interface RowCall {
  readonly application: Application;
  readonly keyspace: string;
  readonly table: string;
  /**
   * The query as given, decoded, in order. Every column of the primary key once, as text; beside them
   * `$columns` (names separated by commas) and `$consistency`. Nothing about it is assumed.
   */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** On the core's clock. */
  readonly deadlineMs: number;
  readonly traceparent?: string | undefined;
  /** The request wants hedges no sooner than this; what it could gain by asking for more is nothing. */
  readonly speculativeRetry?: SpeculativeRetry | undefined;
  /** `Cache-Control: no-cache`. */
  readonly noCache?: boolean | undefined;
  /** How long the caller would wait where a limit is reached; undefined: as the limit says. */
  readonly waitMs?: number | undefined;
  /** Who waits leaves its queue when the caller has gone. */
  readonly caller?: CallerWatch | undefined;
}

export interface RowAnswer {
  /** The row as a JSON object, complete text. */
  readonly body: string;
  /** Since the row was read, where the cache answered with it; undefined: it was read for this call. */
  readonly ageMs: number | undefined;
  readonly account: ReadAccount;
}

/** The row was read for, and there is none to answer with. */
export class RowRefusal extends RequestError {
  readonly account: ReadAccount;
  /** As that of an answer. */
  readonly ageMs: number | undefined;
  /** Where limits refused it. */
  readonly limits: LimitDetails | undefined;
  constructor(
    slug: ProblemSlug,
    detail: string,
    account: ReadAccount,
    {
      ageMs,
      limits,
    }: { readonly ageMs?: number | undefined; readonly limits?: LimitDetails | undefined } = {},
  ) {
    super(slug, detail);
    this.ageMs = ageMs;
    this.limits = limits;
    this.name = 'RowRefusal';
    this.account = account;
  }
}

/**
 * Rejects with a `RequestError`, once something was read for it a `RowRefusal`: `row-not-found`, what a look-up
 * refuses as a whole, or the problem of the only key.
 */
export type ReadRow = (call: RowCall) => Promise<RowAnswer>;
