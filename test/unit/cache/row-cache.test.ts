import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { keyIdentity } from '../../../src/core/reads/key-identity.ts';
import { selectAll } from '../../support/batch-reads.ts';
import { cachedBatch, inWords, rowOf, setUpCachedReads, timedOut } from '../../support/cached-reads.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';

const bytes = (...parts: string[]) => parts.map((part) => nodeText.utf8(part));

describe('invalidating a partition', () => {
  it('drops it and no other', async () => {
    const { cache, ask, fill } = setUpCachedReads();
    await fill(['a', 'b']);
    cache.invalidate(products, bytes('a'));
    expect(inWords(await ask(['b']))).toEqual(['cache b']);
    expect(inWords(await fill(['a']))).toEqual(['cassandra a']);
  });

  it('drops all its rows, whatever was asked for', async () => {
    const { cache, fill, ask } = setUpCachedReads();
    const orders = makeTable('orders', ['shop', 'customer'], ['number'], ['total']);
    const one = { selection: selectAll(orders), keys: [bytes('s', 'c', '1'), bytes('s', 'd', '1')] };
    const all = { selection: selectAll(orders, false), keys: [bytes('s', 'c')] };
    await fill([], one);
    await fill([], all);
    cache.invalidate(orders, bytes('s', 'c'));
    expect(inWords(await fill([], one))).toEqual(['cassandra s|c|1', 'cache s|d|1']);
    expect(inWords(await fill([], all))).toEqual(['cassandra s|c']);
    expect(inWords(await ask([], all))).toEqual(['cache s|c']);
  });

  it('drops what is still being read: it is answered to who asked before, and never kept', async () => {
    const { cache, ask, reads, fill } = setUpCachedReads();
    const before = ask(['a']);
    cache.invalidate(products, bytes('a'));
    reads[0]?.answer();
    expect(inWords(await before)).toEqual(['cassandra a']);
    expect(cache.stats().droppedFills).toBe(1);
    expect(inWords(await fill(['a']))).toEqual(['cassandra a']);
  });

  it('keeps nothing while it settles, and what is read afterwards', async () => {
    const { cache, fill, ask, clock } = setUpCachedReads();
    cache.invalidate(products, bytes('a'), 2_000);
    await fill(['a']);
    await clock.advance(1_999);
    expect(inWords(await fill(['a']))).toEqual(['cassandra a']);
    await clock.advance(1);
    expect(inWords(await fill(['a']))).toEqual(['cassandra a']);
    expect(inWords(await ask(['a']))).toEqual(['cache a']);
    expect(cache.stats().droppedFills).toBe(2);
  });

  it('does not keep what began to be read while it settled, even if nobody invalidates again', async () => {
    const { cache, ask, reads, clock, store } = setUpCachedReads();
    cache.invalidate(products, bytes('a'), 500);
    const asked = ask(['a']);
    await clock.advance(600);
    reads[0]?.answer();
    await asked;
    expect(store.reads()).toEqual([]);
  });

  it('drops it also for those who still read by the schema before the last change', async () => {
    const { cache, fill } = setUpCachedReads();
    const changed = { selection: selectAll(makeTable('products', ['sku'], [], ['title'])) };
    await fill(['a', 'b']);
    await fill(['a'], changed);
    cache.invalidate(products, bytes('a'));
    expect(inWords(await fill(['a', 'b']))).toEqual(['cassandra a', 'cache b']);
    expect(inWords(await fill(['a'], changed))).toEqual(['cassandra a']);
  });

  it('holds across a change of the schema and a purge of the table', async () => {
    const { cache, fill, store } = setUpCachedReads();
    await fill(['a']);
    cache.invalidate(products, bytes('a'), 2_000);
    const changed = makeTable('products', ['sku'], [], ['title', 'price']);
    await fill(['a'], { selection: selectAll(changed) });
    cache.invalidateTable('shop', 'products');
    await fill(['a'], { selection: selectAll(changed) });
    expect(store.reads()).toEqual([]);
  });
});

describe('invalidating by names', () => {
  it('is the same, of several partitions at once', async () => {
    const { cache, ask, fill } = setUpCachedReads();
    await fill(['a', 'b', 'c']);
    cache.invalidatePartitions('shop', 'products', ['a', 'b'], 0);
    expect(inWords(await ask(['c']))).toEqual(['cache c']);
    expect(inWords(await fill(['a', 'b']))).toEqual(['cassandra a', 'cassandra b']);
  });

  it('names composite keys as reads do', async () => {
    const { cache, fill } = setUpCachedReads();
    const orders = makeTable('orders', ['shop', 'customer'], [], ['total']);
    const keys = { selection: selectAll(orders), keys: [bytes('s', 'c'), bytes('s', 'd')] };
    await fill([], keys);
    cache.invalidatePartitions('shop', 'orders', [keyIdentity(bytes('s', 'c'), nodeText)], 0);
    expect(inWords(await fill([], keys))).toEqual(['cassandra s|c', 'cache s|d']);
  });

  it('settles also where the table is not known yet', async () => {
    const { cache, fill, store, clock } = setUpCachedReads();
    cache.invalidatePartitions('shop', 'products', ['a'], 2_000);
    await fill(['a', 'b']);
    expect(store.reads()).toHaveLength(1);
    await clock.advance(2_000);
    await fill(['a']);
    expect(store.reads()).toHaveLength(2);
  });
});

