import { describe, expect, it } from 'vitest';
import { applyInvalidation, splitInvalidation } from '../../../src/core/cache/invalidation-parts.ts';

const table = { keyspace: 'shop', table: 'products', settleMs: 5 };
const sizes = (partitions: readonly string[]) =>
  splitInvalidation({ ...table, partitions }).map((part) => part.partitions.length);

describe('an invalidation in parts', () => {
  it('is one where it is small, or of a whole table', () => {
    for (const partitions of [['a', 'b'], 'all'] as const) {
      expect(splitInvalidation({ ...table, partitions })).toEqual([{ ...table, partitions }]);
    }
  });

  it('has every partition once, in their order', () => {
    const partitions = Array.from({ length: 2_500 }, (_, index) => `sku-${index}`);
    const parts = splitInvalidation({ ...table, partitions });
    expect(parts.flatMap((part) => part.partitions)).toEqual(partitions);
  });

  it.each([
    ['a thousand partitions', Array<string>(1_001).fill('a'), [1_000, 1]],
    ['16 KiB', Array<string>(9).fill('a'.repeat(4_096)), [4, 4, 1]],
    ['16 KiB, unless one key alone has more', ['a', 'b'.repeat(60_000), 'c'], [1, 1, 1]],
  ])('has at most %s in each', (_, partitions, expected) => {
    expect(sizes(partitions)).toEqual(expected);
  });

  it('is nothing where no partition is named', () => {
    expect(splitInvalidation({ ...table, partitions: [] })).toEqual([]);
  });
});

describe('applying an invalidation', () => {
  it.each([
    [
      ['a', 'b'],
      ['partitions', 'shop', 'products', ['a', 'b'], 5],
    ],
    ['all', ['table', 'shop', 'products']],
  ] as const)('of %j calls for as much', (partitions, expected) => {
    const calls: unknown[][] = [];
    const cache = {
      invalidatePartitions: (...args: unknown[]) => void calls.push(['partitions', ...args]),
      invalidateTable: (...args: unknown[]) => void calls.push(['table', ...args]),
    };
    applyInvalidation(cache, { ...table, partitions });
    expect(calls).toEqual([expected]);
  });
});
