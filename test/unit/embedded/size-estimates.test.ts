import { describe, expect, it } from 'vitest';
import { compareTokens, largestToken, smallestToken } from '../../../src/core/token/token.ts';
import { firstOf, keyCount, openEmbeddedRing } from './embedded-ring.ts';
import { endOf, upsert, write } from './ring-jobs.ts';

const tokensPerNode = 16;

describe('the size estimates of an embedded ring', () => {
  it('cover every token of a datacenter once, and count every partition', async () => {
    const ring = openEmbeddedRing();
    const { table } = ring.statement;
    for (const [datacenter, nodes] of [
      ['front', 4],
      ['back', 2],
    ] as const) {
      const estimates = [...(await ring.cluster.sizeEstimates(table, datacenter))];
      estimates.sort((one, other) => compareTokens(one.after, other.after));
      // One more than tokens: the range that crosses the seam is two.
      expect(estimates).toHaveLength(nodes * tokensPerNode + 1);
      expect(estimates[0]?.after).toEqual(smallestToken);
      expect(estimates.at(-1)?.upTo).toEqual(largestToken);
      for (const [index, { upTo }] of estimates.slice(0, -1).entries())
        expect(estimates[index + 1]?.after).toEqual(upTo);
      expect(estimates.reduce((sum, { partitions }) => sum + partitions, 0)).toBe(keyCount);
      for (const { partitions, meanPartitionBytes } of estimates)
        expect(meanPartitionBytes > 0).toBe(partitions > 0);
    }
  });

  it('do not count what was deleted', async () => {
    const ring = openEmbeddedRing();
    const { table } = ring.statement;
    const owner = firstOf(ring.owners(ring.key(1)));
    const statement = {
      kind: 'delete-partition',
      table,
      keyColumns: table.partitionKey,
      columns: [],
    } as const;
    const deletion = { ...upsert(ring, ring.key(1), null, 1n), statement, cells: [] };
    await write(ring, owner, [deletion]);
    const estimates = await ring.cluster.sizeEstimates(table, 'front');
    expect(estimates.reduce((sum, { partitions }) => sum + partitions, 0)).toBe(keyCount - 1);
  });

  it('leave out the ranges of nodes that do not answer', async () => {
    const ring = openEmbeddedRing();
    const [down, frozen, ...others] = ring.cluster
      .state()
      .nodes.filter((node) => node.datacenter === 'front');
    if (down === undefined || frozen === undefined) throw new Error('two nodes are needed');
    const all = await ring.cluster.sizeEstimates(ring.statement.table, 'front');
    ring.cluster.refuse(down);
    ring.cluster.freeze(frozen);
    const left = await ring.cluster.sizeEstimates(ring.statement.table, 'front');
    expect(all.length - left.length).toBeGreaterThanOrEqual(2 * tokensPerNode);
    for (const estimate of left) expect(all).toContainEqual(estimate);
    for (const node of others) ring.cluster.refuse(node);
    expect((await endOf(ring, ring.cluster.sizeEstimates(ring.statement.table, 'front'))).result).toBe(
      'node-gone',
    );
  });

  it('are none while the nodes do not estimate, and for a table that there is not', async () => {
    const ring = openEmbeddedRing();
    const { table } = ring.statement;
    ring.cluster.setEstimating(false);
    expect(await ring.cluster.sizeEstimates(table, 'front')).toEqual([]);
    ring.cluster.setEstimating(true);
    expect(await ring.cluster.sizeEstimates({ ...table, name: 'gone' }, 'front')).toEqual([]);
  });

  it('are of nothing where the datacenter has no replicas', async () => {
    const ring = openEmbeddedRing();
    const factors = new Map([['front', 2]]);
    ring.cluster.alterKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
    const estimates = await ring.cluster.sizeEstimates(ring.statement.table, 'back');
    expect(new Set(estimates.map(({ partitions }) => partitions))).toEqual(new Set([0]));
  });
});
