import { ReplicaError, type ReplicaErrorName, replicaErrorPolicies } from '../errors.ts';
import type { Clock, Cluster, ReadTelemetry, ReplicaRow } from '../ports.ts';
import type { CostModel } from '../routing/cost-model.ts';
import type { LoadTracker } from '../routing/load-tracker.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import type { WatchedMessage } from '../routing/watched-message.ts';
import type { HedgeTiming } from '../speculation/hedge-timing.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import type { InFlight } from './in-flight.ts';
import type { ReadBatch } from './key-reader.ts';

/**
 * `probe`: a copy of one key for a node that is not well, to learn whether it is well again. `trial`: a first message
 * with one key, sent to such a node since nothing paid a copy.
 */
export type MessageRole = 'first' | 'hedge' | 'retry' | 'probe' | 'trial';

/** What is done with the end of a message. */
export interface MessageListener {
  answered(message: MessageUnderWay, rows: readonly ReplicaRow[]): void;
  failed(message: MessageUnderWay, kind: ReplicaErrorName): void;
  /** One of the above threw. */
  broke(message: MessageUnderWay, fault: unknown): void;
}

export interface MessageParts {
  readonly cluster: Pick<Cluster, 'read'>;
  readonly clock: Clock;
  readonly telemetry: ReadTelemetry;
  readonly load: Pick<LoadTracker, 'sent' | 'answered' | 'unanswered'>;
  readonly health: Pick<NodeHealth, 'sent'>;
  readonly inFlight: InFlight;
}

/** What is learned of the table that the messages read. */
export interface TableTimes {
  readonly cost: CostModel;
  readonly timing: HedgeTiming;
}

/** What a timer may be wrong by. */
const timerErrorMs = 1;

/**
 * One message from its send to its end: its place in flight, when it is late, and what is learned from it. It may
 * outlive its batch by seconds, and keeps nothing of it but numbers.
 */
export class MessageUnderWay {
  readonly node: ClusterNode;
  /** Places in the batch. */
  readonly keys: readonly number[];
  readonly role: MessageRole;
  /** Set where it was the first to bring a key. */
  broughtFirst = false;
  /** Who waits for the end, while somebody does. */
  listener: MessageListener | undefined;
  readonly #parts: MessageParts;
  readonly #weight: number;
  readonly #times: TableTimes;
  readonly #startedMs: number;
  readonly #watched: WatchedMessage;
  /** `Infinity`: never, or the time has come and was used. */
  #hedgeAtMs: number;
  #overdueAtMs: number;
  #isOverdue = false;
  #isUnderWay = true;
  /** Nobody waits for it: its keys were `answered` by others, or the deadline has `expired`. */
  #orphaned: 'answered' | 'expired' | undefined;
  #isLearned = false;

