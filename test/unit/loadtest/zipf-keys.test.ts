import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemKey } from '../../../loadtest/dataset.ts';
import { seededRandom } from '../../../loadtest/random.ts';
import { rankOf, ZipfKeys, zipfCumulative } from '../../../loadtest/zipf-keys.ts';

describe('the distribution', () => {
  it.each([
    [2, 0.99],
    [1_000, 0.99],
    [30_000, 0.99],
    [500, 1.5],
  ])('of %d ranks with exponent %d gives each rank its share', (ranks, exponent) => {
    const cumulative = zipfCumulative(ranks, exponent);
    const share = (rank: number): number => (cumulative[rank] ?? 0) - (cumulative[rank - 1] ?? 0);
    const first = share(0);
    for (const rank of [1, 2, 9, 99, ranks - 1].filter((rank) => rank < ranks)) {
      expect((first / share(rank)) * (rank + 1) ** -exponent).toBeCloseTo(1, 6);
    }
    expect(cumulative.at(-1)).toBe(1);
  });

  it('has the shares that 1, 1/2 and 1/3 are of their sum', () => {
    const [first, second, third] = zipfCumulative(3, 1);
    expect(first).toBeCloseTo(6 / 11, 12);
    expect(second).toBeCloseTo(9 / 11, 12);
    expect(third).toBe(1);
  });
});

describe('the rank of a number', () => {
  const cumulative = Float64Array.from([0.5, 0.75, 1]);

  it.each([
    [0, 0, 'the least number is the most popular rank'],
    [0.499_999, 0, 'below the first bound'],
    [0.5, 1, 'a bound belongs to the rank after it: the share of a rank is half open'],
    [0.749_999, 1, 'below the second bound'],
    [0.75, 2, 'on the second bound'],
    [0.999_999, 2, 'the largest number'],
  ])('%d is %d: %s', (uniform, rank) => {
    expect(rankOf(cumulative, uniform)).toBe(rank);
  });

  it('is the first whose sum is above the number, whatever the distribution', () => {
    const shares = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 50 });
    const uniforms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(shares, uniforms, (weights, uniform) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        let sum = 0;
        const sums = Float64Array.from(weights, (weight) => {
          sum += weight;
          return sum / total;
        });
        expect(rankOf(sums, uniform)).toBe(sums.findIndex((bound) => bound > uniform));
      }),
    );
  });
});

describe('keys by popularity', () => {
  const keys = new ZipfKeys(5_000, 0.99);

  it('are all keys, each of one rank', () => {
    const all = Array.from({ length: 5_000 }, (_, rank) => keys.keyOf(rank));
    expect(all.toSorted()).toEqual(Array.from({ length: 5_000 }, (_, index) => itemKey(index)));
  });

  it('do not follow the order of their names', () => {
    const first = Array.from({ length: 100 }, (_, rank) => keys.keyOf(rank));
    expect(first).not.toEqual(first.toSorted());
    expect(first.filter((key) => key < itemKey(2_500)).length).toBeGreaterThan(25);
    expect(first.filter((key) => key >= itemKey(2_500)).length).toBeGreaterThan(25);
  });

  it('are the same in every run', () => {
    expect(new ZipfKeys(5_000, 0.99).draw(50, seededRandom(3))).toEqual(keys.draw(50, seededRandom(3)));
  });

  it('are distinct in one draw', () => {
    const random = seededRandom(4);
    for (let draw = 0; draw < 200; draw += 1) expect(new Set(keys.draw(50, random)).size).toBe(50);
  });

  it('are drawn as often as their ranks say', () => {
    const random = seededRandom(5);
    const draws = 200_000;
    const counts = new Map<string, number>();
    for (let draw = 0; draw < draws; draw += 1) {
      const [key = ''] = keys.draw(1, random);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const cumulative = zipfCumulative(5_000, 0.99);
    for (const rank of [0, 1, 9, 99]) {
      const expected = ((cumulative[rank] ?? 0) - (cumulative[rank - 1] ?? 0)) * draws;
      const found = counts.get(keys.keyOf(rank)) ?? 0;
      // Five standard deviations of a count; the seed is fixed.
      expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  it('are refused where distinct ones would take too many draws', () => {
    expect(() => keys.draw(2_501, seededRandom(6))).toThrow('too many draws');
  });

  it('end with the last rank', () => {
    expect(() => keys.keyOf(5_000)).toThrow('there are 5000 ranks');
  });
});
