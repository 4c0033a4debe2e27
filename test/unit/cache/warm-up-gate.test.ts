import { describe, expect, it } from 'vitest';
import { createWarmUpGate } from '../../../src/core/cache/warm-up-gate.ts';
import { defaultTableSettings, type TableSettings } from '../../../src/core/reads/settings.ts';
import { selectAll, skus } from '../../support/batch-reads.ts';
import { type BatchChange, cachedBatch, createHeldReader, inWords } from '../../support/cached-reads.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { makeState } from '../../support/rings.ts';
import { makeTable } from '../../support/scripted-cluster.ts';

/** Four nodes in `front`, two in `back`. A batch of up to four keys counts with as many messages. */
function setUpGate(settings = { messages: 4, durationMs: 60_000 }, keysInFlight = 1_000) {
  const clock = createFakeClock();
  const state = makeState([
    { nodes: 4, racks: 2, replicationFactor: 2, datacenter: 'front' },
    { nodes: 2, racks: 2, replicationFactor: 2, datacenter: 'back' },
  ]);
  const { read: held, reads } = createHeldReader(clock);
  const gate = createWarmUpGate(
    {
      clock,
      cluster: { state: () => state },
      bounds: { keysInFlight },
      ringEpoch: () => 7,
      settings: () => settings,
    },
    held,
  );
  const ask = (keys: number, change: BatchChange = {}) =>
    gate(cachedBatch(skus(keys), { deadlineMs: clock.nowMs() + 1_000, ...change }));
  const end = async (index: number): Promise<void> => {
    reads[index]?.answer();
    await clock.advance(0);
  };
  return { clock, reads, ask, end, sizes: () => reads.map(({ keys }) => keys.length) };
}

function settingsOf(change: Partial<TableSettings>): BatchChange {
  const cache = { ttlMs: 60_000, missingTtlMs: 5_000, staleIfErrorMs: 0 };
  return { settings: { ...defaultTableSettings, cache, ...change } };
}

