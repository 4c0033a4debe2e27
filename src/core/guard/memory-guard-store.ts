import type { Clock } from '../ports.ts';
import type { GuardOverride } from './guard.ts';
import { guardBounds } from './guard-bounds.ts';
import type { BucketCounts, GuardStore, StoredSteering } from './guard-store.ts';
import { addCounts } from './latency-histogram.ts';

/** The guard of a process without Redis, or of several in a test. Never rejects. */
export function createMemoryGuardStore(clock: Pick<Clock, 'nowMs'>): GuardStore {
  /** By second; not more than `guardBounds.mostWindowSeconds`. */
  const counted = new Map<number, Map<number, number>>();
  let lead: { readonly instance: string; readonly untilMs: number } | undefined;
  let epoch = 0;
  let stored: (StoredSteering & { readonly atMs: number }) | undefined;
  let override: GuardOverride | undefined;

  const count = (counts: BucketCounts, second: number): void => {
    for (const held of counted.keys()) {
      if (held <= second - guardBounds.mostWindowSeconds || held > second) counted.delete(held);
    }
    const total = counted.get(second) ?? new Map<number, number>();
    addCounts(total, counts);
    counted.set(second, total);
  };
  const windowOf = (seconds: number, second: number): BucketCounts => {
    const window = new Map<number, number>();
    for (const [at, counts] of counted) if (at > second - seconds) addCounts(window, counts);
    return window;
  };

  return {
    async beat({ instance, counts, leadMs, windowSeconds }) {
      const nowMs = clock.nowMs();
      const second = Math.floor(nowMs / 1_000);
      count(counts, second);
      if (lead === undefined || lead.untilMs <= nowMs) epoch += 1;
      if (lead === undefined || lead.untilMs <= nowMs || lead.instance === instance) {
        lead = { instance, untilMs: nowMs + leadMs };
      }
      const isLeader = lead.instance === instance;
      if (stored !== undefined && nowMs - stored.atMs >= guardBounds.steeringLifeMs) stored = undefined;
      return {
        isLeader,
        leader: lead.instance,
        epoch,
        stored,
        override,
        window: isLeader ? windowOf(windowSeconds, second) : undefined,
      };
    },
    async steer(instance, ofEpoch, sequence, steering) {
      const nowMs = clock.nowMs();
      if (lead?.instance !== instance || lead.untilMs <= nowMs || epoch !== ofEpoch) return false;
      stored = { epoch, sequence, steering, atMs: nowMs };
      return true;
    },
    async setOverride(given) {
      override = given;
    },
    async resign(instance) {
      if (lead?.instance === instance) lead = undefined;
    },
  };
}
