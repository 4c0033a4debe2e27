import { describe, expect, it } from 'vitest';
import type { Invalidation } from '../../../src/core/cache/invalidation.ts';
import { createSettlingPartitions } from '../../../src/core/writes/settling-partitions.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

function openBook() {
  const clock = createFakeClock();
  const told: (Invalidation & { readonly atMs: number })[] = [];
  const faults: unknown[] = [];
  const state = { fault: undefined as unknown, uncached: new Set<string>() };
  const book = createSettlingPartitions({
    clock,
    isCached: (keyspace, table) => !state.uncached.has(`${keyspace}.${table}`),
    async invalidate(invalidation) {
      if (state.fault !== undefined) throw state.fault;
      told.push({ ...invalidation, atMs: clock.nowMs() });
      return 'fleet';
    },
    telemetry: { unexpected: (fault) => void faults.push(fault) },
  });
  const written = (partitions: readonly string[], settleMs = 2_000, table = 'products') =>
    book.written({ keyspace: 'shop', table, partitions, settleMs });
  const since = () => told.splice(0);
  return { book, clock, written, since, faults, state };
}

const names = (count: number, prefix = 'p') => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

describe('partitions that were written', () => {
  it('are invalidated at once with their time to settle, and once more when it is over', async () => {
    const { clock, written, since } = openBook();
    expect(await written(['a', 'b'])).toBe('fleet');
    expect(since()).toEqual([
      { keyspace: 'shop', table: 'products', partitions: ['a', 'b'], settleMs: 2_000, atMs: 0 },
    ]);
    await clock.advance(1_999);
    expect(since()).toEqual([]);
    await clock.advance(1);
    expect(since()).toEqual([
      { keyspace: 'shop', table: 'products', partitions: ['a', 'b'], settleMs: 0, atMs: 2_000 },
    ]);
    expect(clock.pending()).toBe(0);
  });

  it('are told together the second time: once a table and tick, never early', async () => {
    const { clock, written, since } = openBook();
    await clock.advance(1);
    for (const partition of ['a', 'b', 'a', 'c']) {
      await written([partition]);
      await clock.advance(20);
    }
    await written(['z'], 2_000, 'orders');
    expect(since()).toHaveLength(5);
    await clock.runUntilIdle();
    const second = since();
    expect(second.map(({ table, partitions, atMs }) => [table, partitions, atMs])).toEqual([
      ['products', ['a', 'b', 'c'], 2_100],
      ['orders', ['z'], 2_100],
    ]);
  });

  it('need no second time where nothing settles', async () => {
    const { clock, written, since } = openBook();
    await written(['a'], 0);
    await written([]);
    await clock.runUntilIdle();
    expect(since()).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });

  it('are told of as far as this instance where a fault comes in between', async () => {
    const { written, faults, state } = openBook();
    state.fault = new TypeError('of Weir');
    expect(await written(['a'])).toBe('instance');
    expect(faults).toHaveLength(1);
  });
});

describe('more than can be remembered', () => {
  it('is 50,000 partitions; beyond, the whole table is told', async () => {
    const { clock, written, since } = openBook();
    await written(names(50_000));
    await written(names(1, 'other'), 2_000, 'orders');
    since();
    await clock.runUntilIdle();
    const told = since().map(({ table, partitions }) => [
      table,
      partitions === 'all' ? 'all' : partitions.length,
    ]);
    expect(told).toEqual([
      ['products', 50_000],
      ['orders', 'all'],
    ]);
  });

  it('gives the room of what is told as a whole to others, and that of what has been told', async () => {
    const { clock, written, since } = openBook();
    await written(names(50_001));
    await written(names(50_000, 'q'), 2_000, 'orders');
    since();
    await clock.runUntilIdle();
    expect(since().map(({ partitions }) => (partitions === 'all' ? 'all' : partitions.length))).toEqual([
      'all',
      50_000,
    ]);
    await written(names(50_000, 'r'));
    since();
    await clock.runUntilIdle();
    expect(since().map(({ partitions }) => partitions.length)).toEqual([50_000]);
  });
});

describe('a table that is not cached', () => {
  it('has nobody told of its writes, and takes no room of those that are', async () => {
    const { clock, written, since, state } = openBook();
    state.uncached.add('shop.orders');
    expect(await written(names(50_000), 2_000, 'orders')).toBe('fleet');
    await written(['a']);
    await clock.runUntilIdle();
    expect(since().map(({ table, partitions }) => [table, partitions])).toEqual([
      ['products', ['a']],
      ['products', ['a']],
    ]);
  });

  it('is told as a whole when its cache begins, and once more when what was written before has settled', async () => {
    const { book, clock, since } = openBook();
    await book.cacheBegun({ keyspace: 'shop', table: 'products', settleMs: 2_000 });
    await clock.runUntilIdle();
    const whole = { keyspace: 'shop', table: 'products', partitions: 'all', settleMs: 0 };
    expect(since()).toEqual([
      { ...whole, atMs: 0 },
      { ...whole, atMs: 2_000 },
    ]);
    await book.cacheBegun({ keyspace: 'shop', table: 'products', settleMs: 0 });
    expect(since()).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });

  it('gives the room of its partitions to others where its cache ends and begins again', async () => {
    const { book, clock, written, since } = openBook();
    await written(names(50_000));
    await book.cacheBegun({ keyspace: 'shop', table: 'products', settleMs: 2_000 });
    await written(names(50_000, 'q'), 2_000, 'orders');
    since();
    await clock.runUntilIdle();
    expect(since().map(({ partitions }) => (partitions === 'all' ? 'all' : partitions.length))).toEqual([
      'all',
      50_000,
    ]);
  });

  it('has what waits told all the same where its cache has ended since', async () => {
    const { clock, written, since, state } = openBook();
    await written(['a']);
    state.uncached.add('shop.products');
    await clock.runUntilIdle();
    expect(since().map(({ settleMs }) => settleMs)).toEqual([2_000, 0]);
  });
});

describe('the end of the process', () => {
  it('tells at once what waits', async () => {
    const { book, clock, written, since } = openBook();
    await written(['a']);
    await clock.advance(150);
    await written(['b'], 5_000);
    since();
    await book.close();
    expect(since().map(({ partitions, settleMs, atMs }) => [partitions, settleMs, atMs])).toEqual([
      [['a'], 0, 150],
      [['b'], 0, 150],
    ]);
    expect(clock.pending()).toBe(0);
    await written(['c']);
    expect(since()).toMatchObject([{ partitions: ['c'], settleMs: 0 }]);
    expect(clock.pending()).toBe(0);
  });
});
