import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { busiestOverMean, median, percentile } from '../../../loadtest/statistics.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [hundred, 0.5, 50, 'half of the values are 50 or less'],
    [hundred, 0.95, 95, 'the rank itself counts'],
    [hundred, 0, 1, 'the least is the lowest there is'],
    [hundred, 1, 100, 'the largest is the highest there is'],
    [[1, 2, 3], 0.5, 2, 'a rank between two rounds up'],
    [[7], 0.99, 7, 'one value is every percentile'],
    [[], 0.5, Number.NaN, 'nothing was measured'],
  ])('of %j at %d is %d: %s', (ascending, share, expected) => {
    expect(percentile(ascending, share)).toBe(expected);
  });

  it('is a value that at least that share of the values do not exceed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 100 }),
        (values, percent) => {
          const found = percentile(
            values.toSorted((a, b) => a - b),
            percent / 100,
          );
          expect(values).toContain(found);
          const notAbove = values.filter((value) => value <= found).length;
          expect(notAbove * 100).toBeGreaterThanOrEqual(percent * values.length - 1e-6);
        },
      ),
    );
  });
});

describe('median', () => {
  it.each([
    [[3, 1, 2], 2, 'the middle one, in any order'],
    [[4, 1, 3, 2], 2.5, 'between the two in the middle'],
    [[10, 9], 9.5, 'numbers are not sorted as text'],
    [[5], 5, 'the only one'],
    [[], Number.NaN, 'nothing was measured'],
  ])('of %j is %d: %s', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('leaves the values as they were', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('busiest ÷ mean', () => {
  it.each([
    [[2, 2, 2], 1, 'all are equal'],
    [[3, 0, 0], 3, 'one does everything'],
    [[3, 2, 1], 1.5, 'the busiest does half as much again'],
    [[0, 0], Number.NaN, 'nobody did anything'],
  ])('of %j is %d: %s', (values, expected) => {
    expect(busiestOverMean(values)).toBe(expected);
  });
});
