import type { Clock } from '../ports.ts';
import { neverOverridden } from './guard.ts';
import { guardBounds } from './guard-bounds.ts';
import type { BucketCounts, GuardBeat, GuardStore, StoredSteering } from './guard-store.ts';
import { addCounts } from './latency-histogram.ts';

/** The guard of a process without Redis, or of several in a test. Never rejects. */
export function createMemoryGuardStore(clock: Pick<Clock, 'nowMs'>): GuardStore {
  /** By second; not more than `guardBounds.mostWindowSeconds`. */
  const counted = new Map<number, { readonly counts: Map<number, number>; leastFactor: number }>();
  let lead: { readonly instance: string; readonly untilMs: number } | undefined;
  let epoch = 0;
  let stored: (StoredSteering & { readonly atMs: number }) | undefined;
  let held = neverOverridden;

  const count = (counts: BucketCounts, factor: number, second: number): void => {
    for (const at of counted.keys()) {
      if (at <= second - guardBounds.mostWindowSeconds || at > second) counted.delete(at);
    }
    const total = counted.get(second) ?? { counts: new Map<number, number>(), leastFactor: factor };
    addCounts(total.counts, counts);
    total.leastFactor = Math.min(total.leastFactor, factor);
    counted.set(second, total);
  };
  const seenIn = (seconds: number, second: number): Pick<GuardBeat, 'window' | 'leastFactor'> => {
    const window = new Map<number, number>();
    let least: number | undefined;
    for (const [at, { counts, leastFactor }] of counted) {
      if (at <= second - seconds) continue;
      addCounts(window, counts);
      least = Math.min(least ?? leastFactor, leastFactor);
    }
    return { window, leastFactor: least };
  };

  return {
    async beat({ instance, counts, factor, leadMs, windowSeconds }) {
      const nowMs = clock.nowMs();
      const second = Math.floor(nowMs / 1_000);
      count(counts, factor, second);
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
        override: held,
        ...(isLeader ? seenIn(windowSeconds, second) : { window: undefined, leastFactor: undefined }),
      };
    },
    async steer(instance, ofEpoch, sequence, steering) {
      const nowMs = clock.nowMs();
      if (lead?.instance !== instance || lead.untilMs <= nowMs || epoch !== ofEpoch) return false;
      stored = { epoch, sequence, steering, atMs: nowMs };
      return true;
    },
    async setOverride(override, known) {
      held = { version: Math.max(held.version, known) + 1, override };
      return held.version;
    },
    async restoreOverride(known) {
      if (held.version >= known.version) return false;
      held = known;
      return true;
    },
    async resign(instance) {
      if (lead?.instance === instance) lead = undefined;
    },
  };
}
