import { beforeAll, describe, expect, it } from 'vitest';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import { type ClusterProbe, identityOf, type ProbedTable, valuesByKey } from './cluster-probe.ts';

const decimal = (unscaled: bigint, scale: number): CqlValue => ({ unscaled, scale });

export function describeRows(probe: () => ClusterProbe): void {
  describe('rows of a partition', () => {
    let orders: ProbedTable;
    beforeAll(async () => {
      orders = await probe().createTable({
        name: 'orders',
        partitionKey: [{ name: 'customer', type: 'text' }],
        clusteringKey: [
          { name: 'day', type: 'int', descending: true },
          { name: 'number', type: 'bigint' },
        ],
        columns: [{ name: 'total', type: 'decimal' }],
      });
      // Written out of order.
      for (const [day, number] of [
        [2, 1n],
        [-1, 5n],
        [3, 9n],
        [2, -7n],
        [3, 2n],
      ] as const) {
        await orders.insert({ customer: 'ann', day, number, total: decimal(number, 2) });
      }
      await orders.insert({ customer: 'bob', day: 1, number: 1n, total: null });
    });
    const inOrder = [
      [3, 2n],
      [3, 9n],
      [2, -7n],
      [2, 1n],
      [-1, 5n],
    ];

    it('come in clustering order, also a descending one', async () => {
      const rows = await orders.read([orders.key('ann')], { columns: ['day', 'number'] });
      expect(rows.map((row) => row.values)).toEqual(inOrder);
    });

    it('are as many as asked of each partition', async () => {
      const keys = ['ann', 'bob', 'nobody'].map((customer) => orders.key(customer));
      const rows = await orders.read(keys, { columns: ['day', 'number'], rowsPerPartition: 2 });
      expect(valuesByKey(rows)).toEqual(
        new Map([
          [identityOf(orders.key('ann')), inOrder.slice(0, 2)],
          [identityOf(orders.key('bob')), [[1, 1n]]],
        ]),
      );
    });

    it('are one for a whole primary key', async () => {
      const key = orders.key('ann', 2, -7n);
      const rows = await orders.read([key], { full: true });
      expect(valuesByKey(rows)).toEqual(new Map([[identityOf(key), [[decimal(-7n, 2)]]]]));
    });

    it('are found by whole primary keys that share the clustering key, in one message', async () => {
      const keys = ['ann', 'bob'].map((customer) => orders.key(customer, 1, 1n));
      const rows = await orders.read(keys, { full: true });
      expect(valuesByKey(rows)).toEqual(new Map([[identityOf(orders.key('bob', 1, 1n)), [[null]]]]));
    });

    it('are none for a clustering key that does not exist', async () => {
      expect(await orders.read([orders.key('ann', 2, 2n)], { full: true })).toEqual([]);
    });

    it('carry the key as it was asked, where the stored clustering key is equal in worth and not in bytes', async () => {
      const table = await probe().createTable({
        name: 'decimal_rows',
        partitionKey: [{ name: 'k', type: 'int' }],
        clusteringKey: [{ name: 'c', type: 'decimal' }],
        columns: [{ name: 'v', type: 'int' }],
      });
      await table.insert({ k: 1, c: decimal(10n, 1), v: 11 });
      const key = table.key(1, decimal(100n, 2));
      expect(valuesByKey(await table.read([key], { full: true }))).toEqual(
        new Map([[identityOf(key), [[11]]]]),
      );
    });

    it('are updated in place', async () => {
      await orders.insert({ customer: 'eve', day: 1, number: 1n, total: decimal(1n, 0) });
      await orders.insert({ customer: 'eve', day: 1, number: 1n, total: decimal(2n, 0) });
      const rows = await orders.read([orders.key('eve')]);
      expect(rows.map((row) => row.values)).toEqual([[decimal(2n, 0)]]);
    });
  });
}
