import { createMemoryGuardStore } from '../../src/core/guard/memory-guard-store.ts';
import { describeGuardStore } from './guard-store.suite.ts';

describeGuardStore('the guard of one process', async () => {
  let nowMs = 10_500;
  return {
    store: createMemoryGuardStore({ nowMs: () => nowMs }),
    advance: (ms) => {
      nowMs += ms;
    },
  };
});
