import type { Clock } from '../../src/core/ports.ts';

/** Timers that one call may run: a task that plans itself again for ever fails its test instead of hanging it. */
const maxTimers = 1_000_000;

/**
 * Virtual time. It moves only when told to; timers run in time order, those of one instant in the order of
 * their creation, and before each timer everything that promises have ready is done.
 */
export interface FakeClock extends Clock {
  /** Runs all that falls due in the next `ms`, then stands `ms` later. */
  advance(ms: number): Promise<void>;
  /** The process does nothing for `ms`; then all that fell due meanwhile runs, late. */
  stall(ms: number): Promise<void>;
  /** Runs timers until none is left. */
  runUntilIdle(): Promise<void>;
  /** Runs timers until the promise settles, and gives its result; rejects when it is open and no timer is left. */
  runUntil<T>(promise: Promise<T>): Promise<T>;
  /** Timers waiting. */
  pending(): number;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
}

export function createFakeClock(startMs = 0): FakeClock {
  let nowMs = startMs;
  let created = 0;
  const timers = new TimerHeap();

  const runNext = async (): Promise<void> => {
    const timer = timers.pop();
    if (timer === undefined) return;
    nowMs = Math.max(nowMs, timer.atMs);
    timer.task();
    await flushPromises();
  };

  const runWhile = async (goesOn: (next: Timer) => boolean): Promise<void> => {
    await flushPromises();
    for (let ran = 0; ran < maxTimers; ran += 1) {
      const next = timers.first();
      if (next === undefined || !goesOn(next)) return;
      await runNext();
    }
    throw new Error(`${maxTimers} timers ran and more are due`);
  };

  return {
    nowMs: () => nowMs,
    after(delayMs, task) {
      const timer: Timer = { atMs: nowMs + Math.max(0, delayMs), order: created, task };
      created += 1;
      timers.push(timer);
      return () => timers.remove(timer);
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      await runWhile((next) => next.atMs <= endMs);
      nowMs = endMs;
    },
    async stall(ms) {
      nowMs += ms;
      await runWhile((next) => next.atMs <= nowMs);
    },
    runUntilIdle: () => runWhile(() => true),
    async runUntil(promise) {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      promise.then(settle, settle);
      await runWhile(() => !settled);
      if (!settled) throw new Error('no timer is left and the promise is still open');
      return promise;
    },
    pending: () => timers.size(),
  };
}

/** An immediate of the event loop comes after every promise that is ready, those made ready on the way included. */
function flushPromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A binary heap; a cancelled timer stays until it would be the first. */
class TimerHeap {
  readonly #heap: Timer[] = [];
  readonly #waiting = new Set<Timer>();

  size(): number {
    return this.#waiting.size;
  }

  push(timer: Timer): void {
    this.#waiting.add(timer);
    const heap = this.#heap;
    let place = heap.push(timer) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (comesFirst(heap[parent] as Timer, timer)) break;
      heap[place] = heap[parent] as Timer;
      place = parent;
    }
    heap[place] = timer;
  }

  remove(timer: Timer): void {
    this.#waiting.delete(timer);
  }

  first(): Timer | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined || this.#waiting.has(top)) return top;
      this.#dropTop();
    }
  }

  pop(): Timer | undefined {
    const top = this.first();
    if (top === undefined) return undefined;
    this.#waiting.delete(top);
    this.#dropTop();
    return top;
  }

  #dropTop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesFirst(heap[child + 1] as Timer, heap[child] as Timer)) child += 1;
      if (comesFirst(last, heap[child] as Timer)) break;
      heap[place] = heap[child] as Timer;
      place = child;
    }
    heap[place] = last;
  }
}

function comesFirst(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
