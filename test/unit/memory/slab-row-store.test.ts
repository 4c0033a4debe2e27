import { describe, expect, it } from 'vitest';
import { createSlabRowStore } from '../../../src/adapters/memory/slab-row-store.ts';
import type { RowStore } from '../../../src/core/cache/row-store.ts';
import { storedRead } from '../../support/stored-reads.ts';

const maxBytes = 256 * 1024;

/** Room for about 600 of them. */
const putRow = (store: RowStore, partition: string, length = 300): void =>
  store.put(partition, storedRead({ rows: ['x'.repeat(length)] }));

const keptOf = (store: RowStore, partitions: readonly string[]): number =>
  partitions.filter((partition) => store.peek(partition, 1, '') !== undefined).length;

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('the bounds of a slab row store', () => {
  it.each([
    ['less than sixteen slabs of use', 64 * 1024 - 1],
    ['more than an address reaches', 64 * 2 ** 30 + 1],
    ['not whole', 100_000.5],
    ['no number', Number.NaN],
  ])('are refused where they are %s', (_why, bytes) => {
    expect(() => createSlabRowStore({ maxBytes: bytes })).toThrow(RangeError);
  });

  it('hold however much is put, and most of the room is used by then', () => {
    const store = createSlabRowStore({ maxBytes });
    let mostBytes = 0;
    for (const name of names('p', 3_000)) {
      putRow(store, name);
      mostBytes = Math.max(mostBytes, store.stats().bytes);
    }
    expect(mostBytes).toBeLessThanOrEqual(maxBytes);
    const { partitions, bytes, evictions } = store.stats();
    expect(bytes).toBeGreaterThan(maxBytes * 0.9);
    // 64 bytes of head, 5 of key, 300 of row, in units of 16.
    expect(partitions * 384).toBeGreaterThan(maxBytes * 0.85);
    expect(evictions).toBe(3_000 - partitions);
  });

  it('leave most of the room in use when rows of all lengths come and go', () => {
    const store = createSlabRowStore({ maxBytes });
    let length = 7;
    let kept = 0;
    for (const name of names('p', 5_000)) {
      length = (length * 31 + 17) % 1_009;
      putRow(store, name, length);
    }
    for (const name of names('p', 5_000)) kept += store.peek(name, 1, '')?.rows[0]?.length ?? 0;
    const { partitions } = store.stats();
    expect(kept + partitions * 80).toBeGreaterThan(maxBytes * 0.8);
  });

  it('take memory only as rows come', () => {
    const store = createSlabRowStore({ maxBytes: 2 ** 30 });
    expect(store.stats().bytes).toBe(0);
    putRow(store, 'p');
    const indexBytes = 2 ** 30 / 128;
    expect(store.stats().bytes).toBe(indexBytes + 368);
  });
});

describe('what goes first', () => {
  it('is what has not been found since it came', () => {
    const store = createSlabRowStore({ maxBytes });
    const hot = names('hot', 50);
    for (const name of hot) putRow(store, name);
    for (const flood of ['a', 'b', 'c', 'd']) {
      for (const name of hot) store.find(name, 1, '');
      for (const name of names(flood, 450)) putRow(store, name);
    }
    expect(keptOf(store, hot)).toBe(50);
    expect(keptOf(store, names('a', 450))).toBe(0);
  });

  it('is also what was only peeked at', () => {
    const store = createSlabRowStore({ maxBytes });
    putRow(store, 'peeked');
    for (const name of names('p', 2_000)) {
      store.peek('peeked', 1, '');
      putRow(store, name);
    }
    expect(store.peek('peeked', 1, '')).toBeUndefined();
  });

  it('is one after a bounded search, where all are found all the time', () => {
    const store = createSlabRowStore({ maxBytes });
    const all = names('p', 2_000);
    for (const [count, name] of all.entries()) {
      putRow(store, name);
      expect(store.find(name, 1, '')).toBeDefined();
      if (count % 25 === 0) for (const found of all) store.find(found, 1, '');
    }
    expect(store.stats().evictions).toBe(2_000 - keptOf(store, all));
  });

  it('is nothing when rows are put again and again, as they are when they are refreshed', () => {
    const store = createSlabRowStore({ maxBytes });
    const all = names('p', 500);
    for (let round = 0; round < 20; round += 1) {
      for (const name of all) putRow(store, name, 300 - round);
    }
    expect(keptOf(store, all)).toBe(500);
    expect(store.stats().evictions).toBe(0);
  });
});

