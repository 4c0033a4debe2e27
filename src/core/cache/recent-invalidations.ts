import type { Clock } from '../ports.ts';
import type { Invalidation } from './invalidation.ts';

/** A replica that becomes the master lacks what came so shortly before, and a loss is noticed within so long after. */
const recentMs = 5_000;
/** Each has up to 16 KiB of keys. Where more come in that time, at least the last half of so many is known. */
const mostEntries = 1_000;
/** Whoever was away for longer does not repeat what is long known, or long over. */
const oldestMs = 60_000;

/**
 * What this instance has published last. A stream that loses it may go on with the same numbers, and who had not read it
 * yet would not notice: it is published once more.
 */
export interface RecentInvalidations {
  add(invalidation: Invalidation): void;
  /** Once each. */
  take(): readonly Invalidation[];
}

export function createRecentInvalidations(clock: Pick<Clock, 'nowMs'>): RecentInvalidations {
  /** The oldest first. */
  let recent: { readonly invalidation: Invalidation; readonly atMs: number }[] = [];
  return {
    add(invalidation) {
      // Half goes at once, so that not every one moves all others.
      if (recent.length >= mostEntries) recent = recent.slice(mostEntries / 2);
      recent.push({ invalidation, atMs: clock.nowMs() });
    },
    take() {
      const nowMs = clock.nowMs();
      const lastMs = recent.at(-1)?.atMs ?? nowMs;
      const fromMs = Math.max(lastMs - recentMs, nowMs - oldestMs);
      const taken = recent.filter(({ atMs }) => atMs >= fromMs);
      recent = [];
      return taken.map(({ invalidation }) => invalidation);
    },
  };
}
