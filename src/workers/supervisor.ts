import type { Logger } from 'pino';
import type { LogLevel } from '../core/administration.ts';
import type { Clock } from '../core/ports.ts';
import { createFleetAnswers, type FleetAnswers } from './fleet-answers.ts';
import {
  aboutCache,
  aboutDrain,
  aboutMetrics,
  aboutReload,
  type PortSettings,
  type Siblings,
  type StartOrders,
  type ToWorker,
  type WorkerAddresses,
} from './messages.ts';
import { createRestartPauses, type RestartPauses } from './restart-pauses.ts';
import { WatchedWorker } from './watched-worker.ts';
import type { StartProcess } from './worker-process.ts';

/** A worker that takes the place of one that is gone serves by then, ready or not: the others need its help. */
const replacementReadyMs = 10_000;
/** A rolling restart goes no further than to a worker that is not ready by then. */
const rollingReadyMs = 30_000;
/** What a worker may take beyond what it said. */
const stopMarginMs = 1_000;

export interface SupervisorParts {
  /** At least one. */
  readonly workers: number;
  readonly ports: PortSettings;
  readonly startProcess: StartProcess;
  /** Made up at the start, the same for all workers. */
  readonly cursorKey: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps so many workers serving. */
export class Supervisor {
  readonly #parts: SupervisorParts;
  /** Every process that has not ended. */
  readonly #all = new Set<WatchedWorker>();
  /** By number, those that serve; what holds while one is being replaced is told by `#replacing`. */
  readonly #seats = new Map<number, WatchedWorker>();
  readonly #replacing = new Set<number>();
  readonly #pauses = new Map<number, RestartPauses>();
  readonly #answers: FleetAnswers;
  readonly #drainAsked = Promise.withResolvers<void>();
  #siblings: Siblings = { workers: 0, ready: 0 };
  #logLevel: LogLevel | undefined;
  #restarting = false;
  #stopping: Promise<void> | undefined;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#answers = createFleetAnswers(this.#all);
  }

  /** Resolves when somebody asks for a drain by the admin port. */
  get drainAsked(): Promise<void> {
    return this.#drainAsked.promise;
  }

