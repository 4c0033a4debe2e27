import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import {
  type CacheAdministrationParts,
  createCacheAdministration,
} from '../../../src/compose/cache-administration.ts';
import type { Invalidation } from '../../../src/core/cache/invalidation.ts';
import type { InvalidationReach } from '../../../src/core/cache/invalidation-follower.ts';
import type { RowCacheStats } from '../../../src/core/cache/row-cache.ts';
import type { Column, TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { ReplicaError } from '../../../src/core/errors.ts';
import type { SchemaReader } from '../../../src/core/ports.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const column = (name: string, kind: Column['kind']): Column => ({
  name,
  kind,
  type: { kind: 'text' },
  cqlType: 'text',
});

function tableOf(partitionKey: readonly string[], clusteringKey: readonly string[]): TableSchema {
  const partition = partitionKey.map((name) => column(name, 'partition'));
  const clustering = clusteringKey.map((name) => column(name, 'clustering'));
  const columns = [...partition, ...clustering];
  return { keyspace: 'shop', name: 'orders', partitionKey: partition, clusteringKey: clustering, columns };
}

const stats: RowCacheStats = {
  partitions: 3,
  missingPartitions: 1,
  bytes: 900,
  missingBytes: 100,
  maxBytes: 1_000,
  evictions: 0,
  hits: 5,
  stale: 0,
  misses: 2,
  joined: 1,
  droppedFills: 0,
  invalidations: 0,
  gaps: 0,
};

/** The administration of a cache that only remembers what was dropped from it; `reach`: of a fleet that it is in. */
function administer(
  table: TableSchema,
  { schema = { table: async () => table }, reach }: { schema?: SchemaReader; reach?: InvalidationReach } = {},
) {
  const dropped: string[] = [];
  const cache: CacheAdministrationParts['cache'] = {
    invalidatePartitions: (keyspace, name, identities, settleMs) => {
      dropped.push(...identities.map((identity) => `${keyspace}.${name} ${identity} ${settleMs}`));
    },
    invalidateTable: (keyspace, name) => {
      dropped.push(`${keyspace}.${name}`);
    },
    stats: () => stats,
  };
  const published: Invalidation[] = [];
  const publish = async (invalidation: Invalidation): Promise<InvalidationReach> => {
    published.push(invalidation);
    return reach ?? 'instance';
  };
  const clock = createFakeClock();
  const parts = { cache, schema, clock, text: nodeText, publish: reach === undefined ? undefined : publish };
  return { administration: createCacheAdministration(parts), dropped, published, clock };
}

const orders = { keyspace: 'shop', table: 'orders' };

describe('the administration of the cache', () => {
  it('shows what the cache tells of itself', () => {
    expect(administer(tableOf(['id'], [])).administration.stats()).toEqual(stats);
  });

  it('drops a table as a whole where no keys are named', async () => {
    const { administration, dropped } = administer(tableOf(['id'], []));
    expect(await administration.purge(orders)).toEqual({ partitions: 'all', reach: 'instance' });
    expect(dropped).toEqual(['shop.orders']);
  });

  it.each([
    ['bare keys', tableOf(['id'], []), ['a', { id: 'b' }], ['shop.orders a 0', 'shop.orders b 0']],
    ['a key given twice once', tableOf(['id'], []), ['a', { id: 'a' }], ['shop.orders a 0']],
    [
      'the partition of a whole primary key',
      tableOf(['shop', 'id'], ['line']),
      [
        { line: '1', id: 'b', shop: 'a' },
        { line: '2', id: 'b', shop: 'a' },
      ],
      ['shop.orders 1:a1:b 0'],
    ],
  ])('drops %s', async (_, table, keys, expected) => {
    const { administration, dropped } = administer(table);
    expect(await administration.purge({ ...orders, keys })).toEqual({
      partitions: expected.length,
      reach: 'instance',
    });
    expect(dropped).toEqual(expected);
  });

  it.each(['fleet', 'instance'] as const)(
    'leaves it to the fleet where there is one, which may reach the %s',
    async (reach) => {
      const { administration, dropped, published } = administer(tableOf(['id'], []), { reach });
      expect(await administration.purge({ ...orders, keys: ['a', 'b'] })).toEqual({ partitions: 2, reach });
      expect(await administration.purge(orders)).toEqual({ partitions: 'all', reach });
      expect(published).toEqual([
        { ...orders, partitions: ['a', 'b'], settleMs: 0 },
        { ...orders, partitions: 'all', settleMs: 0 },
      ]);
      expect(dropped).toEqual([]);
    },
  );

  it('drops nothing where a key is bad, and tells of each that is', async () => {
    const { administration, dropped } = administer(tableOf(['id'], []));
    await expect(administration.purge({ ...orders, keys: ['a', 7.5, { di: 'b' }] })).rejects.toMatchObject({
      slug: 'invalid-request',
      faults: [{ pointer: '/keys/1' }, { pointer: '/keys/2/id' }, { pointer: '/keys/2/di' }],
    });
    expect(dropped).toEqual([]);
  });

  it.each([
    ['an empty list, which is not all', []],
    ['what is no list', 'a'],
  ])('refuses %s', async (_, keys) => {
    const { administration, dropped } = administer(tableOf(['id'], []));
    await expect(administration.purge({ ...orders, keys })).rejects.toMatchObject({
      slug: 'invalid-request',
    });
    expect(dropped).toEqual([]);
  });

  it('knows no table that the cluster lacks', async () => {
    const { administration, dropped } = administer(tableOf(['id'], []), {
      schema: { table: async () => undefined },
    });
    await expect(administration.purge(orders)).rejects.toMatchObject({ slug: 'not-found' });
    expect(dropped).toEqual([]);
  });

  it.each([{}, { keys: ['a'] }])(
    'refuses where the schema is not there in time, and drops nothing when it comes: %j',
    async (what) => {
      const table = tableOf(['id'], []);
      const late = Promise.withResolvers<TableSchema>();
      const { administration, dropped, clock } = administer(table, {
        schema: { table: () => late.promise },
      });
      const purge = expect(administration.purge({ ...orders, ...what })).rejects.toMatchObject({
        slug: 'deadline-exceeded',
      });
      await clock.advance(10_000);
      await purge;
      late.resolve(table);
      await clock.advance(1);
      expect(dropped).toEqual([]);
    },
  );

  it('is not ready while the schema cannot be read', async () => {
    const unreachable = { table: () => Promise.reject(new ReplicaError('unavailable')) };
    const { administration } = administer(tableOf(['id'], []), { schema: unreachable });
    await expect(administration.purge(orders)).rejects.toMatchObject({ slug: 'not-ready' });
  });
});
