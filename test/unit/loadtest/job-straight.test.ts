import { describe, expect, it } from 'vitest';
import { evenSplits } from '../../../loadtest/job-straight.ts';

describe('the splits of a job that has no Weir', () => {
  it.each([1, 3, 32])('cover every token once, in %d ranges', (count) => {
    const splits = evenSplits(count);
    expect(splits).toHaveLength(count);
    expect(splits[0]?.start).toBe('-9223372036854775808');
    expect(splits.at(-1)?.end).toBe('9223372036854775807');
    expect(splits.slice(1).map(({ start }) => start)).toEqual(splits.slice(0, -1).map(({ end }) => end));
    const widths = splits.map(({ start, end }) => Number(BigInt(end) - BigInt(start)) / 2 ** 64);
    for (const width of widths) expect(width).toBeCloseTo(1 / count, 10);
  });
});
