import { LimitBuckets } from '../../src/core/throttle/limit-buckets.ts';
import { ticksOf } from '../../src/core/throttle/memory-limit-store.ts';
import { createMemorySessionStore } from '../../src/core/throttle/memory-session-store.ts';
import { describeSessionStore } from './session-store.suite.ts';

describeSessionStore('sessions in memory', async () => {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs };
  return {
    store: createMemorySessionStore(new LimitBuckets(ticksOf(clock)), clock),
    advance: (ms) => {
      nowMs += ms;
    },
  };
});
