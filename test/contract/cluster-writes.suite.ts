import { beforeAll, describe, expect, it } from 'vitest';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import type { KeyBytes } from '../../src/core/ports.ts';
import type { ClusterNode } from '../../src/core/topology/cluster-state.ts';
import { deletionOf, rowsOf, upsertOf, wholeRing, write } from './cluster-job-probe.ts';
import { type ClusterProbe, failureOf, type ProbedTable } from './cluster-probe.ts';

export function describeWrites(probe: () => ClusterProbe): void {
  describe('writes', () => {
    let stock: ProbedTable;
    beforeAll(async () => {
      stock = await probe().createTable({
        name: 'written_stock',
        partitionKey: [{ name: 'shop', type: 'text' }],
        clusteringKey: [{ name: 'item', type: 'int' }],
        columns: [
          { name: 'count', type: 'int' },
          { name: 'note', type: 'text' },
        ],
      });
    });
    const put = (key: KeyBytes, cells: Record<string, CqlValue | undefined>, timestampMicros: bigint) =>
      write(probe(), stock, [upsertOf(stock, key, cells, { timestampMicros })]);
    const remove = (key: KeyBytes, timestampMicros: bigint) =>
      write(probe(), stock, [deletionOf(stock, key, timestampMicros)]);
    /** `item`, `count` and `note` of the rows, as every owner has them. */
    const rows = async (shop: string): Promise<readonly (readonly CqlValue[])[]> => {
      const key = stock.key(shop);
      const columns = ['item', 'count', 'note'];
      const seen = await Promise.all(stock.owners(key).map((node) => stock.read([key], { columns, node })));
      const [first, ...others] = seen.map((each) => each.map((row) => row.values));
      for (const other of others) expect(other).toEqual(first);
      return first ?? [];
    };

    it('are seen by reads and by pages', async () => {
      await put(stock.key('seen', 7), { count: 3, note: 'new' }, 10n);
      expect(await rows('seen')).toEqual([[7, 3, 'new']]);
      const found = await rowsOf(probe(), stock, wholeRing, { columns: ['shop', 'item', 'count', 'note'] });
      expect(found).toContainEqual(['seen', 7, 3, 'new']);
    });

    it('are taken by a node that owns nothing of them', async (context) => {
      const key = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((shop) => stock.key(`far ${shop}`, 1));
      const far = key.find((each) => stock.strangers(each).length > 0);
      const [node] = far === undefined ? [] : stock.strangers(far);
      if (far === undefined || node === undefined) return context.skip('every node owns every key here');
      const change = upsertOf(stock, far, { count: 1 }, { timestampMicros: 10n });
      await write(probe(), stock, [change], { node });
      const read = await stock.read([far], { full: true, columns: ['count'] });
      expect(read.map((row) => row.values)).toEqual([[1]]);
    });

    it('leave absent cells alone, and delete those that are null', async () => {
      const key = stock.key('cells', 1);
      await put(key, { count: 3, note: 'old' }, 10n);
      await put(key, { count: undefined, note: 'new' }, 20n);
      expect(await rows('cells')).toEqual([[1, 3, 'new']]);
      await put(key, { note: null }, 30n);
      expect(await rows('cells')).toEqual([[1, 3, null]]);
    });

    it('of a key alone make a row, which stays when all its cells are deleted', async () => {
      const key = stock.key('bare', 1);
      await put(key, {}, 10n);
      expect(await rows('bare')).toEqual([[1, null, null]]);
      await put(key, { count: 1, note: 'x' }, 20n);
      await put(key, { count: null, note: null }, 30n);
      expect(await rows('bare')).toEqual([[1, null, null]]);
    });

    it('of one cell: the newest wins, in whatever order they come', async () => {
      const key = stock.key('newest', 1);
      await put(key, { count: 2, note: 'b' }, 20n);
      await put(key, { count: 1, note: 'a' }, 10n);
      expect(await rows('newest')).toEqual([[1, 2, 'b']]);
      await put(key, { count: 3 }, 30n);
      await put(key, { count: 4, note: 'c' }, 25n);
      expect(await rows('newest')).toEqual([[1, 3, 'c']]);
      await put(key, { count: null, note: null }, 27n);
      expect(await rows('newest')).toEqual([[1, 3, null]]);
      await put(key, { note: 'late' }, 26n);
      expect(await rows('newest')).toEqual([[1, 3, null]]);
    });

    it('of one instant: a deletion wins over a value, and the greater value over the other', async () => {
      const [one, other] = [stock.key('tie', 1), stock.key('tie', 2)];
      await put(one, { count: 1, note: 'a' }, 10n);
      await put(one, { count: null, note: 'b' }, 10n);
      await put(other, { count: null, note: 'b' }, 10n);
      await put(other, { count: 1, note: 'a' }, 10n);
      expect(await rows('tie')).toEqual([
        [1, null, 'b'],
        [2, null, 'b'],
      ]);
    });

    it('with a time to live are there, and are no more when it is over', async () => {
      const { passTime } = probe().fixture;
      const key = stock.key('mortal', 1);
      await put(stock.key('mortal', 2), { note: 'kept' }, 10n);
      const ttlSeconds = 1_000;
      const mortal = upsertOf(stock, key, { count: 1 }, { timestampMicros: 10n, ttlSeconds });
      const cell = upsertOf(
        stock,
        stock.key('mortal', 2),
        { count: 2 },
        { timestampMicros: 20n, ttlSeconds },
      );
      await write(probe(), stock, [mortal]);
      await write(probe(), stock, [cell]);
      expect(await rows('mortal')).toEqual([
        [1, 1, null],
        [2, 2, 'kept'],
      ]);
      // A real cluster would have to be waited for.
      if (passTime === undefined) return;
      await passTime(999_999);
      expect(await rows('mortal')).toHaveLength(2);
      await passTime(1);
      expect(await rows('mortal')).toEqual([[2, null, 'kept']]);
    });

    it('of collections replace all of them', async () => {
      const table = await probe().createTable({
        name: 'written_collections',
        partitionKey: [{ name: 'k', type: 'int' }],
        columns: [
          { name: 's', type: 'set<int>' },
          { name: 'm', type: 'map<text, int>' },
        ],
      });
      const key = table.key(1);
      const replace = async (s: CqlValue, m: CqlValue, timestampMicros: bigint): Promise<unknown> => {
        await write(probe(), table, [upsertOf(table, key, { s, m }, { timestampMicros })]);
        return (await table.read([key], { columns: ['s', 'm'] })).map((row) => row.values);
      };
      expect(await replace([5, -3], [['a', 1]], 10n)).toEqual([[[-3, 5], [['a', 1]]]]);
      expect(await replace([2], [['b', 2]], 20n)).toEqual([[[2], [['b', 2]]]]);
      expect(await replace([], null, 30n)).toEqual([[null, null]]);
    });

    describe('that delete a row', () => {
      it('leave the others, and what is newer', async () => {
        const key = stock.key('rows', 1);
        for (const item of [1, 2, 3]) await put(stock.key('rows', item), { count: item, note: 'x' }, 10n);
        await put(stock.key('rows', 3), { count: 30 }, 30n);
        await remove(key, 20n);
        await remove(stock.key('rows', 3), 20n);
        expect(await rows('rows')).toEqual([
          [2, 2, 'x'],
          [3, 30, null],
        ]);
      });

      it('cover what is older or of their instant, whenever it comes, and nothing that is newer', async () => {
        const key = stock.key('covered', 1);
        await remove(key, 20n);
        await put(key, { count: 1, note: 'x' }, 19n);
        expect(await rows('covered')).toEqual([]);
        await put(key, { count: 1, note: 'x' }, 20n);
        expect(await rows('covered')).toEqual([]);
        await put(key, { count: 1 }, 21n);
        await remove(key, 10n);
        expect(await rows('covered')).toEqual([[1, 1, null]]);
      });
    });

    describe('that delete a partition', () => {
      it('leave only what is newer', async () => {
        for (const item of [1, 2, 3]) await put(stock.key('all', item), { count: item, note: 'x' }, 10n);
        await put(stock.key('all', 2), { count: 20 }, 30n);
        await put(stock.key('others', 1), { count: 1 }, 10n);
        await remove(stock.key('all'), 20n);
        expect(await rows('all')).toEqual([[2, 20, null]]);
        expect(await rows('others')).toEqual([[1, 1, null]]);
        await remove(stock.key('all'), 40n);
        expect(await rows('all')).toEqual([]);
      });

      it('cover rows that come later and are older', async () => {
        await remove(stock.key('emptied'), 20n);
        await put(stock.key('emptied', 1), { count: 1 }, 20n);
        expect(await rows('emptied')).toEqual([]);
        await put(stock.key('emptied', 1), { count: 1 }, 21n);
        expect(await rows('emptied')).toEqual([[1, 1, null]]);
      });
    });

    describe('of several changes in one message', () => {
      it('make all of them, in one partition and in several', async () => {
        const upserts = [1, 2, 3].flatMap((item) =>
          ['one', 'two'].map((shop) =>
            upsertOf(stock, stock.key(`batch ${shop}`, item), { count: item }, { timestampMicros: 10n }),
          ),
        );
        await write(probe(), stock, upserts);
        const mixed = [
          deletionOf(stock, stock.key('batch one', 2), 20n),
          upsertOf(stock, stock.key('batch one', 3), { note: 'x' }, { timestampMicros: 20n }),
          deletionOf(stock, stock.key('batch two'), 20n),
          upsertOf(
            stock,
            stock.key('batch two', 9),
            { count: 9 },
            { timestampMicros: 21n, ttlSeconds: 1_000 },
          ),
        ];
        await write(probe(), stock, mixed);
        expect(await rows('batch one')).toEqual([
          [1, 1, null],
          [3, 3, 'x'],
        ]);
        expect(await rows('batch two')).toEqual([[9, 9, null]]);
      });

      it('are rejected as a whole where one cannot be prepared', async () => {
        const good = upsertOf(stock, stock.key('half', 1), { count: 1 }, { timestampMicros: 10n });
        const gone = { name: 'gone', kind: 'regular', type: { kind: 'int' }, cqlType: 'int' } as const;
        const bad = { ...good, statement: { ...good.statement, columns: [gone] } };
        expect(await failureOf(write(probe(), stock, [good, bad]))).toBe('rejected');
        expect(await rows('half')).toEqual([]);
      });
    });

    it('find a node gone that the cluster has not', async () => {
      const [known] = probe().fixture.cluster.state().nodes;
      const id = 'ffffffff-ffff-4fff-8fff-ffffffffffff';
      const node = { ...(known as ClusterNode), id, address: '192.0.2.250:9042' };
      const change = upsertOf(stock, stock.key('gone', 1), { count: 1 }, { timestampMicros: 10n });
      expect(await failureOf(write(probe(), stock, [change], { node }))).toBe('node-gone');
    });

    it('time out at a node that is frozen', async (context) => {
      const { cluster, freezeNode, thawNode, passTime } = probe().fixture;
      if (freezeNode === undefined || thawNode === undefined)
        return context.skip('nodes cannot be frozen here');
      const node = cluster.state().nodes.at(-1) as ClusterNode;
      const change = upsertOf(stock, stock.key('frozen', 1), { count: 1 }, { timestampMicros: 10n });
      await freezeNode(node);
      try {
        const failing = failureOf(write(probe(), stock, [change], { node, timeoutMs: 500 }));
        await passTime?.(500);
        expect(await failing).toBe('client-timeout');
      } finally {
        await thawNode(node);
      }
    });
  });
}
