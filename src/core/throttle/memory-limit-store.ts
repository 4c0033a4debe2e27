import type { Clock } from '../ports.ts';
import { type Ticks, ticksPerMs } from './gcra.ts';
import type { LimitBuckets } from './limit-buckets.ts';
import type { LimitStore } from './limit-store.ts';

/** Limits counted in this process alone. Never rejects. */
export function createMemoryLimitStore(buckets: LimitBuckets): LimitStore {
  return {
    charge: async (charge) => buckets.charge(charge),
    adjust: async (limits, units) => buckets.adjust(limits, units),
  };
}

/** Whole ticks of a clock whose zero means nothing, for `LimitBuckets`. */
export function ticksOf(clock: Pick<Clock, 'nowMs'>): () => Ticks {
  return () => Math.round(clock.nowMs() * ticksPerMs);
}
