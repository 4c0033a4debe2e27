import { setTimeout as delay } from 'node:timers/promises';
import type { RunningCluster } from '../topology/launcher/provider.ts';

export interface FreezePlan {
  readonly node: string;
  /** From the beginning of one freeze to that of the next. */
  readonly everyMs: number;
  readonly forMs: number;
}

type Wait = (durationMs: number, signal: AbortSignal) => Promise<void>;

/** Freezes one node again and again until it is stopped; the node then runs. */
export class PeriodicFreeze {
  readonly #cluster: Pick<RunningCluster, 'pause' | 'resume'>;
  readonly #plan: FreezePlan;
  readonly #wait: Wait;
  readonly #nowMs: () => number;
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  #freezes = 0;
  #frozenMs = 0;

  constructor(
    cluster: Pick<RunningCluster, 'pause' | 'resume'>,
    plan: FreezePlan,
    wait: Wait = waitOrEnd,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#cluster = cluster;
    this.#plan = plan;
    this.#wait = wait;
    this.#nowMs = nowMs;
  }

  /** How often the node was frozen so far. */
  get freezes(): number {
    return this.#freezes;
  }

  /** For how long in all. */
  get frozenMs(): number {
    return this.#frozenMs;
  }

  /** Once. The first freeze comes after the part of an interval in which the node is not frozen. */
  start(): void {
    this.#running = this.#run();
    // `stop` throws it.
    this.#running.catch(() => undefined);
  }

  /** Ends a freeze at once; rejects where the node could not be frozen or thawed. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { node, everyMs, forMs } = this.#plan;
    const { signal } = this.#ending;
    const firstMs = this.#nowMs() + everyMs - forMs;
    for (let index = 0; ; index += 1) {
      await this.#wait(Math.max(0, firstMs + index * everyMs - this.#nowMs()), signal);
      if (signal.aborted) return;
      await this.#cluster.pause(node);
      const frozenAtMs = this.#nowMs();
      try {
        await this.#wait(forMs, signal);
      } finally {
        await this.#cluster.resume(node);
        this.#freezes += 1;
        this.#frozenMs += this.#nowMs() - frozenAtMs;
      }
    }
  }
}

async function waitOrEnd(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
