import { setTimeout as delay } from 'node:timers/promises';
import type { RandomSource } from './random.ts';

export interface OpenLoop {
  /** When each task is due, in ms from the start of the loop, ascending. */
  readonly instantsMs: ArrayLike<number>;
  /** Milliseconds on a clock that never goes back. */
  readonly nowMs?: () => number;
  readonly wait?: (durationMs: number) => Promise<unknown>;
}

export interface OpenLoopResult {
  /** By task, from the instant that it was due to its end, however late it began and however it ended. */
  readonly latenciesMs: Float64Array;
  /** By task, how long after its instant it began: what the machine of the caller adds to each latency. */
  readonly lateMs: Float64Array;
  /** In the order of their ends. */
  readonly failures: readonly { readonly index: number; readonly error: unknown }[];
}

/**
 * One instant in each slot of 1 ÷ rate seconds, at a random place in it: the rate is exact, and the tasks do not keep
 * step with anything else that happens at fixed intervals.
 */
export function openLoopInstants(count: number, ratePerSecond: number, random: RandomSource): Float64Array {
  const slotMs = 1_000 / ratePerSecond;
  return Float64Array.from({ length: count }, (_, index) => (index + random()) * slotMs);
}

/**
 * Begins each task at its instant, whether or not those before it have ended, and resolves when all have. A task
 * that could not begin in time begins as soon as possible; its latency counts from its instant all the same, or the
 * slow moments of the system would hide the tasks that they delay.
 */
export async function runOpenLoop(
  { instantsMs, nowMs = () => performance.now(), wait = delay }: OpenLoop,
  task: (index: number) => Promise<void>,
): Promise<OpenLoopResult> {
  const { length } = instantsMs;
  const latenciesMs = new Float64Array(length);
  const lateMs = new Float64Array(length);
  const failures: { index: number; error: unknown }[] = [];
  const startedMs = nowMs();
  const run = async (index: number, dueMs: number): Promise<void> => {
    lateMs[index] = nowMs() - dueMs;
    try {
      await task(index);
    } catch (error) {
      failures.push({ index, error });
    }
    latenciesMs[index] = nowMs() - dueMs;
  };
  const running: Promise<void>[] = [];
  for (let index = 0; index < length; index += 1) {
    const dueMs = startedMs + (instantsMs[index] ?? 0);
    // A timer may fire a little early.
    for (let leftMs = dueMs - nowMs(); leftMs > 0; leftMs = dueMs - nowMs()) await wait(leftMs);
    running.push(run(index, dueMs));
  }
  await Promise.all(running);
  return { latenciesMs, lateMs, failures };
}
