import type { Clock, Random } from '../../core/ports.ts';

/** Monotonic time of this process and Node's timers. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = { next: () => Math.random() };
