/** Scans as the edges see them. `createScan` in `scan-service.ts` makes one. */
import type { ProblemSlug } from '../errors.ts';
import type { TableCall } from '../reads/granted-table.ts';
import type { RefusedCall } from '../throttle/refused-call.ts';
import type { CallerWatch } from '../throttle/throttle.ts';

/** One scan as an edge hands it in: authenticated, body parsed as JSON and not looked at further. */
export interface ScanCall extends TableCall {
  readonly body: unknown;
  /** Of `X-Weir-Session`. */
  readonly sessionId: string | undefined;
  /** For each page, from its turn on; the time to wait for units is no part of it. */
  readonly pageTimeoutMs: number;
  readonly caller?: CallerWatch | undefined;
  readonly traceparent?: string | undefined;
}

/** For the request log. */
export interface ScanAccount {
  /** Delivered so far. */
  readonly rows: number;
  readonly pages: number;
  /** Pages that were asked of another owner after one had failed. */
  readonly retries: number;
  /** Time that it waited for units. */
  readonly waitedMs: number;
  readonly outcome: 'running' | 'complete' | 'cut' | 'failed' | 'cancelled';
  /** Why it failed. */
  readonly problem: ProblemSlug | undefined;
}

/**
 * The lines of one scan, as complete NDJSON text: `{"row":…}`, or `{"unreadable":{"columns","row"}}` for one with values
 * that have no JSON form, `{"checkpoint":{"cursor","rows"}}`, and exactly one last one, `{"end":{"rows","complete":true}}`,
 * `{"end":{"rows","complete":false,"cursor"}}` or `{"error":{"type","title","cursor"}}`. Beyond one page ahead nothing is
 * read that was not asked for.
 */
export interface ScanStream {
  /**
   * The next lines, about 512 KiB of them or one that is larger, each with its line end; undefined after the last.
   * Never rejects. One call at a time.
   */
  next(): Promise<string | undefined>;
  /** Nobody reads on: what is under way is dropped, and units that were not used go back. */
  cancel(): void;
  account(): ScanAccount;
}

/**
 * Begins a scan; its first page has been admitted when it resolves with a stream. Rejects with a `RequestError` when the
 * request as a whole is refused: `invalid-request`, `impossible`, `cursor-stale`, `over-quota`, `queue-full`, `overload`,
 * `draining` and those of a table.
 */
export type Scan = (
  call: ScanCall,
) => Promise<{ readonly kind: 'stream'; readonly stream: ScanStream } | RefusedCall>;

/** One scan that has ended, for metrics; labels come from the configuration. */
export interface ScanEvent {
  readonly application: string;
  readonly keyspace: string;
  readonly table: string;
  readonly outcome: Exclude<ScanAccount['outcome'], 'running'>;
  readonly problem: ProblemSlug | undefined;
  readonly durationMs: number;
}

/** Where scans report; must not throw and must not wait. */
export interface ScanTelemetry {
  begun(): void;
  /** A page that was delivered. */
  page(application: string, keyspace: string, table: string, rows: number): void;
  ended(event: ScanEvent): void;
  unexpected(error: unknown): void;
}

/** Tells that the process is about to end: scans stop at the end of their page, with a cursor. */
export interface Ending {
  readonly begun: boolean;
  /** Calls once, at once where it has begun; returns how to stop listening. */
  onBegin(listener: () => void): () => void;
}

/** Keeps what a cursor says from its bearer, and from being changed. */
export interface CursorSeal {
  seal(plain: Uint8Array): Uint8Array;
  /** Undefined for what no key of this fleet has sealed. */
  open(sealed: Uint8Array): Uint8Array | undefined;
}

/** What scans of this process may take; may change at run time. */
export interface ScanBounds {
  /** Streams at once. */
  readonly streams: number;
  /** Of one stream; then it ends with a cursor. */
  readonly maxDurationMs: number;
}
