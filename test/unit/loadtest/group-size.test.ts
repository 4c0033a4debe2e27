import { describe, expect, it } from 'vitest';
import { groupingVariants } from '../../../loadtest/bench/group-size.ts';

describe('the variants of group-size', () => {
  it('differ by the bound on a group, then by the way of grouping without a bound', () => {
    expect(groupingVariants([4, 'unbounded'], ['key'])).toEqual([
      { name: 'at most 4', table: { grouping: 'owner', maxKeysPerGroup: 4 } },
      { name: 'unbounded', table: { grouping: 'owner', maxKeysPerGroup: 'unbounded' } },
      { name: 'by key', table: { grouping: 'key', maxKeysPerGroup: 'unbounded' } },
    ]);
  });

  it('have names of their own: figures are told apart by them', () => {
    const all = groupingVariants([4, 8, 16, 32, 'unbounded'], ['owner', 'range', 'key', 'coordinator']);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });
});
