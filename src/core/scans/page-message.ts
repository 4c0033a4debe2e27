import { ReplicaError, type ReplicaErrorName, replicaErrorPolicies } from '../errors.ts';
import type { Clock, PageRead, PageReader, ReadTelemetry, ReplicaPage } from '../ports.ts';
import type { InFlight } from '../reads/in-flight.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import type { WatchedMessage } from '../routing/watched-message.ts';

export interface PageMessageParts {
  readonly cluster: PageReader;
  readonly clock: Clock;
  readonly health: Pick<NodeHealth, 'sent'>;
  readonly inFlight: InFlight;
  readonly telemetry: Pick<ReadTelemetry, 'replicaRead' | 'unexpected'>;
}

export type PageEnd =
  | { readonly kind: 'page'; readonly page: ReplicaPage }
  | { readonly kind: 'failed'; readonly error: ReplicaErrorName };

/** Silence for so long says something against a node; a page may take longer than a look-up, and this is the longest patience with those. */
const patienceMs = 1_000;
/** What a timer may be wrong by. */
const timerErrorMs = 1;
/** Rows that take the room of one key. */
const rowsPerWeight = 100;

/** What a page counts among the keys in flight. */
export function weightOfPage(rows: number): number {
  return Math.ceil(rows / rowsPerWeight);
}

/**
 * Asks one node for one page, and tells of the node what came of it. Never rejects: all but a `ReplicaError` is a fault
 * of Weir's own, told as `unknown`. After the page's time it has failed, and the message keeps its place in flight
 * until the adapter gives it up.
 */
export function askForPage(parts: PageMessageParts, request: PageRead, isProbe: boolean): Promise<PageEnd> {
  return new Promise((resolve) => {
    new PageMessage(parts, request, isProbe, resolve).send();
  });
}

class PageMessage {
  readonly #parts: PageMessageParts;
  readonly #request: PageRead;
  readonly #resolve: (end: PageEnd) => void;
  readonly #weight: number;
  readonly #watched: WatchedMessage;
  readonly #startedMs: number;
  readonly #cancelTimers: readonly (() => void)[];

  constructor(parts: PageMessageParts, request: PageRead, isProbe: boolean, resolve: (end: PageEnd) => void) {
    const { clock, inFlight, health } = parts;
    this.#parts = parts;
    this.#request = request;
    this.#resolve = resolve;
    this.#weight = weightOfPage(request.rows);
    this.#startedMs = clock.nowMs();
    inFlight.begin(request.node, this.#weight);
    this.#watched = health.sent(request.node, isProbe);
    this.#cancelTimers = [
      clock.after(patienceMs, () => this.#watched.overdue()),
      clock.after(request.timeoutMs, () => this.#expire()),
    ];
  }

  send(): void {
    // In a promise from the start: a cluster that throws must not keep its place in flight for ever.
    new Promise<ReplicaPage>((resolve) => {
      resolve(this.#parts.cluster.readPage(this.#request));
    }).then(
      (page) => {
        this.#end('ok');
        this.#watched.answered();
        this.#resolve({ kind: 'page', page });
      },
      (error: unknown) => {
        const isOurs = !(error instanceof ReplicaError);
        if (isOurs) this.#parts.telemetry.unexpected(error);
        const kind = isOurs ? 'unknown' : error.kind;
        this.#end(kind);
        if (!isOurs && this.#isToBlame(kind)) this.#watched.failed();
        else this.#watched.dismissed();
        this.#resolve({ kind: 'failed', error: kind });
      },
    );
  }

  /** Only a node that had its time is to blame: a caller may be more impatient than any node is fast. */
  #expire(): void {
    if (this.#isToBlame('client-timeout')) {
      this.#watched.overdue();
      this.#watched.failed();
    } else this.#watched.dismissed();
    this.#resolve({ kind: 'failed', error: 'client-timeout' });
  }

  #isToBlame(kind: ReplicaErrorName): boolean {
    if (kind !== 'client-timeout') return replicaErrorPolicies[kind].blamesNode;
    return this.#parts.clock.nowMs() - this.#startedMs + timerErrorMs >= patienceMs;
  }

  #end(outcome: 'ok' | ReplicaErrorName): void {
    const { clock, inFlight, telemetry } = this.#parts;
    const { node } = this.#request;
    for (const cancel of this.#cancelTimers) cancel();
    inFlight.end(node, this.#weight);
    telemetry.replicaRead({ node, keys: 1, durationMs: clock.nowMs() - this.#startedMs, outcome });
  }
}
