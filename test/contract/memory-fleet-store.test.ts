import { createMemoryFleetStore } from '../../src/core/throttle/memory-fleet-store.ts';
import { describeFleetStore } from './fleet-store.suite.ts';

describeFleetStore('a fleet of one process', async () => {
  let nowMs = Date.UTC(2026, 10, 21, 10, 0, 0, 500);
  return {
    store: createMemoryFleetStore(() => nowMs),
    advance: (ms) => {
      nowMs += ms;
    },
  };
});