  constructor(
    parts: MessageParts,
    batch: ReadBatch,
    times: TableTimes,
    node: ClusterNode,
    keys: readonly number[],
    role: MessageRole,
  ) {
    this.node = node;
    this.keys = keys;
    this.role = role;
    this.#parts = parts;
    this.#weight = keys.length * batch.selection.weightPerKey;
    this.#times = times;
    this.#startedMs = parts.clock.nowMs();
    const { timing } = times;
    const leftMs = batch.deadlineMs - this.#startedMs;
    const hedgeAfterMs = timing.hedgeAfterMs(keys.length, batch.speculation, batch.settings.hedgeBudget);
    const overdueAfterMs = timing.overdueAfterMs(keys.length, hedgeAfterMs, leftMs);
    const isHedgeable = role === 'first' || role === 'retry' || role === 'trial';
    this.#hedgeAtMs =
      this.#startedMs + ((isHedgeable ? hedgeAfterMs : undefined) ?? Number.POSITIVE_INFINITY);
    this.#overdueAtMs = this.#startedMs + overdueAfterMs;
    parts.inFlight.begin(node, this.#weight);
    parts.load.sent(node, keys.length);
    this.#watched = parts.health.sent(node, this.#isProbing);
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  get isOrphan(): boolean {
    return this.#orphaned !== undefined;
  }

  get startedMs(): number {
    return this.#startedMs;
  }

  /**
   * Of the batch that it was made for. Rejects with what the node's answer failed of. Ends by one of `answered` and
   * `failed`.
   */
  read({ selection, consistency, deadlineMs, traceparent, keys }: ReadBatch): Promise<readonly ReplicaRow[]> {
    return this.#parts.cluster.read({
      node: this.node,
      statement: selection.statement,
      keys: this.keys.map((key) => keys[key] ?? []),
      consistency,
      timeoutMs: Math.max(1, deadlineMs - this.#startedMs),
      traceparent,
    });
  }

  /** When something is to be done about it next; `Infinity` for never. */
  nextDueMs(): number {
    if (!this.#isUnderWay) return Number.POSITIVE_INFINITY;
    return this.#isOverdue ? this.#hedgeAtMs : Math.min(this.#hedgeAtMs, this.#overdueAtMs);
  }

  /** Tells its node's health if it is overdue; true if its time to be hedged has come, once for each such time. */
  takeDue(nowMs: number): boolean {
    if (!this.#isUnderWay) return false;
    this.#noteOverdue(nowMs);
    if (nowMs < this.#hedgeAtMs) return false;
    this.#hedgeAtMs = Number.POSITIVE_INFINITY;
    return true;
  }

  /** No hedge could be sent when its time had come: to be tried again when it is twice as late. */
  hedgeLater(nowMs: number): void {
    if (this.#isUnderWay && !this.isOrphan)
      this.#hedgeAtMs = nowMs + Math.max(timerErrorMs, nowMs - this.#startedMs);
  }

  answered(): void {
    const durationMs = this.#end('ok');
    this.#learn(durationMs, true);
    this.#watched.answered();
    // Of one that somebody waits for it is told when its rows have been looked at.
    if (this.isOrphan) this.tellHedge();
  }

  /** `isOurs`: a fault of Weir's own, which says nothing about the node. */
  failed(kind: ReplicaErrorName, isOurs: boolean): void {
    const durationMs = this.#end(kind);
    const hadItsTime = this.#hadItsTime(durationMs);
    if (kind === 'client-timeout' || kind === 'connection-lost') this.#learn(durationMs, false);
    const isToBlame = kind === 'client-timeout' ? hadItsTime : replicaErrorPolicies[kind].blamesNode;
    if (isToBlame && !isOurs) this.#watched.failed();
    else this.#watched.dismissed();
    this.#tell(this.#orphaned === 'answered' ? 'lost' : 'failed');
  }

  /** What came of it, where it was a hedge: to be called once, when it has been answered. */
  tellHedge(): void {
    this.#tell(this.broughtFirst ? 'won' : 'lost');
  }

  /** Its keys are all settled; the node still works on it, and it keeps its place in flight until it ends. */
  orphan(): void {
    if (this.#orphaned !== undefined || !this.#isUnderWay) return;
    this.#orphaned = 'answered';
    this.#hedgeAtMs = Number.POSITIVE_INFINITY;
    this.#parts.telemetry.orphan(1);
  }

  /**
   * The deadline has come. Only a node that had its time is to blame: a caller may be more impatient than any node is
   * fast.
   */
  expire(): void {
    if (this.#orphaned !== undefined || !this.#isUnderWay) return;
    this.orphan();
    this.#orphaned = 'expired';
    if (!this.#isOverdue) {
      this.#overdueAtMs = Number.POSITIVE_INFINITY;
      this.#watched.dismissed();
      return;
    }
    const passedMs = this.#parts.clock.nowMs() - this.#startedMs;
    const hadItsTime = this.#hadItsTime(passedMs);
    this.#learn(passedMs, false);
    if (hadItsTime) this.#watched.failed();
    else this.#watched.dismissed();
  }

  /** Whether silence for so long is a failure. Less is enough for suspicion, which a good answer ends at once. */
  #hadItsTime(passedMs: number): boolean {
    return this.#isOverdue && passedMs + timerErrorMs >= this.#times.timing.patienceMs(this.keys.length);
  }

  /** It goes to a node that is known to be sick. */
  get #isProbing(): boolean {
    return this.role === 'probe' || this.role === 'trial';
  }

  #end(outcome: 'ok' | ReplicaErrorName): number {
    const { clock, inFlight, telemetry } = this.#parts;
    const nowMs = clock.nowMs();
    const durationMs = nowMs - this.#startedMs;
    this.#isUnderWay = false;
    inFlight.end(this.node, this.#weight);
    telemetry.replicaRead({ node: this.node, keys: this.keys.length, durationMs, outcome });
    return durationMs;
  }

  #noteOverdue(nowMs: number): void {
    if (this.#isOverdue || nowMs < this.#overdueAtMs) return;
    this.#isOverdue = true;
    this.#watched.overdue();
  }

  /** Once a message: what it took, or that it took at least so long. */
  #learn(durationMs: number, isAnswered: boolean): void {
    if (this.#isLearned) return;
    this.#isLearned = true;
    const { load } = this.#parts;
    const { cost, timing } = this.#times;
    const keys = this.keys.length;
    const expectedMs = cost.expectedMs(keys);
    if (expectedMs !== undefined) {
      const ratio = durationMs / expectedMs;
      if (isAnswered) load.answered(this.node, ratio);
      else load.unanswered(this.node, ratio);
    }
    if (this.#isProbing) return;
    if (!isAnswered) {
      timing.unanswered(keys, durationMs);
      return;
    }
    timing.observe(keys, durationMs);
    cost.observe(keys, durationMs);
  }

  #tell(result: 'won' | 'lost' | 'failed'): void {
    if (this.role === 'hedge' || this.role === 'probe') this.#parts.telemetry.hedge(result, 1);
  }
}

/**
 * Takes in what came of the read, then tells whoever waits for it. All but a `ReplicaError` is a fault of Weir's own.
 * Outlives the batch, as the message does, and knows the message alone.
 */
export function follow(
  message: MessageUnderWay,
  read: Promise<readonly ReplicaRow[]>,
  telemetry: Pick<ReadTelemetry, 'unexpected'>,
): void {
  read
    .then(
      (rows) => {
        message.answered();
        message.listener?.answered(message, rows);
      },
      (error: unknown) => {
        const isOurs = !(error instanceof ReplicaError);
        if (isOurs) telemetry.unexpected(error);
        const kind = isOurs ? 'unknown' : error.kind;
        message.failed(kind, isOurs);
        message.listener?.failed(message, kind);
      },
    )
    .catch((fault: unknown) => {
      if (message.listener === undefined) telemetry.unexpected(fault);
      else message.listener.broke(message, fault);
    });
}
