import { ReplicaError, type ReplicaErrorName, replicaErrorPolicies } from '../errors.ts';
import type { Clock, ReadTelemetry } from '../ports.ts';
import type { InFlight } from '../reads/in-flight.ts';
import type { LoadTracker } from '../routing/load-tracker.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import type { WatchedMessage } from '../routing/watched-message.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import type { OutgoingWrite } from './write-plan.ts';

/**
 * `alone`: one row of a message that was refused as a whole. `probe`: a copy of one row for a node that is not well, to
 * learn whether it is well again.
 */
export type WriteRole = 'first' | 'retry' | 'alone' | 'probe';

/** What is done with the end of a message. */
export interface WriteListener {
  acknowledged(message: WriteUnderWay): void;
  failed(message: WriteUnderWay, kind: ReplicaErrorName): void;
}

export interface WriteMessageParts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly readTelemetry: Pick<ReadTelemetry, 'replicaRead' | 'unexpected'>;
  readonly load: Pick<LoadTracker, 'sent'>;
  readonly health: Pick<NodeHealth, 'sent' | 'rank' | 'isProbeDue'>;
  readonly inFlight: Pick<InFlight, 'begin' | 'end'>;
}

/**
 * How long a node may be silent before it is suspect, and silence is a failure: far more than a write takes on a node that
 * is well, pauses for garbage included. Of an impatient caller's time, half.
 */
const patienceMs = 500;
/** What a timer may be wrong by. */
const timerErrorMs = 1;

/** One message from its send to its end; it may outlive its request by seconds. */
export class WriteUnderWay {
  readonly node: ClusterNode;
  /** Places in the request. */
  readonly rows: readonly number[];
  readonly role: WriteRole;
  /** Who waits for the end, while somebody does. */
  listener: WriteListener | undefined;
  readonly #parts: WriteMessageParts;
  readonly #startedMs: number;
  readonly #overdueAtMs: number;
  readonly #watched: WatchedMessage;
  #isOverdue = false;

  constructor(
    parts: WriteMessageParts,
    { node, rows }: OutgoingWrite,
    role: WriteRole,
    deadlineMs: number,
    listener: WriteListener,
  ) {
    const { clock, health, inFlight, load } = parts;
    this.node = node;
    this.rows = rows;
    this.role = role;
    this.listener = listener;
    this.#parts = parts;
    this.#startedMs = clock.nowMs();
    this.#overdueAtMs = this.#startedMs + Math.min(patienceMs, (deadlineMs - this.#startedMs) / 2);
    const isProbing = health.rank(node) !== 'well' && health.isProbeDue(node);
    inFlight.begin(node, rows.length);
    load.sent(node, rows.length);
    this.#watched = health.sent(node, isProbing);
  }

  /** When it becomes overdue; `Infinity` where it is. */
  nextDueMs(): number {
    return this.#isOverdue ? Number.POSITIVE_INFINITY : this.#overdueAtMs;
  }

  /** Tells its node's health when it is overdue; true the first time. */
  takeOverdue(nowMs: number): boolean {
    if (this.#isOverdue || nowMs < this.#overdueAtMs) return false;
    this.#isOverdue = true;
    this.#watched.overdue();
    return true;
  }

  acknowledged(): void {
    this.#end('ok');
    this.#watched.answered();
  }

  /** `isOurs`: a fault of Weir's own, which says nothing about the node. */
  failed(kind: ReplicaErrorName, isOurs: boolean): void {
    const durationMs = this.#end(kind);
    const isToBlame =
      kind === 'client-timeout' ? hadItsTime(durationMs) : replicaErrorPolicies[kind].blamesNode;
    if (isToBlame && !isOurs) this.#watched.failed();
    else this.#watched.dismissed();
  }

  /** The deadline has come. It keeps its place in flight until it ends; only a node that had its time is to blame. */
  expire(): void {
    if (hadItsTime(this.#parts.clock.nowMs() - this.#startedMs)) this.#watched.failed();
    else this.#watched.dismissed();
  }

  #end(outcome: 'ok' | ReplicaErrorName): number {
    const { clock, inFlight, readTelemetry } = this.#parts;
    const nowMs = clock.nowMs();
    const durationMs = nowMs - this.#startedMs;
    const keys = this.rows.length;
    // Of one whose request has ended nobody was there to notice it in time.
    this.takeOverdue(nowMs);
    inFlight.end(this.node, keys);
    readTelemetry.replicaRead({ node: this.node, keys, durationMs, outcome });
    return durationMs;
  }
}

/** Of one that has outlived its request. */
export function lateListener(tell: () => void): WriteListener {
  return { acknowledged: tell, failed: tell };
}

function hadItsTime(passedMs: number): boolean {
  return passedMs + timerErrorMs >= patienceMs;
}

/**
 * Takes in what came of the write, then tells whoever waits for it. All but a `ReplicaError` is a fault of Weir's own.
 * Outlives the request, as the message does, and knows the message alone.
 */
export function follow(
  message: WriteUnderWay,
  write: Promise<void>,
  telemetry: Pick<ReadTelemetry, 'unexpected'>,
): void {
  write
    .then(
      () => {
        message.acknowledged();
        message.listener?.acknowledged(message);
      },
      (error: unknown) => {
        const isOurs = !(error instanceof ReplicaError);
        if (isOurs) telemetry.unexpected(error);
        const kind = isOurs ? 'unknown' : error.kind;
        message.failed(kind, isOurs);
        message.listener?.failed(message, kind);
      },
    )
    .catch((fault: unknown) => telemetry.unexpected(fault));
}
