import { LimitBuckets } from '../../src/core/throttle/limit-buckets.ts';
import { ticksOf } from '../../src/core/throttle/memory-limit-store.ts';
import { createMemoryPermitStore } from '../../src/core/throttle/memory-permit-store.ts';
import { describePermitStore } from './permit-store.suite.ts';

describePermitStore('permits in memory', async () => {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs };
  return {
    store: createMemoryPermitStore(new LimitBuckets(ticksOf(clock)), clock),
    advance: (ms) => {
      nowMs += ms;
    },
  };
});
