import type { Clock, Cluster } from '../ports.ts';
import type { KeyOutcome, KeyReader, ReadBatch, ReadResult, UnprocessedReason } from '../reads/key-reader.ts';
import { unsentReport } from '../reads/read-report.ts';
import type { Bounds } from '../reads/settings.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';

export interface WarmUpSettings {
  /** Messages that may be under way at first. */
  readonly messages: number;
  /** After this from the first read the bound is gone; 0: there is none. */
  readonly durationMs: number;
}

export interface WarmUpParts {
  readonly clock: Clock;
  readonly cluster: Pick<Cluster, 'state'>;
  readonly bounds: Pick<Bounds, 'keysInFlight'>;
  readonly ringEpoch: () => number;
  readonly settings: () => WarmUpSettings;
}

/** The bound doubles each time that such a part of the duration is over. */
const steps = 6;

/**
 * An instance whose cache is still empty sends for what a warm one would answer itself, and together with others that
 * begin at the same time it would flood the cluster. So the messages of the batches that passed here are bounded for a
 * while from the first read of a cached table on; what does not fit waits, first come first served, until its deadline.
 * A batch counts from its start to its end with the messages that it is likely to send (`estimateMessages`); what is
 * read past the gate does not count, and neither does a message that nobody waits for any more. A batch alone always
 * passes, however large it is.
 */
export function createWarmUpGate(parts: WarmUpParts, next: KeyReader): KeyReader {
  const gate = new WarmUpGate(parts, next);
  return (batch) => gate.read(batch);
}

interface Waiting {
  readonly batch: ReadBatch;
  readonly messages: number;
  readonly resolve: (result: ReadResult | Promise<ReadResult>) => void;
  readonly cancelDeadline: () => void;
}

class WarmUpGate {
  readonly #parts: WarmUpParts;
  readonly #next: KeyReader;
  /** In the order of their coming. */
  readonly #waiting = new Set<Waiting>();
  #waitingKeys = 0;
  /** Of the batches that passed here and have not ended. */
  #messages = 0;
  #startedMs: number | undefined;
  #isOpen = false;
  #isGrowthAwaited = false;

  constructor(parts: WarmUpParts, next: KeyReader) {
    this.#parts = parts;
    this.#next = next;
  }

  read(batch: ReadBatch): Promise<ReadResult> {
    if (this.#isOpen || batch.settings.cache === undefined || batch.cacheUse === 'off') {
      return this.#next(batch);
    }
    const { clock, cluster, bounds } = this.#parts;
    this.#startedMs ??= clock.nowMs();
    const messages = estimateMessages(batch, cluster.state().nodes);
    if (this.#waiting.size === 0 && this.#fits(messages)) return this.#pass(batch, messages);
    const leftMs = batch.deadlineMs - clock.nowMs();
    if (leftMs <= 0) return this.#next(batch);
    if (this.#waitingKeys + batch.keys.length > bounds.keysInFlight) {
      return Promise.resolve(this.#refuse(batch, 'overload'));
    }
    return new Promise((resolve) => {
      const cancelDeadline = clock.after(leftMs, () => {
        this.#leave(waiting);
        resolve(this.#refuse(batch, 'deadline'));
        // It may have been the one that did not fit.
        this.#admit();
      });
      const waiting: Waiting = { batch, messages, resolve, cancelDeadline };
      this.#waiting.add(waiting);
      this.#waitingKeys += batch.keys.length;
      this.#awaitGrowth();
    });
  }

  /** `Infinity` from the end of the warm-up on, and then for good. */
  #bound(): number {
    if (this.#isOpen) return Number.POSITIVE_INFINITY;
    const { messages, durationMs } = this.#parts.settings();
    const elapsedMs = this.#parts.clock.nowMs() - (this.#startedMs ?? 0);
    if (elapsedMs < durationMs) return messages * 2 ** Math.floor((steps * elapsedMs) / durationMs);
    this.#isOpen = true;
    return Number.POSITIVE_INFINITY;
  }

  #fits(messages: number): boolean {
    const bound = this.#bound();
    return this.#messages === 0 || this.#messages + messages <= bound;
  }

  #pass(batch: ReadBatch, messages: number): Promise<ReadResult> {
    this.#messages += messages;
    return this.#next(batch).finally(() => {
      this.#messages -= messages;
      this.#admit();
    });
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (!this.#fits(waiting.messages)) return;
      this.#leave(waiting);
      waiting.resolve(this.#pass(waiting.batch, waiting.messages));
    }
  }

  #leave(waiting: Waiting): void {
    waiting.cancelDeadline();
    this.#waiting.delete(waiting);
    this.#waitingKeys -= waiting.batch.keys.length;
  }

  /** One timer while somebody waits. */
  #awaitGrowth(): void {
    if (this.#isGrowthAwaited || this.#waiting.size === 0) return;
    this.#isGrowthAwaited = true;
    const { clock, settings } = this.#parts;
    const stepMs = settings().durationMs / steps;
    const elapsedMs = clock.nowMs() - (this.#startedMs ?? 0);
    const untilNextMs = stepMs * (Math.floor(elapsedMs / stepMs) + 1) - elapsedMs;
    clock.after(untilNextMs, () => {
      this.#isGrowthAwaited = false;
      this.#admit();
      this.#awaitGrowth();
    });
  }

  #refuse({ keys, onOutcome }: ReadBatch, reason: UnprocessedReason): ReadResult {
    const outcome: KeyOutcome = { status: 'unprocessed', reason };
    const outcomes = keys.map((_, key) => {
      onOutcome?.(key, outcome);
      return outcome;
    });
    return { outcomes, report: unsentReport(this.#parts.ringEpoch()) };
  }
}

/**
 * The messages that a batch is likely to send, at least one. One a key where keys rarely share a message: those of
 * more than one component, and all where the grouping keeps keys apart. Else one for each node that may own some of
 * them and one for each time that a group is full, and never more than there are keys.
 */
function estimateMessages(
  { keys, selection, settings, datacenters }: ReadBatch,
  nodes: readonly Pick<ClusterNode, 'datacenter'>[],
): number {
  const { grouping, maxKeysPerGroup } = settings;
  const isAlone = selection.statement.keyColumns.length > 1 || grouping === 'key' || grouping === 'range';
  if (isAlone) return Math.max(1, keys.length);
  let owners = 0;
  for (const { datacenter } of nodes) if (datacenters.includes(datacenter)) owners += 1;
  return Math.max(1, Math.min(keys.length, owners + Math.ceil(keys.length / maxKeysPerGroup)));
}
