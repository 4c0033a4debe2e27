import { describe, expect, it } from 'vitest';
import { leaseHoldMs, leaseLowWater, leaseTarget } from '../../../src/core/throttle/lease-sizing.ts';

const secondOf = (rate: number, burst = rate) => ({ rate, burst, fillMs: (burst * 1_000) / rate });

describe('how much a lease takes', () => {
  const rows: readonly [string, ReturnType<typeof secondOf>, number, number, number][] = [
    ['300 ms of what is asked for', secondOf(5_000), 1_000, 1, 300],
    ['never more than a quarter of the burst', secondOf(5_000), 15_000, 1, 1_250],
    [
      'a small burst is half shared out at full rate, however many instances there are',
      secondOf(5_000, 500),
      1_000,
      1,
      50,
    ],
    ['two requests are worth a call', secondOf(5_000), 334, 50, 100],
    ['less than two are not', secondOf(5_000), 330, 50, 0],
    ['nor where the burst is too small for two', secondOf(100), 300, 50, 0],
  ];
  it.each(rows)('%s', (_why, ground, unitsPerSecond, unitsPerAsk, target) => {
    expect(leaseTarget(ground, unitsPerSecond, unitsPerAsk)).toBe(target);
  });

  it('fills up 50 ms before it would be empty', () => {
    expect(leaseLowWater(300, 1_000)).toBe(50);
    expect(leaseLowWater(40, 10_000)).toBe(20);
  });
});

describe('how long a limit is left alone that had less than was wanted', () => {
  const rows: readonly [string, ReturnType<typeof secondOf>, number, number][] = [
    ['100 ms', secondOf(5_000), 1, 100],
    ['until eight requests have gathered', secondOf(2_000), 50, 200],
    ['never long', secondOf(500, 5_000), 50, 250],
    ['never until the burst is full, or units would be lost', secondOf(5_000, 500), 50, 25],
  ];
  it.each(rows)('%s', (_why, ground, unitsPerAsk, holdMs) => {
    expect(leaseHoldMs(ground, unitsPerAsk, 0.5)).toBe(holdMs);
  });

  it('differs by chance, so that instances do not come together', () => {
    expect(leaseHoldMs(secondOf(5_000), 1, 0)).toBe(75);
    expect(leaseHoldMs(secondOf(5_000), 1, 0.999)).toBeCloseTo(125, 0);
  });
});
