/** A worker that lived so long had started well: what ended it is no part of a series. */
const longLifeMs = 60_000;
const firstGapMs = 1_000;
const longestGapMs = 30_000;

/** How long to wait before a worker is started in the place of one that ended by itself. */
export interface RestartPauses {
  /** The worker that was started at `startedMs` has ended at `nowMs`. In ms. */
  after(startedMs: number, nowMs: number): number;
}

/**
 * From one start to the next at least a second, and twice as long for each further worker that did not live a minute.
 * So a first death is answered at once, unless it came at once.
 */
export function createRestartPauses(): RestartPauses {
  let gapMs = firstGapMs;
  return {
    after(startedMs, nowMs) {
      const livedMs = nowMs - startedMs;
      if (livedMs >= longLifeMs) gapMs = firstGapMs;
      const pauseMs = Math.max(0, gapMs - livedMs);
      gapMs = Math.min(longestGapMs, 2 * gapMs);
      return pauseMs;
    },
  };
}
