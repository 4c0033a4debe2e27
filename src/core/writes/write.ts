/** Writes as the edge sees them. `createWrite` in `write-service.ts` makes one. */
import type { Invalidation } from '../cache/invalidation.ts';
import type { InvalidationReach } from '../cache/invalidation-follower.ts';
import type { ProblemSlug } from '../errors.ts';
import type { TableCall } from '../reads/granted-table.ts';
import type { QuotaAccount } from '../reads/quota-bill.ts';
import type { RefusedCall } from '../throttle/refused-call.ts';
import type { CallerWatch } from '../throttle/throttle.ts';

/** One write as the edge hands it in: authenticated, body parsed as JSON and not looked at further. */
export interface WriteCall extends TableCall {
  readonly body: unknown;
  /** Of `X-Weir-Session`. */
  readonly sessionId: string | undefined;
  /** All rows are admitted or none; a row that fails after that does not take back the others. */
  readonly strict: boolean;
  readonly waitMs?: number | undefined;
  readonly caller?: CallerWatch | undefined;
  readonly traceparent?: string | undefined;
}

/** For the request log. Counts of rows as asked. */
export interface WriteAccount {
  readonly rows: number;
  readonly written: number;
  readonly error: number;
  readonly unprocessed: number;
  readonly retries: number;
  readonly cassandraMs: number;
  readonly quota: QuotaAccount | undefined;
}

/** A ready answer: status 200 when at least one row was written, otherwise a problem. */
export interface WriteAnswer {
  readonly kind: 'answer';
  readonly problem: ProblemSlug | undefined;
  /** As of a look-up's answer: complete JSON text; with a problem without `instance`. */
  readonly body: string;
  readonly retryAfterMs?: number | undefined;
  readonly account: WriteAccount;
}

/** Rejects with a `RequestError` when the request as a whole is refused. */
export type Write = (call: WriteCall) => Promise<WriteAnswer | RefusedCall>;

/** Drops rows here at once, and tells the other instances. Never rejects. */
export type Invalidate = (invalidation: Invalidation) => Promise<InvalidationReach>;

/** Where writes report; must not throw and must not wait. */
export interface WriteTelemetry {
  rows(
    application: string,
    keyspace: string,
    table: string,
    outcome: 'written' | 'error' | 'unprocessed',
    rows: number,
  ): void;
  retry(result: 'sent' | 'denied', rows: number): void;
  unexpected(error: unknown): void;
}
