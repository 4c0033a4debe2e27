import { describe, expect, it } from 'vitest';
import { Standings } from '../../../src/core/throttle/standings.ts';

const own = { id: 'storefront/read', rate: 100, burst: 50, enforced: true };
const fleet = { id: 'fleet:all/read', rate: 1_000, burst: 1_000, enforced: true };
const shadow = { id: 'class:frontend/read', rate: 1, burst: 1, enforced: false };

/** Full in so many ms, as told at 0. */
function standingsOf(...fullInMs: readonly number[]): Standings {
  const standings = new Standings([own, shadow, fleet]);
  const state = { remaining: 0, near: false, shadowRefused: 0 };
  standings.note(
    fullInMs.map((ms) => ({ ...state, fullInMs: ms })),
    0,
  );
  return standings;
}

describe('standings', () => {
  const rows: readonly [string, readonly number[], number, number, number][] = [
    ['before anything is known, the smallest burst', [], 0, 50, 0],
    ['a unit each 10 ms', [300, 0, 0], 0, 20, 300],
    ['time adds what is missing', [300, 0, 0], 200, 40, 100],
    ['never more than the burst', [300, 0, 0], 9_000, 50, 0],
    ['debt is less than nothing', [700, 0, 0], 0, -20, 700],
    ['the tightest counts', [300, 0, 995], 0, 5, 300],
    ['a limit that is not enforced does not', [300, 9_000, 0], 0, 20, 300],
  ];
  it.each(rows)('%s', (_why, fullInMs, nowMs, room, untilBurstMs) => {
    const standings = standingsOf(...fullInMs);
    expect(standings.room(nowMs)).toBe(room);
    expect(standings.untilRoomMs(50, nowMs)).toBeCloseTo(untilBurstMs, 2);
  });

  it('name what has nothing left, or else what has least', () => {
    expect(standingsOf(500, 0, 1_000).scarcest(0)).toEqual([0, 2]);
    expect(standingsOf(300, 1_000, 0).scarcest(0)).toEqual([0]);
  });
});