describe('expiring what was read before a gap', () => {
  const keys = Array.from({ length: 40 }, (_, index) => `sku-${index}`);
  const kept = async ({ ask, reads }: ReturnType<typeof setUpCachedReads>): Promise<number> => {
    const asked = ask(keys, { cacheUse: 'read' });
    for (const open of reads) open.answer();
    return inWords(await asked).filter((words) => words.startsWith('cache')).length;
  };

  it('goes partition by partition', async () => {
    const set = setUpCachedReads();
    await set.fill(keys);
    await set.clock.advance(1);
    set.cache.expireBefore(set.clock.nowMs(), 10_000);
    const left: number[] = [];
    for (const stepMs of [0, 2_500, 2_500, 2_500, 2_499]) {
      await set.clock.advance(stepMs);
      left.push(await kept(set));
    }
    expect(left[0]).toBe(40);
    expect(left.toSorted((one, other) => other - one)).toEqual(left);
    // In the middle about half are left.
    expect(left[2]).toBeGreaterThan(10);
    expect(left[2]).toBeLessThan(30);
    await set.clock.advance(1);
    expect(await kept(set)).toBe(0);
  });

  it('lets stay what is read afterwards', async () => {
    const set = setUpCachedReads();
    set.cache.expireBefore(0, 10_000);
    await set.fill(keys);
    await set.clock.advance(20_000);
    expect(await kept(set)).toBe(40);
  });

  it('answers nothing of it as stale either, nor explains it as kept', async () => {
    const { fill, ask, reads, clock, cache } = setUpCachedReads();
    const settings = { ttlMs: 1_000, missingTtlMs: 1_000, staleIfErrorMs: 100_000 };
    await fill(['a'], { cache: settings });
    await clock.advance(1_000);
    cache.expireBefore(clock.nowMs(), 0);
    expect(cache.state(cachedBatch(['a'], { cache: settings }), bytes('a'))).toEqual({
      state: 'none',
      ageMs: null,
    });
    const asked = ask(['a'], { cache: settings });
    reads[1]?.answer(() => timedOut);
    expect(inWords(await asked)).toEqual(['replica-timeout']);
  });

  it('neither keeps nor joins what began to be read before', async () => {
    const { ask, reads, clock, cache, store } = setUpCachedReads();
    const before = ask(['a']);
    await clock.advance(1);
    cache.expireBefore(clock.nowMs(), 10_000);
    const after = ask(['a']);
    reads[0]?.answer(() => rowOf('old'));
    expect(store.reads()).toEqual([]);
    reads[1]?.answer(() => rowOf('new'));
    expect(inWords(await before)).toEqual(['cassandra old']);
    expect(inWords(await after)).toEqual(['cassandra new']);
  });

  it('counts what it is told of the fleet', () => {
    const { cache } = setUpCachedReads();
    cache.countFleet('gaps');
    cache.countFleet('invalidations');
    cache.countFleet('invalidations');
    expect(cache.stats()).toMatchObject({ gaps: 1, invalidations: 2 });
  });
});

describe('dropping more', () => {
  it('purges a table, also of what is still being read, and no other table', async () => {
    const { cache, ask, fill, reads } = setUpCachedReads();
    const others = { selection: selectAll(makeTable('others', ['sku'], [], ['title'])) };
    await fill(['a']);
    await fill(['a'], others);
    const underWay = ask(['b']);
    cache.invalidateTable('shop', 'products');
    reads[2]?.answer();
    await underWay;
    expect(cache.stats()).toMatchObject({ partitions: 1, droppedFills: 1 });
    expect(inWords(await ask(['a'], others))).toEqual(['cache a']);
    expect(inWords(await fill(['a', 'b']))).toEqual(['cassandra a', 'cassandra b']);
    expect(inWords(await ask(['a', 'b']))).toEqual(['cache a', 'cache b']);
  });

  it('clears everything, also what is still being read', async () => {
    const { cache, ask, fill, reads, store } = setUpCachedReads();
    await fill(['a']);
    const underWay = ask(['b']);
    cache.clear();
    expect(store.reads()).toEqual([]);
    reads[1]?.answer();
    await underWay;
    expect(inWords(await fill(['a', 'b']))).toEqual(['cassandra a', 'cassandra b']);
  });

  it('begins anew with a changed schema', async () => {
    const { fill, ask } = setUpCachedReads();
    const changed = makeTable('products', ['sku'], [], ['title']);
    await fill(['a']);
    expect(inWords(await fill(['a'], { selection: selectAll(changed) }))).toEqual(['cassandra a']);
    expect(inWords(await ask(['a'], { selection: selectAll(changed) }))).toEqual(['cache a']);
  });
});

describe('the state of a key', () => {
  const cache = { ttlMs: 1_000, missingTtlMs: 1_000, staleIfErrorMs: 1_000 };

  it.each([
    ['fresh', 999, 'fresh', 999],
    ['stale beyond its time', 1_000, 'stale', 1_000],
    ['nothing beyond that', 2_000, 'none', null],
  ] as const)('is %s', async (_, afterMs, state, ageMs) => {
    const set = setUpCachedReads();
    await set.fill(['a'], { cache });
    await set.clock.advance(afterMs);
    expect(set.cache.state(cachedBatch(['a'], { cache }), bytes('a'))).toEqual({ state, ageMs });
  });

  it('is nothing for a key that was never read, or not as strongly', async () => {
    const set = setUpCachedReads();
    await set.fill(['a']);
    const none = { state: 'none', ageMs: null };
    expect(set.cache.state(cachedBatch(['b']), bytes('b'))).toEqual(none);
    expect(set.cache.state(cachedBatch(['a'], { consistency: 'LOCAL_QUORUM' }), bytes('a'))).toEqual(none);
  });

  it('is off where the table is not cached or the application does not use the cache', () => {
    const set = setUpCachedReads();
    const off = { state: 'off', ageMs: null };
    expect(set.cache.state(cachedBatch(['a'], { cache: undefined }), bytes('a'))).toEqual(off);
    expect(set.cache.state(cachedBatch(['a'], { cacheUse: 'off' }), bytes('a'))).toEqual(off);
  });
});
