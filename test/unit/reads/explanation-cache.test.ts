import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../support/property-runs.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';
import { openScriptedReads } from '../../support/scripted-reads.ts';

const orders = makeTable('orders', ['customer'], ['day'], ['total']);
const cache = { ttlMs: 60_000, missingTtlMs: 5_000, staleIfErrorMs: 60_000 };
const skus = (count: number) => Array.from({ length: count }, (_, index) => `sku-${index}`);

function open() {
  const reads = openScriptedReads([products, orders], { settings: { cache, maxKeysPerGroup: 8 } });
  const explain = (body: unknown, table = 'products', cacheUse: 'fill' | 'read' | 'off' = 'fill') =>
    reads.explain({ ...reads.call(table), application: { ...reads.application, cacheUse }, body });
  return { ...reads, explain };
}

describe('the cache in an explanation', () => {
  it('is off for a table that has none', async () => {
    const { explain, call } = openScriptedReads([products]);
    const { keys } = await explain({ ...call('products'), body: { keys: ['a'] } });
    expect(keys).toMatchObject([{ cache: 'off', cacheAgeMs: null, group: 0 }]);
  });

  it('is off for a class that does without', async () => {
    const { explain, ask } = open();
    await ask('products', { keys: ['a'] });
    expect((await explain({ keys: ['a'] }, 'products', 'off')).keys).toMatchObject([
      { cache: 'off', cacheAgeMs: null, group: 0 },
    ]);
  });

  it('says what it has of each key, how old it is, and that such a key is not sent', async () => {
    const { explain, ask, clock } = open();
    await ask('products', { keys: ['a'] });
    await clock.advance(1_500);
    const { keys, groups } = await explain({ keys: ['b', 'a', 'b'] });
    expect(keys).toMatchObject([
      { positions: [0, 2], cache: 'none', cacheAgeMs: null, group: 0 },
      { positions: [1], cache: 'fresh', cacheAgeMs: 1_500, group: null },
    ]);
    expect(keys[1]?.owners).toHaveLength(3);
    expect(groups).toMatchObject([{ keys: [0] }]);
  });

  it('is there for a class that does not fill it', async () => {
    const { explain, ask } = open();
    await ask('products', { keys: ['a'] });
    expect((await explain({ keys: ['a'] }, 'products', 'read')).keys).toMatchObject([{ cache: 'fresh' }]);
  });

  it('tells what is only kept for failures: such a key is sent', async () => {
    const { explain, ask, clock } = open();
    await ask('products', { keys: ['a'] });
    await clock.advance(61_000);
    expect((await explain({ keys: ['a'] })).keys).toMatchObject([
      { cache: 'stale', cacheAgeMs: 61_000, group: 0 },
    ]);
  });

  it.each([
    [{ keys: ['a'], columns: ['title'] }, 'other columns'],
    [{ keys: ['a'], consistency: 'LOCAL_QUORUM' }, 'a stronger read'],
  ])('has nothing for %j: %s', async (body, _why) => {
    const { explain, ask } = open();
    await ask('products', { keys: ['a'] });
    expect((await explain(body)).keys).toMatchObject([{ cache: 'none', group: 0 }]);
  });

  it('tells whole keys and partition keys apart', async () => {
    const { explain, ask } = open();
    await ask('orders', { keys: [{ customer: 'c', day: 'd' }] });
    const { keys, groups } = await explain(
      { keys: [{ customer: 'c' }, { customer: 'c', day: 'd' }] },
      'orders',
    );
    expect(keys.map(({ positions, cache: state }) => [positions, state])).toEqual([
      [[0], 'none'],
      [[1], 'fresh'],
    ]);
    expect(groups).toHaveLength(1);
  });

  it('leaves the groups that the look-up then sends', async () => {
    const anyKeys = fc.uniqueArray(fc.constantFrom(...skus(100)), { minLength: 1, maxLength: 50 });
    const { ask, explain, cluster } = open();
    await fc.assert(
      fc.asyncProperty(anyKeys, async (keys) => {
        const { groups } = await explain({ keys });
        cluster.sent.length = 0;
        await ask('products', { keys });
        expect(cluster.sent.map((message) => [message.node.address, message.keys.length])).toEqual(
          groups.map(({ node, keys: members }) => [node.address, members.length]),
        );
      }),
      { numRuns: propertyRuns(30) },
    );
  });

  it('is as it was after it was looked into', async () => {
    const { explain, ask, cache: kept } = open();
    await ask('products', { keys: ['a'] });
    const before = kept.stats();
    await explain({ keys: ['a', 'b'] });
    expect(kept.stats()).toEqual(before);
  });
});