  /** Rejects with a `WorkerFailure` where one cannot be started; none is left then. */
  async start(): Promise<WorkerAddresses> {
    try {
      // Alone first: what is wrong with the configuration or a port is wrong for all, and is told once.
      const addresses = await this.#seat(1);
      const others = Array.from({ length: this.#parts.workers - 1 }, (_, index) => this.#seat(index + 2));
      await Promise.all(others);
      return addresses;
    } catch (error) {
      this.kill();
      throw error;
    }
  }

  async reload(cause: string): Promise<void> {
    await this.#answers.reload(cause);
  }

  /**
   * One worker after another: the new one is ready before the old one retires, so that no request is refused. Goes no
   * further where a new one does not become ready. Never rejects.
   */
  async restart(): Promise<void> {
    const { logger } = this.#parts;
    if (this.#restarting || this.#stopping !== undefined) return;
    this.#restarting = true;
    logger.info('the workers are restarted, one after another');
    try {
      for (const number of [...this.#seats.keys()]) await this.#renew(number);
      logger.info('all workers have been restarted');
    } catch (error) {
      logger.error(
        { reason: (error as Error).message },
        'the restart was given up; the others stay as they are',
      );
    } finally {
      this.#restarting = false;
    }
  }

  longestStopMs(): number {
    return Math.max(0, ...[...this.#all].map((worker) => worker.longestStopMs)) + stopMarginMs;
  }

  /** All at once. Rejects where one did not end well. The same promise each time. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  /** All, without warning. */
  kill(): void {
    this.#stopping ??= Promise.resolve();
    for (const worker of this.#all) worker.kill();
  }

  async #stopAll(): Promise<void> {
    const ends = [...this.#all].map(async (worker) => {
      worker.stop('drain');
      return (await worker.exited) === 0;
    });
    if (!(await Promise.all(ends)).every(Boolean)) throw new Error('a worker did not end as it should');
  }

  /** Starts the worker of a number that has none. */
  async #seat(number: number, whenReady?: StartOrders['whenReady']): Promise<WorkerAddresses> {
    const worker = this.#launch(number, whenReady);
    const addresses = await worker.listening;
    this.#take(worker);
    return addresses;
  }

  #take(worker: WatchedWorker): void {
    this.#seats.set(worker.number, worker);
    this.#parts.logger.info({ worker: worker.number, workerPid: worker.pid }, 'a worker serves');
  }

  #launch(number: number, whenReady: StartOrders['whenReady']): WatchedWorker {
    const { startProcess, clock, ports, cursorKey } = this.#parts;
    const worker = new WatchedWorker({
      startProcess,
      clock,
      orders: {
        number,
        ports,
        cursorKey,
        ...(whenReady === undefined ? {} : { whenReady }),
        ...(this.#logLevel === undefined ? {} : { logLevel: this.#logLevel }),
      },
      reply: (asking, about, detail) => this.#reply(asking, about, detail),
      onChange: () => this.#tellSiblings(),
      onLogLevel: (from, level) => this.#setLogLevel(from, level),
    });
    this.#all.add(worker);
    void worker.exited.then(() => this.#onExit(worker));
    return worker;
  }

  #onExit(worker: WatchedWorker): void {
    const { number } = worker;
    this.#all.delete(worker);
    this.#answers.remember(worker);
    if (this.#stopping !== undefined || this.#seats.get(number) !== worker) return;
    this.#parts.logger.error({ worker: number, workerPid: worker.pid }, 'a worker ended by itself');
    this.#seats.delete(number);
    // Otherwise there is one on the way already.
    if (!this.#replacing.has(number)) void this.#replace(worker);
  }

  /** Until one serves, or everything ends. */
  async #replace(gone: WatchedWorker): Promise<void> {
    const { clock, logger } = this.#parts;
    const { number } = gone;
    const pauses = this.#pauses.get(number) ?? createRestartPauses();
    this.#pauses.set(number, pauses);
    this.#replacing.add(number);
    for (let last = gone; !this.#seats.has(number); ) {
      const pauseMs = pauses.after(last.startedMs, clock.nowMs());
      await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
      if (this.#stopping !== undefined) break;
      last = this.#launch(number, { withinMs: replacementReadyMs, otherwise: 'listen' });
      try {
        await last.listening;
        this.#take(last);
      } catch (error) {
        if (this.#stopping !== undefined) break;
        logger.error({ worker: number, reason: (error as Error).message }, 'a worker could not be started');
        await last.exited;
      }
    }
    this.#replacing.delete(number);
  }

  async #renew(number: number): Promise<void> {
    // One that has just been started in the place of another is new.
    if (this.#replacing.has(number) || this.#stopping !== undefined) return;
    this.#replacing.add(number);
    const next = this.#launch(number, { withinMs: rollingReadyMs, otherwise: 'fail' });
    try {
      await next.listening;
    } catch (error) {
      this.#replacing.delete(number);
      if (!this.#seats.has(number)) void this.#replace(next);
      throw error;
    }
    const old = this.#seats.get(number);
    this.#take(next);
    this.#replacing.delete(number);
    if (old === undefined || this.#stopping !== undefined) return;
    const cancel = this.#parts.clock.after(old.longestStopMs + stopMarginMs, () => old.kill());
    old.stop('retire');
    await old.exited;
    cancel();
  }

  async #reply(asking: WatchedWorker, about: string, detail: unknown): Promise<unknown> {
    switch (about) {
      case aboutMetrics:
        return this.#answers.metrics();
      case aboutCache:
        return this.#answers.cache();
      case aboutReload:
        return this.#answers.reload(String(detail), asking);
      case aboutDrain: {
        const report = await this.#answers.drain();
        this.#drainAsked.resolve();
        return report;
      }
      default:
        throw new Error(`nobody knows about ${about}`);
    }
  }

  #setLogLevel(from: WatchedWorker, level: LogLevel): void {
    this.#logLevel = level;
    this.#parts.logger.level = level;
    this.#tell({ kind: 'log-level', level }, from);
  }

  #tellSiblings(): void {
    const states = [...this.#all].map(({ state }) => state);
    const workers = states.filter((state) => state !== 'starting' && state !== 'ending').length;
    const ready = states.filter((state) => state === 'ready').length;
    if (workers === this.#siblings.workers && ready === this.#siblings.ready) return;
    this.#siblings = { workers, ready };
    this.#tell({ kind: 'siblings', siblings: this.#siblings });
  }

  #tell(message: ToWorker, except?: WatchedWorker): void {
    for (const worker of this.#all) if (worker !== except) worker.tell(message);
  }
}
