import { beforeAll, describe, expect, it } from 'vitest';
import { consistencies } from '../../src/core/ports.ts';
import type { ClusterNode } from '../../src/core/topology/cluster-state.ts';
import { eventually } from '../support/eventually.ts';
import {
  type ClusterProbe,
  failureOf,
  identityOf,
  type ProbedTable,
  statementOf,
  valuesByKey,
} from './cluster-probe.ts';

export function describeRouting(probe: () => ClusterProbe): void {
  describe('nodes', () => {
    let table: ProbedTable;
    const customers = Array.from({ length: 40 }, (_, index) => `customer ${index}`);
    beforeAll(async () => {
      table = await probe().createTable({
        name: 'customers',
        partitionKey: [{ name: 'k', type: 'text' }],
        columns: [{ name: 'v', type: 'int' }],
      });
      for (const [index, name] of customers.entries()) await table.insert({ k: name, v: index });
    });
    const all = (): Map<string, number[][]> =>
      new Map(customers.map((name, index) => [identityOf(table.key(name)), [[index]]]));

    it('answer for every key, whether they own it or not', async () => {
      const keys = customers.map((name) => table.key(name));
      for (const node of probe().fixture.cluster.state().nodes) {
        expect(valuesByKey(await table.read(keys, { node })), node.address).toEqual(all());
      }
    });

    it('answer at every consistency that the replicas can give', async () => {
      const owners = table.owners(table.key(customers[0] ?? ''));
      for (const consistency of consistencies) {
        const replicas = consistency === 'TWO' ? 2 : consistency === 'THREE' ? 3 : 1;
        if (replicas > owners.length) continue;
        const rows = await table.read([table.key(customers[0] ?? '')], { consistency });
        expect(
          rows.map((row) => row.values),
          consistency,
        ).toEqual([[0]]);
      }
    });

    it('refuse a consistency that needs more replicas than there are', async () => {
      const { cluster } = probe().fixture;
      const keyspace = `${probe().keyspace}_one`;
      const [first] = cluster.state().nodes;
      if (first === undefined) throw new Error('there is no node');
      await probe().fixture.createKeyspace(keyspace, {
        strategy: 'NetworkTopologyStrategy',
        factors: new Map([[first.datacenter, 1]]),
      });
      await eventually('the new keyspace', () => cluster.state().keyspaces.get(keyspace));
      const definition = { keyspace, name: 't', partitionKey: [{ name: 'k', type: 'text' }] };
      await probe().fixture.createTable(definition);
      const schema = await eventually('the new table', () => cluster.table(keyspace, 't'));
      const statement = statementOf(schema, { columns: ['k'] });
      const key = table.key('any');
      const read = { node: first, statement, keys: [key], timeoutMs: 20_000 } as const;
      expect(await failureOf(cluster.read({ ...read, consistency: 'TWO' }))).toBe('unavailable');
    });

    it('reject a statement that they cannot prepare', async () => {
      const { cluster } = probe().fixture;
      const [node] = cluster.state().nodes;
      const column = { name: 'gone', kind: 'regular', type: { kind: 'int' }, cqlType: 'int' } as const;
      const statement = { ...statementOf(table.schema, {}), columns: [column] };
      const keys = [table.key('any')];
      const read = {
        node: node as ClusterNode,
        statement,
        keys,
        consistency: 'LOCAL_ONE',
        timeoutMs: 20_000,
      } as const;
      expect(await failureOf(cluster.read(read))).toBe('rejected');
    });

    it('that the cluster does not have are gone', async () => {
      const [known] = probe().fixture.cluster.state().nodes;
      const node = {
        ...(known as ClusterNode),
        id: 'ffffffff-ffff-4fff-8fff-ffffffffffff',
        address: '192.0.2.250:9042',
      };
      expect(probe().fixture.cluster.isUp(node)).toBe(false);
      expect(await failureOf(table.read([table.key('any')], { node }))).toBe('node-gone');
    });

    it('that are stopped are not up, are gone for messages, and unavailable as replicas', async (context) => {
      const { cluster, stopNode, startNode } = probe().fixture;
      const key = customers.map((name) => table.key(name)).find((each) => table.strangers(each).length > 0);
      if (stopNode === undefined || startNode === undefined)
        return context.skip('nodes cannot be stopped here');
      if (key === undefined) return context.skip('every node owns every key here');
      const [owner] = table.owners(key).filter((node) => sameDatacenter(node, table.strangers(key)[0]));
      const stranger = table.strangers(key).find((node) => sameDatacenter(node, owner));
      if (owner === undefined || stranger === undefined) throw new Error('the ring is not as it must be');
      const before = cluster.state();
      await stopNode(owner);
      try {
        await eventually('the node is down', () => cluster.isUp(owner) === false || undefined);
        expect(await failureOf(table.read([key], { node: owner }))).toBe('node-gone');
        await eventually('the other node knows it', async () => {
          const failure = await failureOf(table.read([key], { node: stranger }));
          return failure === 'unavailable' || undefined;
        });
        expect(cluster.state().nodes.map((node) => node.id)).toEqual(before.nodes.map((node) => node.id));
      } finally {
        await startNode(owner);
      }
      await eventually('the node is up', () => cluster.isUp(owner) || undefined);
      const rows = await eventually('the node answers', () =>
        table.read([key], { node: owner }).catch(() => undefined),
      );
      expect(rows).toHaveLength(1);
    });
  });
}

function sameDatacenter(one: ClusterNode | undefined, other: ClusterNode | undefined): boolean {
  return one !== undefined && one.datacenter === other?.datacenter;
}
