import type { Logger } from 'pino';
import type { MetricsSnapshot } from '../adapters/prometheus/merged-metrics.ts';
import type { Administration, LogLevel, ReloadReport } from '../core/administration.ts';
import type { RowCacheStats } from '../core/cache/row-cache.ts';
import { RequestError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { type ConditionBook, createConditionBook, type Readiness } from '../core/readiness.ts';
import { type Conversation, createConversation } from './conversation.ts';
import type { MetricsText } from './fleet-answers.ts';
import { instanceReadiness } from './instance-readiness.ts';
import {
  aboutCache,
  aboutDrain,
  aboutMetrics,
  aboutReload,
  protocolVersion,
  type Siblings,
  type StartOrders,
  type StopKind,
  type ToPrimary,
  type ToWorker,
  type WorkerAddresses,
} from './messages.ts';

/** The primary asks all others first, and gives them less than this. */
const primaryTimeoutMs = 8_000;
const greetingTimeoutMs = 10_000;
const statusEveryMs = 1_000;
const readyCheckMs = 50;

/** The channel to the primary. */
export interface PrimaryChannel {
  /** Never throws; resolves when the message has left this process, or cannot. */
  send(message: ToPrimary): Promise<void>;
  /** Unchecked: whatever came. One listener, from the first message on. */
  listen(onMessage: (message: unknown) => void): void;
}

/** What the primary asks of the system that runs in this worker. */
export interface WorkerParts {
  /** Of this worker alone. */
  readonly readiness: () => Readiness;
  readonly metrics: () => Promise<MetricsSnapshot>;
  readonly cache: () => RowCacheStats;
  readonly reload: (cause: 'signal' | 'admin') => ReloadReport;
  /** Unready from here on; how many requests are under way. */
  readonly drain: () => number;
  readonly logger: Logger;
  readonly longestStopMs: () => number;
}

/** A worker's side: what it has to do with the others. */
export class WorkerLink {
  readonly orders: StartOrders;
  readonly #channel: PrimaryChannel;
  readonly #clock: Clock;
  readonly #conversation: Conversation;
  readonly #conditions: ConditionBook;
  readonly #stopAsked = Promise.withResolvers<StopKind>();
  #siblings: Siblings = { workers: 1, ready: 0 };
  #logLevel: LogLevel | undefined;
  #parts: WorkerParts | undefined;

  constructor(channel: PrimaryChannel, clock: Clock, orders: StartOrders) {
    this.orders = orders;
    this.#channel = channel;
    this.#clock = clock;
    this.#logLevel = orders.logLevel;
    this.#conditions = createConditionBook(clock);
    this.#conversation = createConversation({
      clock,
      send: (message) => void channel.send(message),
      reply: (about, detail) => this.#reply(about, detail),
    });
  }

  get stopAsked(): Promise<StopKind> {
    return this.#stopAsked.promise;
  }

  /** The system is there: from here on it is asked. */
  attend(parts: WorkerParts): void {
    this.#parts = parts;
    if (this.#logLevel !== undefined) parts.logger.level = this.#logLevel;
    const tell = (): void => {
      const { ready } = parts.readiness();
      void this.#channel.send({ kind: 'status', status: { ready, longestStopMs: parts.longestStopMs() } });
      this.#clock.after(statusEveryMs, tell);
    };
    tell();
  }

  /** Resolves when this worker may take connections; rejects where it was to be ready and is not. */
  async mayListen(readiness: () => Readiness): Promise<void> {
    const { whenReady } = this.orders;
    if (whenReady === undefined) return;
    const endMs = this.#clock.nowMs() + whenReady.withinMs;
    while (!readiness().ready) {
      if (this.#clock.nowMs() >= endMs) {
        if (whenReady.otherwise === 'listen') return;
        throw new Error(`worker ${this.orders.number} was not ready within ${whenReady.withinMs / 1_000} s`);
      }
      await new Promise<void>((resolve) => void this.#clock.after(readyCheckMs, resolve));
    }
  }

  readinessOf(own: Readiness): Readiness {
    return instanceReadiness(own, this.#siblings, this.#conditions);
  }

  /** The metrics of all workers. Rejects with a `RequestError` where the primary does not give them. */
  async metricsText(): Promise<MetricsText> {
    return (await this.#ask(aboutMetrics)) as MetricsText;
  }

  /** The same for all workers, in place of this one alone. */
  forAll(own: Administration): Administration {
    return {
      ...own,
      cache: { ...own.cache, stats: async () => (await this.#ask(aboutCache)) as RowCacheStats },
      reloadConfig: async () => {
        const report = await own.reloadConfig();
        // Who has not done it in time does it later; what it made of it is in the metrics and in readiness.
        await this.#ask(aboutReload, 'admin').catch(() => {});
        return report;
      },
      logLevel: {
        get: own.logLevel.get,
        set: (level) => {
          own.logLevel.set(level);
          this.logLevelChanged(level);
        },
      },
      drain: async () => {
        const alone = own.drain();
        return (await this.#ask(aboutDrain).catch(() => alone)) as Awaited<typeof alone>;
      },
    };
  }

  logLevelChanged(level: LogLevel): void {
    void this.#channel.send({ kind: 'log-level', level });
  }

  listening({ dataUrl, adminUrl }: WorkerAddresses): void {
    // Known as ready, or not, as soon as it is known to listen.
    if (this.#parts !== undefined) {
      const { readiness, longestStopMs } = this.#parts;
      const status = { ready: readiness().ready, longestStopMs: longestStopMs() };
      void this.#channel.send({ kind: 'status', status });
    }
    void this.#channel.send({ kind: 'listening', dataUrl, adminUrl });
  }

  failed(message: string, exitCode: number): Promise<void> {
    return this.#channel.send({ kind: 'failed', message, exitCode });
  }

  /** Tells what was counted until the end. */
  async leave(): Promise<void> {
    if (this.#parts === undefined) return;
    await this.#channel.send({ kind: 'last-counts', snapshot: await this.#parts.metrics() });
  }

  heed(message: ToWorker): void {
    switch (message.kind) {
      case 'siblings':
        this.#siblings = message.siblings;
        break;
      case 'log-level':
        this.#logLevel = message.level;
        if (this.#parts !== undefined) this.#parts.logger.level = message.level;
        break;
      case 'stop':
        this.#stopAsked.resolve(message.how);
        break;
      case 'question':
      case 'answer':
        this.#conversation.hear(message);
    }
  }

  async #ask(about: string, detail?: unknown): Promise<unknown> {
    try {
      return await this.#conversation.ask(about, detail, primaryTimeoutMs);
    } catch {
      throw new RequestError(
        'deadline-exceeded',
        'the process that leads the workers did not answer in time',
      );
    }
  }

  #reply(about: string, detail: unknown): unknown {
    const parts = this.#parts;
    if (parts === undefined) throw new Error('the system is not there yet');
    switch (about) {
      case aboutMetrics:
        return parts.metrics();
      case aboutCache:
        return parts.cache();
      case aboutReload:
        return parts.reload(detail === 'admin' ? 'admin' : 'signal').outcome;
      case aboutDrain:
        return parts.drain();
      default:
        throw new Error(`nobody knows about ${about}`);
    }
  }
}

/** Says hello to the primary and waits for its orders. Rejects where none come. */
export function linkToPrimary(channel: PrimaryChannel, clock: Clock): Promise<WorkerLink> {
  return new Promise((resolve, reject) => {
    let link: WorkerLink | undefined;
    const cancel = clock.after(greetingTimeoutMs, () =>
      reject(new Error('the process that started this worker does not speak to it')),
    );
    channel.listen((message) => {
      const heard = Object(message) as ToWorker;
      if (heard.kind !== 'start') return link?.heed(heard);
      cancel();
      link ??= new WorkerLink(channel, clock, heard.orders);
      resolve(link);
    });
    void channel.send({ kind: 'hello', protocolVersion });
  });
}
