import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../src/core/random.ts';
import { createCostModel } from '../../../src/core/routing/cost-model.ts';

describe('the cost model', () => {
  it('expects nothing before it has seen enough', () => {
    const model = createCostModel();
    for (let index = 0; index < 31; index += 1) model.observe(5, 1);
    expect(model.expectedMs(5)).toBeUndefined();
    model.observe(5, 1);
    expect(model.expectedMs(5)).toBeCloseTo(1, 1);
  });

  it('finds the cost of a message and of a key under slow outliers', () => {
    const random = createSeededRandom(11);
    const model = createCostModel();
    for (let index = 0; index < 1_000; index += 1) {
      const keys = 1 + Math.floor(random.next() * 32);
      const stalled = random.next() < 0.3 ? 50 + random.next() * 200 : 0;
      model.observe(keys, 1 + 0.2 * keys + stalled);
    }
    expect(model.expectedMs(10)).toBeGreaterThan(2.7);
    expect(model.expectedMs(10)).toBeLessThan(3.6);
    expect(model.expectedMs(32)).toBeGreaterThan(6.5);
    expect(model.expectedMs(32)).toBeLessThan(8.5);
  });

  it('never expects less for more keys, nor nothing at all', () => {
    const model = createCostModel();
    for (let index = 0; index < 64; index += 1) model.observe(1 + (index % 32), 40 - (index % 32));
    expect(model.expectedMs(32)).toBeGreaterThanOrEqual(model.expectedMs(1) ?? 0);
    expect(model.expectedMs(1)).toBeGreaterThan(0);
  });

  it('follows a table that became slower', () => {
    const model = createCostModel();
    for (let index = 0; index < 256; index += 1) model.observe(10, 2);
    for (let index = 0; index < 256; index += 1) model.observe(10, 8);
    expect(model.expectedMs(10)).toBeCloseTo(8, 1);
  });
});
