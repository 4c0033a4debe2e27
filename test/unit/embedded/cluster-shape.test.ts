import { describe, expect, it } from 'vitest';
import { createEmbeddedCluster } from '../../../src/adapters/embedded/embedded-cluster.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { type EmbeddedRing, firstOf, keyCount, openEmbeddedRing } from './embedded-ring.ts';

/** Reads every key from an owner: all local, all there. */
async function expectOwnersToAnswer(ring: EmbeddedRing): Promise<void> {
  for (let number = 0; number < keyCount; number += 1) {
    const key = ring.key(number);
    const owner = firstOf(ring.owners(key));
    const before = ring.cluster.reads(owner).localReads;
    const rows = await ring.read(owner, [key]);
    expect(rows.map((row) => row.values)).toEqual([[`${number}`, number]]);
    expect(ring.cluster.reads(owner).localReads).toBe(before + 1);
  }
}

describe('the shape of the embedded ring', () => {
  it('follows from the seed', () => {
    const { nodes } = openEmbeddedRing().cluster.state();
    expect(openEmbeddedRing().cluster.state().nodes).toEqual(nodes);
    expect(openEmbeddedRing({ random: createSeededRandom(43) }).cluster.state().nodes).not.toEqual(nodes);
  });

  it('deals racks out to the nodes in turn, named after their region', () => {
    const datacenters = [
      { name: 'us-east-1-frontend', nodes: 4, racks: 3 },
      { name: 'lab', nodes: 1, racks: 3 },
    ];
    const { nodes } = openEmbeddedRing({ datacenters }).cluster.state();
    expect(nodes.map((node) => node.rack)).toEqual([
      'us-east-1a',
      'us-east-1b',
      'us-east-1c',
      'us-east-1a',
      'laba',
    ]);
  });

  it('gains a node: a new state, one call of each listener, and the node answers for what it owns', async () => {
    const ring = openEmbeddedRing();
    const before = ring.cluster.state();
    const seen: number[] = [];
    ring.cluster.onChange(() => {
      seen.push(ring.cluster.state().nodes.length);
      expect(ring.cluster.state().nodes.every((node) => ring.cluster.isUp(node))).toBe(true);
    });
    const added = ring.cluster.addNode({ datacenter: 'front', rack: 'fronta' });
    expect(seen).toEqual([before.nodes.length + 1]);
    expect(before.nodes).not.toContain(added);
    await expectOwnersToAnswer(ring);
    expect(ring.cluster.reads(added).localReads).toBeGreaterThan(0);
  });

  it('loses a node: it is gone for messages, those under way are lost, and others own its keys', async () => {
    const ring = openEmbeddedRing({ serviceTime: { perMessageMs: 5 } });
    const key = ring.key(1);
    const owner = firstOf(ring.owners(key));
    const underWay = ring.outcome(owner, [key]);
    ring.cluster.onChange(() => expect(ring.cluster.isUp(owner)).toBe(false));
    ring.cluster.removeNode(owner);
    expect((await underWay).result).toBe('connection-lost');
    expect((await ring.outcome(owner, [key])).result).toBe('node-gone');
    expect(ring.cluster.isUp(owner)).toBe(false);
    expect(ring.owners(key)).toHaveLength(2);
    expect(ring.owners(key)).not.toContain(owner);
    expect(() => ring.cluster.freeze(owner)).toThrow(RangeError);
  });

  it('moves a node: the same id with other tokens, the old ones belong to others', async () => {
    const ring = openEmbeddedRing();
    const node = firstOf(ring.owners(ring.key(1)));
    const moved = ring.cluster.moveNode(node, ['17']);
    expect(moved).toEqual({ ...node, tokens: ['17'] });
    expect(ring.cluster.state().nodes).toContain(moved);
    expect(ring.cluster.state().nodes).not.toContain(node);
    await expectOwnersToAnswer(ring);
  });

  it('alters a keyspace: other replicas at once', async () => {
    const ring = openEmbeddedRing();
    const key = ring.key(1);
    ring.cluster.alterKeyspace('shop', {
      strategy: 'NetworkTopologyStrategy',
      factors: new Map([['front', 3]]),
    });
    expect(ring.owners(key)).toHaveLength(3);
    const node = firstOf(ring.cluster.state().nodes.filter((each) => each.datacenter === 'back'));
    expect((await ring.outcome(node, [key])).result).toBe('unavailable');
    await expectOwnersToAnswer(ring);
  });

  it.each([
    ['a token of another node', (ring: EmbeddedRing) => firstOf(ring.cluster.state().nodes).tokens],
    ['a token that is none of Murmur3', () => ['9223372036854775808']],
  ])('refuses %s, and stays as it was', (_what, tokens) => {
    const ring = openEmbeddedRing();
    const before = ring.cluster.state();
    expect(() => ring.cluster.addNode({ datacenter: 'front', rack: 'r', tokens: tokens(ring) })).toThrow(
      RangeError,
    );
    expect(ring.cluster.state()).toBe(before);
  });

  it.each([
    ['a datacenter without nodes', { datacenters: [{ name: 'front', nodes: 0 }] }],
    ['half a token', { tokensPerNode: 0.5 }],
    ['no room for messages', { maxHeldPerNode: 0 }],
  ])('refuses %s', (_what, options) => {
    const open = () =>
      createEmbeddedCluster({
        clock: createFakeClock(),
        random: createSeededRandom(1),
        text: nodeText,
        datacenters: [{ name: 'front', nodes: 1 }],
        ...options,
      });
    expect(open).toThrow(RangeError);
  });
});
