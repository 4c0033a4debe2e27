import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { createCacheAdministration } from '../../../src/compose/cache-administration.ts';
import type { RowCache, RowCacheStats } from '../../../src/core/cache/row-cache.ts';
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
};

/** The administration of a cache that only remembers what was dropped from it. */
function administer(table: TableSchema, schema: SchemaReader = { table: async () => table }) {
  const dropped: string[] = [];
  const cache: RowCache = {
    invalidate: (of, key) => {
      dropped.push(`${of.keyspace}.${of.name} ${key.map((bytes) => nodeText.fromUtf8(bytes)).join('/')}`);
    },
    invalidateTable: (keyspace, name) => {
      dropped.push(`${keyspace}.${name}`);
    },
    clear: () => {
      dropped.push('everything');
    },
    stats: () => stats,
  };
  const clock = createFakeClock();
  return {
    administration: createCacheAdministration({ cache, schema, clock, text: nodeText }),
    dropped,
    clock,
  };
}

const orders = { keyspace: 'shop', table: 'orders' };

describe('the administration of the cache', () => {
  it('shows what the cache tells of itself', () => {
    expect(administer(tableOf(['id'], [])).administration.stats()).toEqual(stats);
  });

  it('drops a table as a whole where no keys are named', async () => {
    const { administration, dropped } = administer(tableOf(['id'], []));
    expect(await administration.purge(orders)).toEqual({ partitions: 'all' });
    expect(dropped).toEqual(['shop.orders']);
  });

  it.each([
    ['bare keys', tableOf(['id'], []), ['a', { id: 'b' }], ['shop.orders a', 'shop.orders b']],
    ['a key given twice once', tableOf(['id'], []), ['a', { id: 'a' }], ['shop.orders a']],
    [
      'the partition of a whole primary key',
      tableOf(['shop', 'id'], ['line']),
      [
        { line: '1', id: 'b', shop: 'a' },
        { line: '2', id: 'b', shop: 'a' },
      ],
      ['shop.orders a/b'],
    ],
  ])('drops %s', async (_, table, keys, expected) => {
    const { administration, dropped } = administer(table);
    expect(await administration.purge({ ...orders, keys })).toEqual({ partitions: expected.length });
    expect(dropped).toEqual(expected);
  });

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
    const { administration, dropped } = administer(tableOf(['id'], []), { table: async () => undefined });
    await expect(administration.purge(orders)).rejects.toMatchObject({ slug: 'not-found' });
    expect(dropped).toEqual([]);
  });

  it.each([{}, { keys: ['a'] }])(
    'refuses where the schema is not there in time, and drops nothing when it comes: %j',
    async (what) => {
      const table = tableOf(['id'], []);
      const late = Promise.withResolvers<TableSchema>();
      const { administration, dropped, clock } = administer(table, { table: () => late.promise });
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
    const { administration } = administer(tableOf(['id'], []), unreachable);
    await expect(administration.purge(orders)).rejects.toMatchObject({ slug: 'not-ready' });
  });
});
