import type { Clock } from '../ports.ts';
import type { LimitBuckets } from './limit-buckets.ts';
import { PermitMemory } from './permit-memory.ts';
import type { PermitStore } from './permits.ts';

/** The permits of this process alone. Never rejects. Whoever takes more than are remembered is refused, and no limit is to blame. */
export function createMemoryPermitStore(
  buckets: Pick<LimitBuckets, 'charge' | 'adjust'>,
  clock: Pick<Clock, 'nowMs'>,
): PermitStore {
  const memory = new PermitMemory(clock);
  return {
    async take({ application, permitId, operation, limits, units, ttlMs }) {
      const known = memory.recall(application, permitId);
      if (known !== undefined) {
        if (known.operation !== operation) return { kind: 'other-operation' };
        const now = buckets.charge({ limits, units: 0, atLeast: 0 });
        const states = now.kind === 'granted' ? now.states : [];
        return {
          kind: 'granted',
          units: known.units,
          expiresInMs: known.expiresInMs,
          repeated: true,
          states,
        };
      }
      const roomInMs = memory.roomInMs(application);
      if (roomInMs > 0) return { kind: 'refused', retryAfterMs: roomInMs, violated: [], states: [] };
      const verdict = buckets.charge({ limits, units, atLeast: 1 });
      if (verdict.kind !== 'granted') return verdict;
      const refund = (unused: number): void => buckets.adjust(limits, -unused);
      memory.remember(application, permitId, { units: verdict.units, operation, refund }, ttlMs);
      const { states } = verdict;
      return { kind: 'granted', units: verdict.units, expiresInMs: ttlMs, repeated: false, states };
    },
    async giveBack({ application, permitId, units }) {
      return memory.giveBack(application, permitId, units);
    },
  };
}
