import { describe, expect, it } from 'vitest';
import { searchBelow, searchUpwards } from '../../../loadtest/isolation-search.ts';

/** Everything up to `limit` is within; notes what was tried. */
function bounded(limit: number) {
  const tried: number[] = [];
  return {
    tried,
    measure: async (at: number) => {
      tried.push(at);
      return { isWithin: at <= limit, result: at };
    },
  };
}

describe('the search from above', () => {
  const range = { least: 0.05, most: 1, turns: 8 };

  it('tries nothing else where the highest is within', async () => {
    const { tried, measure } = bounded(1);
    const { best } = await searchBelow(range, measure);
    expect(tried).toEqual([1]);
    expect(best?.at).toBe(1);
  });

  it.each([0.06, 0.2, 0.37, 0.99])('comes close to %d from below', async (limit) => {
    const { tried, measure } = bounded(limit);
    const { best, trials } = await searchBelow(range, measure);
    expect(tried).toHaveLength(8);
    expect(trials.map(({ at }) => at)).toEqual(tried);
    expect(best?.at).toBeLessThanOrEqual(limit);
    // Seven halvings of the scale from 0.05 to 1.
    expect(best?.at).toBeGreaterThan(limit / 20 ** (1 / 128));
  });

  it('finds nothing where nothing is within, and never leaves its range', async () => {
    const { tried, measure } = bounded(0);
    expect((await searchBelow(range, measure)).best).toBeUndefined();
    expect(Math.min(...tried)).toBeGreaterThan(0.05);
  });
});

describe('the search upwards', () => {
  const range = { least: 10, most: 2_000, turns: 3 };

  it('doubles until it is too much, then halves what is between', async () => {
    const { tried, measure } = bounded(100);
    const { best } = await searchUpwards(range, measure);
    expect(tried.slice(0, 5)).toEqual([10, 20, 40, 80, 160]);
    expect(tried).toHaveLength(8);
    expect(best?.at).toBeGreaterThan(90);
    expect(best?.at).toBeLessThanOrEqual(100);
  });

  it('ends at the highest', async () => {
    const { tried, measure } = bounded(1e6);
    expect((await searchUpwards(range, measure)).best?.at).toBe(2_000);
    expect(tried.at(-1)).toBe(2_000);
    expect(tried).toHaveLength(9);
  });

  it('finds nothing where the least is too much', async () => {
    const { tried, measure } = bounded(5);
    expect((await searchUpwards(range, measure)).best).toBeUndefined();
    expect(tried).toEqual([10]);
  });
});
