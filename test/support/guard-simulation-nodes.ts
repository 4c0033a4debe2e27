import type { Random } from '../../src/core/ports.ts';

/** So many things a node does at once; what else there is waits in line. */
const lanes = 2;
/** Like a Cassandra that sheds: who would wait longer is turned away, and its work is never done. */
const longestWaitMs = 2_000;

/** Nodes that work on everything in the order of its arrival. Calls have to come in order of time. */
export class SimulatedNodes {
  readonly #freeAtMs: Float64Array;
  readonly count: number;

  constructor(count: number) {
    this.count = count;
    this.#freeAtMs = new Float64Array(count * lanes);
  }

  /** Milliseconds of work that all of them get done in one second. */
  get capacity(): number {
    return this.count * lanes * 1_000;
  }

  /** When it is done. */
  serve(node: number, nowMs: number, workMs: number): number {
    let lane = node * lanes;
    const free = this.#freeAtMs;
    for (let other = lane + 1; other < (node + 1) * lanes; other += 1) {
      if ((free[other] ?? 0) < (free[lane] ?? 0)) lane = other;
    }
    const startMs = Math.max(nowMs, free[lane] ?? 0);
    if (startMs - nowMs > longestWaitMs) return nowMs + longestWaitMs;
    free[lane] = startMs + workMs;
    return startMs + workMs;
  }

  /** Nothing is done on a node for so long, as while it collects garbage. */
  stop(node: number, nowMs: number, forMs: number): void {
    for (let lane = node * lanes; lane < (node + 1) * lanes; lane += 1) {
      this.#freeAtMs[lane] = Math.max(nowMs, this.#freeAtMs[lane] ?? 0) + forMs;
    }
  }
}

export function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random.next());
}

/** Work varies, and is never nothing. */
export function someWorkMs(meanMs: number, random: Random): number {
  return 0.3 * meanMs + exponential(0.7 * meanMs, random);
}
