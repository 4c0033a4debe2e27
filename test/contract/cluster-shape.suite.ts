import { describe, expect, it } from 'vitest';
import type { Replication } from '../../src/core/topology/cluster-state.ts';
import { eventually } from '../support/eventually.ts';
import type { ClusterProbe } from './cluster-probe.ts';

export function describeShape(probe: () => ClusterProbe): void {
  describe('state', () => {
    it('has the nodes with their places and tokens', () => {
      const { nodes } = probe().fixture.cluster.state();
      expect(nodes.length).toBeGreaterThan(1);
      expect(new Set(nodes.map((node) => node.id)).size).toBe(nodes.length);
      expect(new Set(nodes.map((node) => node.address)).size).toBe(nodes.length);
      for (const node of nodes) {
        expect(node.address).toMatch(/^.+:[0-9]+$/);
        expect(node.datacenter).not.toBe('');
        expect(node.rack).not.toBe('');
        expect(node.tokens.length).toBeGreaterThan(0);
        for (const token of node.tokens) expect(BigInt.asIntN(64, BigInt(token)).toString()).toBe(token);
      }
      const tokens = nodes.flatMap((node) => node.tokens);
      expect(new Set(tokens).size).toBe(tokens.length);
    });

    it('says of nodes that serve that they are up', async () => {
      const { cluster } = probe().fixture;
      for (const node of cluster.state().nodes) {
        await eventually(`${node.address} is up`, () => cluster.isUp(node) || undefined);
      }
    });

    it('has the replication of keyspaces', () => {
      const { cluster } = probe().fixture;
      const { nodes, keyspaces } = cluster.state();
      const factors = new Map(nodes.map((node) => [node.datacenter, 1]));
      expect(keyspaces.get(probe().keyspace)).toEqual({ strategy: 'NetworkTopologyStrategy', factors });
    });

    it('stays the same object while nothing changes', async () => {
      const { cluster } = probe().fixture;
      const before = cluster.state();
      await cluster.table(probe().keyspace, 'no such table');
      expect(cluster.state()).toBe(before);
    });

    it('shows a new keyspace and its altered replication, and calls listeners', async () => {
      const { cluster, createKeyspace, alterKeyspace } = probe().fixture;
      const name = `${probe().keyspace}_shape`;
      const [first] = cluster.state().nodes;
      const seen: (Replication | undefined)[] = [];
      const stop = cluster.onChange(() => seen.push(cluster.state().keyspaces.get(name)));
      const before = cluster.state();

      const simple: Replication = { strategy: 'SimpleStrategy', factor: 1 };
      await createKeyspace(name, simple);
      await eventually('the new keyspace', () => cluster.state().keyspaces.get(name));
      expect(seen).toContainEqual(simple);
      expect(before.keyspaces.has(name)).toBe(false);

      const network: Replication = {
        strategy: 'NetworkTopologyStrategy',
        factors: new Map([[first?.datacenter ?? '', 2]]),
      };
      await alterKeyspace(name, network);
      await eventually('the altered keyspace', () => {
        return cluster.state().keyspaces.get(name)?.strategy === 'NetworkTopologyStrategy' || undefined;
      });
      expect(cluster.state().keyspaces.get(name)).toEqual(network);
      expect(seen).toContainEqual(network);

      stop();
      const calls = seen.length;
      await alterKeyspace(name, simple);
      await eventually('the keyspace altered again', () => {
        return cluster.state().keyspaces.get(name)?.strategy === 'SimpleStrategy' || undefined;
      });
      expect(seen).toHaveLength(calls);
    });
  });

  describe('tables', () => {
    it('are described: key columns in key order, the rest by name, with their types', async () => {
      const { schema } = await probe().createTable({
        name: 'Described',
        partitionKey: [
          { name: 'z', type: 'text' },
          { name: 'b', type: 'int' },
        ],
        clusteringKey: [{ name: 'y', type: 'timestamp', descending: true }],
        columns: [
          { name: 'm', type: 'map<text, frozen<list<int>>>' },
          { name: 'a', type: 'decimal' },
        ],
      });
      expect(schema).toMatchObject({ keyspace: probe().keyspace, name: 'Described' });
      expect(schema.partitionKey.map((column) => column.name)).toEqual(['z', 'b']);
      expect(schema.clusteringKey.map((column) => column.name)).toEqual(['y']);
      expect(schema.columns).toEqual([
        { name: 'z', kind: 'partition', type: { kind: 'text' }, cqlType: 'text' },
        { name: 'b', kind: 'partition', type: { kind: 'int' }, cqlType: 'int' },
        { name: 'y', kind: 'clustering', type: { kind: 'timestamp' }, cqlType: 'timestamp' },
        { name: 'a', kind: 'regular', type: { kind: 'decimal' }, cqlType: 'decimal' },
        {
          name: 'm',
          kind: 'regular',
          type: { kind: 'map', key: { kind: 'text' }, value: { kind: 'list', element: { kind: 'int' } } },
          cqlType: 'map<text, frozen<list<int>>>',
        },
      ]);
    });

    it('are the same object until they change, and show an added column', async () => {
      const { fixture, keyspace } = probe();
      const { definition, schema } = await probe().createTable({
        name: 'growing',
        partitionKey: [{ name: 'k', type: 'text' }],
        columns: [{ name: 'v', type: 'int' }],
      });
      expect(await fixture.cluster.table(keyspace, 'growing')).toBe(schema);
      await fixture.addColumn(definition, { name: 'added', type: 'text' });
      const grown = await eventually('the added column', async () => {
        const seen = await fixture.cluster.table(keyspace, 'growing');
        return seen === schema ? undefined : seen;
      });
      expect(grown.columns.map((column) => column.name)).toEqual(['k', 'added', 'v']);
    });

    it('that do not exist are undefined, by exact name', async () => {
      const { fixture, keyspace } = probe();
      await probe().createTable({ name: 'exact', partitionKey: [{ name: 'k', type: 'text' }] });
      expect(await fixture.cluster.table(keyspace, 'Exact')).toBeUndefined();
      expect(await fixture.cluster.table(keyspace, 'nothing')).toBeUndefined();
      expect(await fixture.cluster.table('no_such_keyspace', 'exact')).toBeUndefined();
      expect(await fixture.cluster.table(keyspace, '__proto__')).toBeUndefined();
    });
  });
}
