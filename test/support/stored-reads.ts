import type { StoredRead } from '../../src/core/cache/row-store.ts';

/** A read of a whole partition with one row, but for what is said otherwise. */
export function storedRead(parts: Partial<StoredRead> = {}): StoredRead {
  return {
    selection: 1,
    clustering: '',
    limit: 1_000,
    consistency: 'LOCAL_ONE',
    datacenter: 'dc1',
    readAtMs: 1_000.25,
    freshUntilMs: 2_000.5,
    usableUntilMs: 3_000.75,
    rows: ['{"a":1}'],
    truncated: false,
    ...parts,
  };
}
