import { describe, expect, it } from 'vitest';
import { Demand } from '../../../src/core/throttle/demand.ts';

function demandOf(rate: number, forMs: number, everyMs = 1): Demand {
  const demand = new Demand(0);
  for (let ms = 0; ms < forMs; ms += everyMs) demand.note((rate * everyMs) / 1_000, ms);
  return demand;
}

describe('the demand', () => {
  it.each([
    ['many a second', 5_000, 1],
    ['few a second', 5, 200],
  ])('is what is asked for: %s', (_why, rate, everyMs) => {
    const demand = demandOf(rate, 20_000, everyMs);
    expect(demand.unitsPerSecond(20_000) / rate).toBeGreaterThan(0.6);
    expect(demand.unitsPerSecond(20_000) / rate).toBeLessThan(1.5);
  });

  it('is known within half a second', () => {
    expect(demandOf(1_000, 500).unitsPerSecond(500)).toBeCloseTo(1_000, -2);
  });

  it('takes one request for no rate', () => {
    const demand = new Demand(0);
    demand.note(1, 0);
    expect(demand.unitsPerSecond(0)).toBeLessThan(3);
  });

  it('forgets within seconds, and begins anew after a rest', () => {
    const demand = demandOf(1_000, 3_000);
    expect(demand.unitsPerSecond(6_000)).toBeLessThan(60);
    for (let ms = 0; ms < 500; ms += 1) demand.note(2, 20_000 + ms);
    expect(demand.unitsPerSecond(20_500)).toBeCloseTo(2_000, -2);
    expect(demand.unitsPerAsk()).toBe(2);
  });

  it('knows what a request usually costs', () => {
    const demand = new Demand(0);
    for (let ms = 0; ms < 100; ms += 1) demand.note(ms < 50 ? 1 : 50, ms);
    expect(demand.unitsPerAsk()).toBeGreaterThan(45);
  });
});
