import { beforeAll, describe, expect, it } from 'vitest';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import type { PageArea } from '../../src/core/ports.ts';
import { tokenOfKey } from '../../src/core/token/partition-key.ts';
import { compareTokens, largestToken } from '../../src/core/token/token.ts';
import type { ClusterNode } from '../../src/core/topology/cluster-state.ts';
import { ownedRanges, pagesOf, rowsOf, scanStatement, timeoutMs, wholeRing } from './cluster-job-probe.ts';
import { type ClusterProbe, failureOf, identityOf, type ProbedTable } from './cluster-probe.ts';

const columns = ['customer', 'day', 'number', 'total'] as const;

export function describePages(probe: () => ClusterProbe): void {
  describe('pages', () => {
    let orders: ProbedTable;
    /** In the order of the table. */
    let inOrder: readonly (readonly CqlValue[])[];
    const customers = Array.from({ length: 9 }, (_, index) => `customer ${index}`);
    beforeAll(async () => {
      orders = await probe().createTable({
        name: 'paged_orders',
        partitionKey: [{ name: 'customer', type: 'text' }],
        clusteringKey: [
          { name: 'day', type: 'int', descending: true },
          { name: 'number', type: 'bigint' },
        ],
        columns: [
          { name: 'total', type: 'int' },
          { name: 'note', type: 'text' },
        ],
      });
      customers.sort((one, other) =>
        compareTokens(tokenOfKey(orders.key(one)), tokenOfKey(orders.key(other))),
      );
      inOrder = customers.flatMap((customer, index) => rowsOfCustomer(customer, index + 1));
      // Backwards, so that the order is not that of writing.
      for (const [customer, day, number, total] of [...inOrder].reverse())
        await orders.insert({ customer, day, number, total } as Record<string, CqlValue>);
    });
    const area = (customer: string): PageArea => ({ kind: 'partition', key: orders.key(customer) });
    const token = (customer: string | undefined) => tokenOfKey(orders.key(customer ?? ''));

    it.each([1, 2, 7, 1_000])('of %i rows bring all rows once, by token and clustering key', async (rows) => {
      expect(await rowsOf(probe(), orders, wholeRing, { columns, rows })).toEqual(inOrder);
    });

    it('of all ranges, each asked of an owner, bring all rows once', async () => {
      const found: (readonly CqlValue[])[] = [];
      for (const { range, owners } of ownedRanges(probe())) {
        const paging = { columns, rows: 7, nodes: owners };
        found.push(...(await rowsOf(probe(), orders, { kind: 'range', ...range }, paging)));
      }
      expect(found).toEqual(inOrder);
    });

    it('go on at another node where one has left off, also within a partition', async () => {
      const { nodes } = probe().fixture.cluster.state();
      const pages = await pagesOf(probe(), orders, wholeRing, { columns, rows: 2, nodes });
      expect(pages.flatMap((page) => page.rows)).toEqual(inOrder);
      expect(pages.length).toBeGreaterThanOrEqual(inOrder.length / 2);
    });

    it('of a partition bring its rows, at one owner after the other', async () => {
      for (const [index, customer] of customers.entries()) {
        const paging = { columns, rows: 2, nodes: orders.owners(orders.key(customer)) };
        const expected = rowsOfCustomer(customer, index + 1);
        expect(await rowsOf(probe(), orders, area(customer), paging)).toEqual(expected);
      }
    });

    it('of a partition that is not there are empty, and the last', async () => {
      expect(await pagesOf(probe(), orders, area('nobody'))).toEqual([
        { rows: [], lastKey: undefined, pageState: undefined },
      ]);
    });

    it('of a range have the rows above its start and up to its end', async () => {
      const [, second, third, fourth] = customers;
      const range = { kind: 'range', after: token(second), upTo: token(fourth) } as const;
      const found = await rowsOf(probe(), orders, range, { columns: ['customer'] });
      expect([...new Set(found.flat())]).toEqual([third, fourth]);
    });

    it('of a range without rows are empty, and the last', async () => {
      const after = token(customers.at(-1));
      const empty = { rows: [], lastKey: undefined, pageState: undefined };
      expect(await pagesOf(probe(), orders, { kind: 'range', after, upTo: largestToken })).toEqual([empty]);
      expect(await pagesOf(probe(), orders, { kind: 'range', after, upTo: after })).toEqual([empty]);
    });

    it('tell the key of their last row, whose order of components and bytes are those of the table', async () => {
      const decimals = [
        { unscaled: 10n, scale: 1 },
        { unscaled: 100n, scale: 2 },
      ];
      const table = await probe().createTable({
        name: 'paged_composite',
        partitionKey: [
          { name: 'region', type: 'text' },
          { name: 'price', type: 'decimal' },
        ],
        columns: [{ name: 'v', type: 'int' }],
      });
      const keys = ['north', ''].flatMap((region) => decimals.map((price) => ({ region, price })));
      for (const [v, key] of keys.entries()) await table.insert({ ...key, v });
      const pages = await pagesOf(probe(), table, wholeRing, { rows: 1 });
      const found = pages.flatMap(({ rows, lastKey }) =>
        lastKey === undefined ? [] : [[identityOf(lastKey), rows.at(-1)?.[0]] as const],
      );
      const expected = keys.map(({ region, price }, v) => [identityOf(table.key(region, price)), v] as const);
      expect(found).toHaveLength(keys.length);
      expect(new Map(found)).toEqual(new Map(expected));
    });

    it('have the columns in the order in which they were asked', async () => {
      const asked = ['number', 'note', 'total', 'customer'];
      const found = await rowsOf(probe(), orders, area(customers[2] ?? ''), { columns: asked });
      const rows = rowsOfCustomer(customers[2] ?? '', 3);
      expect(found).toEqual(rows.map(([customer, , number, total]) => [number, null, total, customer]));
    });

    it('have rows without values where no column was asked, and still tell the last key', async () => {
      const pages = await pagesOf(probe(), orders, wholeRing, { columns: [], rows: 7 });
      expect(pages.flatMap((page) => page.rows)).toEqual(inOrder.map(() => []));
      const last = pages.findLast((page) => page.rows.length > 0)?.lastKey;
      expect(identityOf(last ?? [])).toBe(identityOf(orders.key(customers.at(-1) ?? '')));
    });

    describe('that cannot be read', () => {
      const page = (node: ClusterNode | undefined, column?: string, waitMs = timeoutMs): Promise<unknown> => {
        const statement = scanStatement(orders, wholeRing);
        const gone = { name: column ?? '', kind: 'regular', type: { kind: 'int' }, cqlType: 'int' } as const;
        return probe().fixture.cluster.readPage({
          node: node as ClusterNode,
          statement: column === undefined ? statement : { ...statement, columns: [gone] },
          area: wholeRing,
          pageState: undefined,
          rows: 10,
          consistency: 'LOCAL_ONE',
          timeoutMs: waitMs,
        });
      };

      it('are rejected for a column that the table has not', async () => {
        const [node] = probe().fixture.cluster.state().nodes;
        expect(await failureOf(page(node, 'gone'))).toBe('rejected');
      });

      it('find a node gone that the cluster has not', async () => {
        const [known] = probe().fixture.cluster.state().nodes;
        const id = 'ffffffff-ffff-4fff-8fff-ffffffffffff';
        const node = { ...(known as ClusterNode), id, address: '192.0.2.250:9042' };
        expect(await failureOf(page(node))).toBe('node-gone');
      });

      it('time out at a node that is frozen', async (context) => {
        const { cluster, freezeNode, thawNode, passTime } = probe().fixture;
        if (freezeNode === undefined || thawNode === undefined)
          return context.skip('nodes cannot be frozen here');
        const node = cluster.state().nodes.at(-1) as ClusterNode;
        await freezeNode(node);
        try {
          const failing = failureOf(page(node, undefined, 500));
          await passTime?.(500);
          expect(await failing).toBe('client-timeout');
        } finally {
          await thawNode(node);
        }
      });
    });
  });

  describe('size estimates', () => {
    it('are of ranges that do not overlap nor cross the seam, of a datacenter', async () => {
      const { cluster } = probe().fixture;
      const table = await probe().createTable({
        name: 'estimated',
        partitionKey: [{ name: 'k', type: 'int' }],
      });
      const [node] = cluster.state().nodes;
      const estimates = [...(await cluster.sizeEstimates(table.schema, node?.datacenter ?? ''))];
      estimates.sort((one, other) => compareTokens(one.after, other.after));
      for (const [index, { after, upTo, partitions, meanPartitionBytes }] of estimates.entries()) {
        expect(compareTokens(after, upTo)).toBeLessThan(0);
        const next = estimates[index + 1];
        if (next !== undefined) expect(compareTokens(upTo, next.after)).toBeLessThanOrEqual(0);
        expect([partitions, meanPartitionBytes]).toEqual([0, 0]);
      }
    });
  });
}

/** So many rows, the days descending, two numbers a day ascending. */
function rowsOfCustomer(customer: string, count: number): readonly (readonly CqlValue[])[] {
  return Array.from({ length: count }, (_, at) => [customer, 100 - (at >> 1), BigInt(at % 2) - 1n, at]);
}
