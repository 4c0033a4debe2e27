import { describe, expect, it } from 'vitest';
import { hashText } from '../../../src/adapters/memory/entry-index.ts';
import { SlabEntries } from '../../../src/adapters/memory/slab-entries.ts';
import { storedRead } from '../../support/stored-reads.ts';

const maxBytes = 64 * 1024;
const seed = 7;
/** One for 512 bytes. */
const buckets = 128;
const longestChain = 64;

/** What someone would send who knew the seed. */
function partitionsOfOneBucket(count: number): string[] {
  const found: string[] = [];
  for (let number = 0; found.length < count; number += 1) {
    const name = `k${number}`;
    if (hashText(seed, name) >>> 0 < 2 ** 32 / buckets) found.push(name);
  }
  return found;
}

describe('entries in slabs', () => {
  it.each([0, 2, 5])('have to do with %i slabs where there is no memory for more', (slabs) => {
    let asked = 0;
    const entries = new SlabEntries(
      maxBytes,
      seed,
      () => 0,
      (bytes) => {
        asked += 1;
        if (asked > slabs) throw new RangeError('Array buffer allocation failed');
        return new ArrayBuffer(bytes);
      },
    );
    const whole = (number: number) => ({ partition: `p${number}`, selection: 1, clustering: '' });
    const read = storedRead({ rows: ['x'.repeat(200)] });
    const missing = storedRead({ rows: [] });
    for (let number = 0; number < 500; number += 1) {
      expect(entries.write(whole(number), number % 5 === 0 ? missing : read)).toBe(slabs > 0);
    }
    expect(entries.read(whole(499), false)).toEqual(slabs > 0 ? read : undefined);
    expect(asked).toBe(slabs + 1);
  });

  it('say so where an allocation fails for another reason', () => {
    const entries = new SlabEntries(
      maxBytes,
      seed,
      () => 0,
      () => {
        throw new TypeError('a fault');
      },
    );
    const write = () => entries.write({ partition: 'p', selection: 1, clustering: '' }, storedRead());
    expect(write).toThrow(TypeError);
  });

  it('of one bucket are never more than can be searched quickly: the oldest go', () => {
    const entries = new SlabEntries(maxBytes, seed, () => 0);
    const partitions = partitionsOfOneBucket(100);
    for (const partition of partitions)
      entries.write({ partition, selection: 1, clustering: '' }, storedRead());
    const kept = partitions.filter(
      (partition) => entries.read({ partition, selection: 1, clustering: '' }, false) !== undefined,
    );
    expect(kept).toEqual(partitions.slice(-longestChain));
    expect(entries.partitions).toMatchObject({ all: longestChain, evictions: 100 - longestChain });
  });

  it('need no more room when rows without an end are taken out and put back', () => {
    const entries = new SlabEntries(maxBytes, seed, () => 0);
    const read = storedRead({ rows: ['x'.repeat(200)] });
    for (let round = 0; round < 2_000; round += 1) {
      const partition = `p${round % 10}`;
      entries.dropPartition(partition);
      expect(entries.write({ partition, selection: 1, clustering: '' }, read)).toBe(true);
    }
    expect(entries.partitions).toMatchObject({ all: 10, evictions: 0 });
    expect(entries.bytes).toBeLessThanOrEqual(maxBytes);
  });
});
