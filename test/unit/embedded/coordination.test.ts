import { describe, expect, it } from 'vitest';
import { constantDelay } from '../../../src/adapters/embedded/delay.ts';
import type { Consistency } from '../../../src/core/ports.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { type EmbeddedRing, firstOf, keyCount, openEmbeddedRing } from './embedded-ring.ts';

function readCounts(ring: EmbeddedRing, nodes: readonly ClusterNode[]): [local: number, coordinated: number] {
  const counts = nodes.map((node) => ring.cluster.reads(node));
  return [
    counts.reduce((sum, { localReads }) => sum + localReads, 0),
    counts.reduce((sum, { coordinatorReads }) => sum + coordinatorReads, 0),
  ];
}

describe('reads of an embedded node', () => {
  it('are local where it owns the keys', async () => {
    const ring = openEmbeddedRing();
    const node = firstOf(ring.owners(ring.key(0)));
    const keys = Array.from({ length: keyCount }, (_, number) => ring.key(number)).filter((key) =>
      ring.owners(key).includes(node),
    );
    await ring.outcome(node, keys);
    const others = ring.cluster.state().nodes.filter((each) => each !== node);
    expect(keys.length).toBeGreaterThan(10);
    expect(ring.cluster.reads(node)).toEqual({ localReads: keys.length, coordinatorReads: keys.length });
    expect(readCounts(ring, others)).toEqual([0, 0]);
  });

  it('are forwarded to an owner in its datacenter where it does not own the key, and take both their times', async () => {
    const ring = openEmbeddedRing({ serviceTime: { delay: constantDelay(2), perKeyMs: 1 } });
    const node = ring.stranger(ring.key(1));
    expect(await ring.outcome(node, [ring.key(1)])).toEqual({ result: 1, atMs: 5 });
    expect(ring.cluster.reads(node)).toEqual({ localReads: 0, coordinatorReads: 1 });
    expect(readCounts(ring, ring.owners(ring.key(1)))).toEqual([1, 0]);
  });

  it.each<[Consistency, number, string]>([
    ['ONE', 1, 'itself'],
    ['LOCAL_ONE', 1, 'itself'],
    ['TWO', 2, 'itself and one more'],
    ['THREE', 3, 'all three, of both datacenters'],
    ['QUORUM', 2, 'two of three'],
    ['LOCAL_QUORUM', 2, 'two of the two here'],
    ['ALL', 3, 'all three'],
  ])('at %s ask %i replicas: %s', async (consistency, replicas) => {
    const ring = openEmbeddedRing();
    const owner = firstOf(ring.owners(ring.key(1)));
    expect((await ring.outcome(owner, [ring.key(1)], { consistency })).result).toBe(1);
    expect(ring.cluster.reads(owner).localReads).toBe(1);
    expect(readCounts(ring, ring.cluster.state().nodes)).toEqual([replicas, 1]);
  });

  it.each<[Consistency, string, number | 'unavailable']>([
    ['LOCAL_ONE', 'one owner of two is left', 1],
    ['LOCAL_QUORUM', 'both are needed', 'unavailable'],
    ['QUORUM', 'two of three are left', 1],
    ['ALL', 'all three are needed', 'unavailable'],
  ])('at %s with one owner down: %s', async (consistency, _why, result) => {
    const ring = openEmbeddedRing();
    const [down, left] = ring.owners(ring.key(1));
    if (down === undefined || left === undefined) throw new Error('the key needs two owners');
    ring.cluster.refuse(down);
    expect((await ring.outcome(left, [ring.key(1)], { consistency })).result).toBe(result);
  });

  it('never leave the datacenter at LOCAL_ONE, and do at ONE', async () => {
    const ring = openEmbeddedRing();
    const key = ring.key(1);
    for (const owner of ring.owners(key)) ring.cluster.refuse(owner);
    const node = ring.stranger(key);
    expect((await ring.outcome(node, [key])).result).toBe('unavailable');
    expect((await ring.outcome(node, [key], { consistency: 'ONE' })).result).toBe(1);
    expect(readCounts(ring, ring.owners(key, 'back'))).toEqual([1, 0]);
  });

  it('come back in another order of partitions from time to time', async () => {
    const ring = openEmbeddedRing();
    const node = firstOf(ring.cluster.state().nodes);
    const keys = Array.from({ length: 10 }, (_, number) => ring.key(number));
    const orders = new Set<string>();
    for (let time = 0; time < 5; time += 1) {
      const rows = await ring.read(node, keys);
      expect(new Set(rows.map((row) => row.values[1]))).toEqual(new Set(keys.keys()));
      orders.add(rows.map((row) => row.values[1]).join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  it.each([
    ['no keys', []],
    ['a key of two components where the table has one', [[new Uint8Array(1), new Uint8Array(1)]]],
  ])('are rejected for %s', async (_what, keys) => {
    const ring = openEmbeddedRing();
    const node = firstOf(ring.cluster.state().nodes);
    expect((await ring.outcome(node, keys)).result).toBe('rejected');
  });
});

describe('messages', () => {
  it('are recorded when asked for, the latest ones', async () => {
    const ring = openEmbeddedRing({ recordedMessages: 2 });
    const node = firstOf(ring.cluster.state().nodes);
    for (const keys of [1, 2, 3]) {
      await ring.read(
        node,
        Array.from({ length: keys }, (_, number) => ring.key(number)),
      );
      await ring.clock.advance(10);
    }
    const common = { kind: 'read', nodeId: node.id, consistency: 'LOCAL_ONE' };
    expect(ring.cluster.messages()).toEqual([
      { ...common, atMs: 10, keys: 2 },
      { ...common, atMs: 20, keys: 3 },
    ]);
  });

  it('are not recorded otherwise', async () => {
    const ring = openEmbeddedRing();
    await ring.read(firstOf(ring.cluster.state().nodes), [ring.key(1)]);
    expect(ring.cluster.messages()).toEqual([]);
  });
});
