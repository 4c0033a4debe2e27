import { describe, expect, it } from 'vitest';
import { RefusalMemory } from '../../../src/core/throttle/refusal-memory.ts';

/** A refusal of ten units at 0, to be asked again after `retryAfterMs`; the slowest limit gives one unit a millisecond. */
function remembered(retryAfterMs: number): RefusalMemory {
  const memory = new RefusalMemory(1_000);
  memory.remember(10, retryAfterMs, ['read'], 0);
  return memory;
}

describe('a remembered refusal', () => {
  const rows: readonly [string, number, number, number, number | undefined][] = [
    ['the same again is refused, with what is left of the time', 40, 10, 15, 25],
    ['until the time is over', 40, 10, 40, undefined],
    ['more takes longer: a millisecond a unit', 40, 15, 15, 30],
    ['fewer may be had', 40, 9, 15, undefined],
    ['a long time is believed for 100 ms only', 5_000, 10, 99, 4_901],
    ['and then asked about again', 5_000, 10, 100, undefined],
  ];
  it.each(rows)('%s', (_why, retryAfterMs, atLeast, nowMs, leftMs) => {
    expect(remembered(retryAfterMs).recall(atLeast, nowMs)?.retryAfterMs).toBe(leftMs);
  });

  it('of fewer units says more than one of more', () => {
    const memory = remembered(40);
    memory.remember(50, 80, ['fleet-read'], 1);
    expect(memory.recall(10, 2)).toEqual({ reason: 'over', retryAfterMs: 38, violated: ['read'] });
    memory.remember(1, 30, ['class-read'], 3);
    expect(memory.recall(1, 4)?.retryAfterMs).toBe(29);
  });

  it('can be forgotten', () => {
    const memory = remembered(40);
    memory.forget();
    expect(memory.recall(10, 1)).toBeUndefined();
  });
});