describe('the gate of the warm-up', () => {
  it('lets so many messages under way as are allowed at first', async () => {
    const { ask, reads, end } = setUpGate();
    for (let asked = 0; asked < 10; asked += 1) void ask(1);
    expect(reads).toHaveLength(4);
    await end(0);
    expect(reads).toHaveLength(5);
  });

  it('counts messages and not batches', async () => {
    const { ask, sizes, end } = setUpGate();
    void ask(3);
    void ask(1);
    void ask(2);
    void ask(1);
    expect(sizes()).toEqual([3, 1]);
    await end(1);
    expect(sizes()).toEqual([3, 1]);
    await end(0);
    expect(sizes()).toEqual([3, 1, 2, 1]);
  });

  it('does not count what passes by: reads past the cache do not hold up those of cached tables', () => {
    const { ask, reads } = setUpGate();
    for (let asked = 0; asked < 50; asked += 1) void ask(1, { cache: undefined });
    for (let asked = 0; asked < 10; asked += 1) void ask(1);
    expect(reads).toHaveLength(54);
  });

  it('begins with those who came first, though later ones would fit', async () => {
    const { ask, sizes, end } = setUpGate();
    void ask(3);
    void ask(2);
    void ask(1);
    expect(sizes()).toEqual([3]);
    await end(0);
    expect(sizes()).toEqual([3, 2, 1]);
  });

  it.each<[string, number, BatchChange, number]>([
    ['three keys, where none shares a message', 3, {}, 3],
    ['many keys, as many as nodes and one more group', 20, {}, 5],
    ['many keys in small groups, the groups on top', 20, settingsOf({ maxKeysPerGroup: 2 }), 14],
    [
      'groups of any size, as many as nodes',
      20,
      settingsOf({ maxKeysPerGroup: Number.POSITIVE_INFINITY }),
      4,
    ],
    ['another datacenter, by its nodes', 20, { datacenters: ['back'] }, 3],
    ['both datacenters, by the nodes of both', 20, { datacenters: ['back', 'front'] }, 7],
    [
      'no nodes at all, still one',
      1,
      { datacenters: ['gone'], ...settingsOf({ maxKeysPerGroup: Number.POSITIVE_INFINITY }) },
      1,
    ],
    ['keys that the grouping keeps apart, one each', 20, settingsOf({ grouping: 'key' }), 20],
    [
      'keys of two components, one each',
      20,
      { selection: selectAll(makeTable('parts', ['make', 'model'], [], [])) },
      20,
    ],
    [
      'whole primary keys, one each',
      20,
      { selection: selectAll(makeTable('orders', ['customer'], ['number'], [])) },
      20,
    ],
  ])('expects of %s, so many messages (%i keys)', (_why, keys, change, messages) => {
    const { ask, reads } = setUpGate({ messages: 30, durationMs: 60_000 });
    void ask(keys, change);
    for (let asked = 0; asked < 100; asked += 1) void ask(1);
    expect(reads.length - 1).toBe(30 - messages);
  });

  it('always lets a batch alone pass, however large it is', async () => {
    const { ask, sizes, end } = setUpGate({ messages: 1, durationMs: 60_000 });
    void ask(20);
    void ask(1);
    expect(sizes()).toEqual([20]);
    await end(0);
    expect(sizes()).toEqual([20, 1]);
  });

  it.each([
    [9_999, 4],
    [10_000, 8],
    [20_000, 16],
    [50_000, 128],
    [60_000, 200],
  ])('after %i ms lets %i messages be under way', async (afterMs, messages) => {
    const { ask, reads, clock, end } = setUpGate();
    void ask(1);
    await end(0);
    await clock.advance(afterMs);
    for (let asked = 0; asked < 200; asked += 1) void ask(1);
    expect(reads.length - 1).toBe(messages);
  });

  it('wakes those who wait when the bound has grown, and when it is gone', async () => {
    const { ask, reads, clock } = setUpGate();
    for (let asked = 0; asked < 200; asked += 1) void ask(1, { deadlineMs: 100_000 });
    await clock.advance(9_999);
    expect(reads).toHaveLength(4);
    await clock.advance(1);
    expect(reads).toHaveLength(8);
    await clock.advance(50_000);
    expect(reads).toHaveLength(200);
  });

  it('begins with the first read and not with the process', async () => {
    const { ask, reads, clock } = setUpGate();
    await clock.advance(100_000);
    for (let asked = 0; asked < 10; asked += 1) void ask(1);
    expect(reads).toHaveLength(4);
  });

  it('answers who waited until the deadline that nothing was tried, and goes on', async () => {
    const { ask, sizes, clock } = setUpGate();
    void ask(3, { deadlineMs: 5_000 });
    const tooLarge = ask(2, { deadlineMs: 100 });
    void ask(1);
    const result = await clock.runUntil(tooLarge);
    expect(clock.nowMs()).toBe(100);
    expect(inWords(result)).toEqual(['deadline', 'deadline']);
    expect(result.report).toMatchObject({ groups: [], span: undefined, ringEpoch: 7 });
    expect(sizes()).toEqual([3, 1]);
  });

  it('refuses what would wait beyond the keys that may', async () => {
    const { ask } = setUpGate({ messages: 1, durationMs: 60_000 }, 3);
    void ask(1);
    void ask(2);
    expect(inWords(await ask(2))).toEqual(['overload', 'overload']);
    const told: number[] = [];
    await ask(2, { onOutcome: (key) => void told.push(key) });
    expect(told).toEqual([0, 1]);
  });

  it('is not there for tables that are not cached and applications that do not use the cache', () => {
    const { ask, reads } = setUpGate();
    for (let asked = 0; asked < 10; asked += 1) void ask(1, { cache: undefined });
    for (let asked = 0; asked < 10; asked += 1) void ask(1, { cacheUse: 'off' });
    expect(reads).toHaveLength(20);
  });

  it('is not there where it has no duration', () => {
    const { ask, reads } = setUpGate({ messages: 1, durationMs: 0 });
    for (let asked = 0; asked < 10; asked += 1) void ask(1);
    expect(reads).toHaveLength(10);
  });
});
