import { describe, expect, it } from 'vitest';
import {
  createEmbeddedCluster,
  type EmbeddedCluster,
} from '../../../src/adapters/embedded/embedded-cluster.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { createNodeHealth } from '../../../src/core/routing/node-health.ts';
import { createRingBook } from '../../../src/core/routing/ring-book.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { events, inOrder, makeRows } from '../../support/scan-cluster.ts';
import { readAll, rowsOf, type ScanScene, setUpScans } from '../../support/scripted-scans.ts';

const rows = makeRows(300, 8);

/** The embedded ring: six nodes in three racks, with three replicas of everything. */
function setUp(): ScanScene & { readonly ring: EmbeddedCluster } {
  const clock = createFakeClock(1_000_000);
  const ring = createEmbeddedCluster({
    clock,
    text: nodeText,
    random: createSeededRandom(1),
    datacenters: [{ name: 'dc', nodes: 6, racks: 3 }],
    serviceTime: { perMessageMs: 2, perRowMs: 0.05 },
  });
  const factors = new Map([['dc', 3]]);
  ring.createKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
  ring.createTable(events);
  for (const row of rows) ring.insert('shop', 'events', Object.entries(row));
  const parts = { cluster: ring, rings: createRingBook(ring), health: createNodeHealth(clock), clock };
  return { ...setUpScans([], parts), ring };
}

function nodeAt(ring: EmbeddedCluster, index: number): ClusterNode {
  return ring.state().nodes[index] as ClusterNode;
}

describe('scans of the embedded ring', () => {
  it('have every row once, and no node asks another one for it', async () => {
    const { clock, open, ring } = setUp();
    const lines = await readAll(clock, await open({ pageSize: 70 }));
    expect(rowsOf(lines)).toEqual(inOrder(rows));
    const counts = ring.state().nodes.map((node) => ring.scans(node));
    for (const { localRows, coordinatorRows } of counts) expect(localRows).toBe(coordinatorRows);
    expect(counts.reduce((sum, { localRows }) => sum + localRows, 0)).toBe(rows.length);
  });

  it('have every row once while nodes freeze, fail, leave and come back', async () => {
    const { clock, open, ring, faults } = setUp();
    const stream = await open({ pageSize: 25 });
    const steps: [number, () => void][] = [
      [30, () => ring.freeze(nodeAt(ring, 0))],
      [60, () => ring.refuse(nodeAt(ring, 1))],
      [90, () => ring.fail(nodeAt(ring, 2), 'overloaded', 0.5)],
      [4_000, () => ring.thaw(nodeAt(ring, 0))],
      [4_500, () => ring.accept(nodeAt(ring, 1))],
      [5_000, () => ring.removeNode(nodeAt(ring, 5))],
    ];
    for (const [atMs, step] of steps) clock.after(atMs, step);
    const lines = await readAll(clock, stream);
    expect(rowsOf(lines)).toEqual(inOrder(rows));
    expect(lines.at(-1)).toEqual({ end: { rows: rows.length, complete: true } });
    expect(stream.account().retries).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });

  it('have the rows of one partition, from one node', async () => {
    const { clock, open, ring } = setUp();
    const lines = await readAll(clock, await open({ key: 'device-7', pageSize: 3 }));
    expect(rowsOf(lines)).toEqual(rows.slice(56, 64));
    expect(ring.state().nodes.filter((node) => ring.scans(node).messages > 0)).toHaveLength(1);
  });

  it('learn that a node is well again where nobody but them asks it', async () => {
    const { clock, open, ring } = setUp();
    const [sick] = ring.state().nodes;
    if (sick === undefined) throw new Error('no node');
    ring.freeze(sick);
    clock.after(3_000, () => ring.thaw(sick));
    const scan = async (): Promise<number> => {
      const before = ring.scans(sick).coordinatorRows;
      const lines = await readAll(clock, await open({ pageSize: 100 }));
      expect(rowsOf(lines)).toHaveLength(rows.length);
      return ring.scans(sick).coordinatorRows - before;
    };
    await scan();
    await clock.advance(5_000);
    await scan();
    await clock.advance(5_000);
    await scan();
    expect(await scan()).toBeGreaterThan(100);
  });
});
