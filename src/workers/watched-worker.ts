import type { MetricsSnapshot } from '../adapters/prometheus/merged-metrics.ts';
import type { LogLevel } from '../core/administration.ts';
import type { Clock } from '../core/ports.ts';
import { type Conversation, createConversation } from './conversation.ts';
import {
  protocolVersion,
  type StartOrders,
  type StopKind,
  type ToPrimary,
  type ToWorker,
  type WorkerAddresses,
  type WorkerStatus,
} from './messages.ts';
import type { ExitStatus, StartProcess, WorkerProcess } from './worker-process.ts';

/** A worker speaks each second; one that has been silent for so long hangs, and is left out until it speaks again. */
const silentAfterMs = 3_000;
/** Longer than any wait to be ready. */
const longestStartMs = 60_000;
/** Of a worker that has not said what ending it takes. */
const unknownStopMs = 30_000;

export const workerStates = ['starting', 'ready', 'unready', 'silent', 'ending'] as const;
export type WorkerState = (typeof workerStates)[number];

/** Why a worker did not come up, in words for people, and what the program ends with if none does. */
export class WorkerFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'WorkerFailure';
    this.exitCode = exitCode;
  }
}

export interface WatchParts {
  readonly startProcess: StartProcess;
  readonly orders: StartOrders;
  readonly clock: Clock;
  /** What a worker is answered. */
  readonly reply: (worker: WatchedWorker, about: string, detail: unknown) => unknown;
  /** `state` or `status` may be another now. */
  readonly onChange: () => void;
  readonly onLogLevel: (worker: WatchedWorker, level: LogLevel) => void;
}

/** One worker process, as the primary knows it. */
export class WatchedWorker {
  readonly number: number;
  readonly startedMs: number;
  readonly #parts: WatchParts;
  readonly #process: WorkerProcess;
  readonly #conversation: Conversation;
  readonly #listening = Promise.withResolvers<WorkerAddresses>();
  readonly #exited = Promise.withResolvers<ExitStatus>();
  #phase: 'starting' | 'serving' | 'ending' = 'starting';
  #status: WorkerStatus | undefined;
  #counted: MetricsSnapshot = [];
  #heardMs: number;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.number = parts.orders.number;
    this.startedMs = parts.clock.nowMs();
    this.#heardMs = this.startedMs;
    const seconds = longestStartMs / 1_000;
    const cancel = parts.clock.after(longestStartMs, () =>
      this.#fail(`did not listen within ${seconds} s`, 1),
    );
    // Whoever waits is told; nobody has to.
    this.#listening.promise.then(cancel, cancel);
    this.#conversation = createConversation({
      clock: parts.clock,
      send: (message) => this.#process.send(message),
      reply: (about, detail) => parts.reply(this, about, detail),
    });
    this.#process = parts.startProcess({
      onMessage: (message) => this.#hear(message),
      onExit: (exit) => this.#end(exit),
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Rejects with a `WorkerFailure` where it ends, or says that it cannot, before it listens. */
  get listening(): Promise<WorkerAddresses> {
    return this.#listening.promise;
  }

  get exited(): Promise<ExitStatus> {
    return this.#exited.promise;
  }

  get state(): WorkerState {
    if (this.#phase !== 'serving') return this.#phase;
    if (this.#parts.clock.nowMs() - this.#heardMs > silentAfterMs) return 'silent';
    return this.#status?.ready === true ? 'ready' : 'unready';
  }

  get longestStopMs(): number {
    return this.#status?.longestStopMs ?? unknownStopMs;
  }

  /** What it had counted when it last told so. */
  get counted(): MetricsSnapshot {
    return this.#counted;
  }

  keepCounted(snapshot: MetricsSnapshot): void {
    this.#counted = snapshot;
  }

  ask(about: string, detail: unknown, timeoutMs: number): Promise<unknown> {
    return this.#conversation.ask(about, detail, timeoutMs);
  }

  tell(message: ToWorker): void {
    this.#process.send(message);
  }

  stop(how: StopKind): void {
    this.#phase = 'ending';
    this.#process.send({ kind: 'stop', how });
  }

  kill(): void {
    this.#phase = 'ending';
    this.#process.kill();
  }

  #hear(message: unknown): void {
    const { kind } = Object(message) as { readonly kind?: unknown };
    if (typeof kind !== 'string') return;
    this.#heardMs = this.#parts.clock.nowMs();
    this.#heed(message as ToPrimary);
    this.#parts.onChange();
  }

  #heed(message: ToPrimary): void {
    switch (message.kind) {
      case 'hello':
        if (message.protocolVersion === protocolVersion) {
          this.#process.send({ kind: 'start', orders: this.#parts.orders });
        } else {
          this.#fail(
            'is of another version than the process that started it: this takes a restart of all',
            1,
          );
        }
        break;
      case 'listening':
        if (this.#phase === 'starting') this.#phase = 'serving';
        this.#listening.resolve({ dataUrl: message.dataUrl, adminUrl: message.adminUrl });
        break;
      case 'failed':
        this.#phase = 'ending';
        this.#listening.reject(new WorkerFailure(message.message, message.exitCode));
        break;
      case 'status':
        this.#status = message.status;
        break;
      case 'log-level':
        this.#parts.onLogLevel(this, message.level);
        break;
      case 'last-counts':
        this.#counted = message.snapshot as MetricsSnapshot;
        break;
      case 'question':
      case 'answer':
        this.#conversation.hear(message);
    }
  }

  #fail(reason: string, exitCode: number): void {
    this.#listening.reject(new WorkerFailure(`worker ${this.number} ${reason}`, exitCode));
    this.kill();
  }

  #end(exit: ExitStatus): void {
    const how = exit === null ? 'was ended by a signal' : `ended with ${exit}`;
    this.#listening.reject(new WorkerFailure(`worker ${this.number} ${how} before it listened`, 1));
    this.#phase = 'ending';
    this.#conversation.end();
    this.#exited.resolve(exit);
    this.#parts.onChange();
  }
}