describe('what nobody can be answered with any more', () => {
  const fillAndFind = (store: RowStore, partitions: readonly string[]): void => {
    for (const name of partitions) putRow(store, name);
    for (let round = 0; round < 9; round += 1) for (const name of partitions) store.find(name, 1, '');
  };
  const fresh = names('new-', 500);

  it('goes before anything else where its group was retired, however often it was found', () => {
    const store = createSlabRowStore({ maxBytes });
    fillAndFind(store, names('old-', 600));
    const before = store.stats().partitions;
    store.retire('old-');
    expect(store.stats()).toMatchObject({ partitions: 0, missingPartitions: 0 });
    for (const name of fresh) putRow(store, name);
    expect(keptOf(store, fresh)).toBe(500);
    expect(store.stats()).toMatchObject({ partitions: 500, evictions: 600 - before });
  });

  it('goes before anything else where its time is over', () => {
    let nowMs = 0;
    const store = createSlabRowStore({ maxBytes, nowMs: () => nowMs });
    const put = (name: string, usableUntilMs: number): void =>
      store.put(name, storedRead({ rows: ['x'.repeat(300)], freshUntilMs: usableUntilMs, usableUntilMs }));
    const old = names('old-', 500);
    for (const name of old) put(name, 1_000);
    for (let round = 0; round < 9; round += 1) for (const name of old) store.find(name, 1, '');
    nowMs = 1_000;
    for (const name of fresh) put(name, 2_000);
    expect(keptOf(store, fresh)).toBe(500);
    expect(store.stats().evictions).toBe(0);
  });

  it('goes also where it is single rows of partitions', () => {
    const store = createSlabRowStore({ maxBytes });
    const partitions = names('old-', 100);
    const rows = partitions.flatMap((partition) => ['a', 'b', 'c'].map((row) => [partition, row] as const));
    for (const [partition, clustering] of rows) {
      store.put(partition, storedRead({ clustering, rows: ['x'.repeat(300)] }));
    }
    for (let round = 0; round < 9; round += 1)
      for (const [partition, row] of rows) store.find(partition, 1, row);
    store.retire('old-');
    for (const name of fresh) putRow(store, name);
    expect(keptOf(store, fresh)).toBe(500);
  });
});

describe('partitions of which nothing was found', () => {
  const putMissing = (store: RowStore, partition: string, clustering = ''): void =>
    store.put(partition, storedRead({ rows: [], clustering }));

  it('are held to a tenth, however many come', () => {
    const store = createSlabRowStore({ maxBytes });
    for (const name of names('none', 5_000)) putMissing(store, name);
    const { missingBytes, missingPartitions, partitions } = store.stats();
    expect(missingBytes).toBeLessThanOrEqual(maxBytes / 10);
    expect(missingPartitions).toBe(partitions);
    expect(missingPartitions).toBeGreaterThan(100);
  });

  it.each(['', 'row'])('push out no more than that of the others (clustering "%s")', (clustering) => {
    const store = createSlabRowStore({ maxBytes });
    const before = names('p', 2_000);
    for (const name of before) putRow(store, name);
    const kept = keptOf(store, before);
    for (const name of names('none', 5_000)) putMissing(store, name, clustering);
    expect(keptOf(store, before)).toBeGreaterThan(kept * 0.9);
    expect(store.stats().bytes).toBeLessThanOrEqual(maxBytes);
  });

  it('take nothing from the others while there are none', () => {
    const store = createSlabRowStore({ maxBytes });
    for (const name of names('p', 2_000)) putRow(store, name);
    expect(store.stats().missingBytes).toBe(0);
    expect(store.stats().partitions * 384).toBeGreaterThan(maxBytes * 0.9);
  });

  it('are those of which every read found nothing', () => {
    const store = createSlabRowStore({ maxBytes });
    putMissing(store, 'p');
    putMissing(store, 'p', 'row');
    putMissing(store, 'q');
    expect(store.stats()).toMatchObject({ partitions: 2, missingPartitions: 2 });
    store.put('p', storedRead({ clustering: 'other' }));
    expect(store.stats()).toMatchObject({ partitions: 2, missingPartitions: 1 });
    store.put('p', storedRead({ clustering: 'other', rows: [] }));
    expect(store.stats()).toMatchObject({ partitions: 2, missingPartitions: 2 });
  });
});

describe('a read that cannot be kept', () => {
  it.each([
    ['larger than a sixteenth of the whole', storedRead({ rows: ['x'.repeat(maxBytes / 16)] })],
    ['of half a character', storedRead({ rows: ['{"a":"\ud83d"}'] })],
    ['with a limit that is no 32-bit number', storedRead({ limit: Number.POSITIVE_INFINITY })],
  ])('is forgotten together with the one before it: %s', (_why, read) => {
    const store = createSlabRowStore({ maxBytes });
    store.put('p', storedRead());
    store.put('p', read);
    expect(store.peek('p', 1, '')).toBeUndefined();
    expect(store.stats().partitions).toBe(0);
  });

  it('is one of a name that is not of bytes, and it is not taken for another', () => {
    const store = createSlabRowStore({ maxBytes });
    store.put('p\u0141', storedRead());
    store.put('p', storedRead({ clustering: '\u0141' }));
    expect(store.find('p\u0141', 1, '')).toBeUndefined();
    expect(store.find('pA', 1, '')).toBeUndefined();
    expect(store.find('p', 1, '\u0141')).toBeUndefined();
    expect(store.find('p', 1, 'A')).toBeUndefined();
  });
});

describe('a partition of many single rows', () => {
  const rowNames = names('row', 400);

  it('goes at once, and its rows do not come back with it', () => {
    const store = createSlabRowStore({ maxBytes });
    for (const clustering of rowNames) store.put('p', storedRead({ clustering }));
    expect(store.delete('p')).toBe(true);
    store.put('p', storedRead({ clustering: 'row7', rows: ['new'] }));
    const found = rowNames.map((clustering) => store.peek('p', 1, clustering)?.rows);
    expect(found.filter((rows) => rows !== undefined)).toEqual([['new']]);
  });

  it('counts once, also while its rows are pushed out', () => {
    const store = createSlabRowStore({ maxBytes });
    for (const clustering of names('row', 5_000)) store.put('p', storedRead({ clustering }));
    expect(store.stats()).toMatchObject({ partitions: 1, evictions: 0 });
    expect(store.peek('p', 1, 'row4999')).toBeDefined();
    expect(store.peek('p', 1, 'row0')).toBeUndefined();
  });
});
