import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../src/core/random.ts';

function draw(seed: number, count: number): number[] {
  const random = createSeededRandom(seed);
  return Array.from({ length: count }, () => random.next());
}

describe('the seeded generator', () => {
  it('gives the same sequence for the same seed, and another one for the next seed', () => {
    expect(draw(7, 20)).toEqual(draw(7, 20));
    expect(draw(7, 20)).not.toEqual(draw(8, 20));
  });

  it('is spread evenly over [0, 1)', () => {
    for (const seed of [0, 1, 2, 2 ** 31, -5]) {
      const numbers = draw(seed, 10_000);
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...numbers)).toBeLessThan(1);
      const tenths = Array.from({ length: 10 }, () => 0);
      for (const number of numbers)
        tenths[Math.floor(number * 10)] = (tenths[Math.floor(number * 10)] ?? 0) + 1;
      // Five deviations of a fair count.
      for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    }
  });
});
