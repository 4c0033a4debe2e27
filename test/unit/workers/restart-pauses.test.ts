import { expect, it } from 'vitest';
import { createRestartPauses } from '../../../src/workers/restart-pauses.ts';

/** The pauses after workers that lived so long, one after another. */
function pausesAfter(...livesMs: readonly number[]): number[] {
  const pauses = createRestartPauses();
  let nowMs = 0;
  return livesMs.map((lifeMs) => {
    const startedMs = nowMs;
    nowMs += lifeMs;
    const pauseMs = pauses.after(startedMs, nowMs);
    nowMs += pauseMs;
    return pauseMs;
  });
}

it.each([
  [[5_000], [0], 'a first death is answered at once'],
  [[0], [1_000], 'unless it came at once: at most one start a second'],
  [[300, 300, 300, 300], [700, 1_700, 3_700, 7_700], 'twice as long between starts each time'],
  [[0, 0, 0, 0, 0, 0, 0], [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000], 'half a minute at most'],
  [[0, 0, 60_000, 0], [1_000, 2_000, 0, 2_000], 'a worker that lived a minute ends the series'],
])('after lives of %j ms it waits %j: %s', (lives, pauses) => {
  expect(pausesAfter(...lives)).toEqual(pauses);
});
