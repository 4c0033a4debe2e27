import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildRing } from '../../../src/core/routing/ring.ts';
import type { ClusterNode, ClusterState } from '../../../src/core/topology/cluster-state.ts';
import {
  anyNodes,
  anyReplication,
  anyToken,
  inFront,
  largest,
  makeNode,
  ownerIds,
  ringOf,
  smallest,
  stateOf,
} from '../../support/ring-states.ts';

describe('the ring after a token moved', () => {
  const anyMove = anyNodes.chain((nodes) => {
    const movable = nodes.filter((node) => node.tokens.length > 0);
    return fc.record({ nodes: fc.constant(nodes), moved: fc.constantFrom(...movable), to: anyToken });
  });

  function move(nodes: readonly ClusterNode[], moved: ClusterNode, to: bigint): ClusterNode[] {
    fc.pre(!nodes.some((node) => node.tokens.includes(to.toString())));
    return nodes.map((node) =>
      node.id === moved.id ? { ...node, tokens: [to.toString(), ...node.tokens.slice(1)] } : node,
    );
  }

  it('has other owners only where the node was or became one', () => {
    fc.assert(
      fc.property(anyMove, anyReplication, anyToken, ({ nodes, moved, to }, replication, token) => {
        const before = ownerIds(ringOf(stateOf(nodes, replication)), token, moved.datacenter);
        const after = ownerIds(ringOf(stateOf(move(nodes, moved, to), replication)), token, moved.datacenter);
        if (![...before, ...after].includes(moved.id)) expect(after).toEqual(before);
      }),
    );
  });

  it('has, with one replica, other owners only in the range that it left and the one that it entered', () => {
    const nodes = [
      makeNode('a', 'r', [0n, 4000n]),
      makeNode('b', 'r', [1000n, 3000n]),
      makeNode('c', 'r', [2000n]),
    ];
    const before = ringOf(stateOf(nodes, inFront(1)));
    const after = ringOf(stateOf([...nodes.slice(0, 2), makeNode('c', 'r', [3500n])], inFront(1)));
    const changed = [-1n, 1n, 1000n, 1001n, 2000n, 2001n, 3000n, 3001n, 3500n, 3501n, 4000n, 4001n].filter(
      (token) => ownerIds(before, token, 'front').join() !== ownerIds(after, token, 'front').join(),
    );
    expect(changed).toEqual([1001n, 2000n, 3001n, 3500n]);
  });
});

describe('the ring at its edges', () => {
  const two = [makeNode('a', 'r', [-10n]), makeNode('b', 'r', [10n])];

  it.each([
    [-11n, 'a', 'before the first token'],
    [-10n, 'a', 'a token belongs to its own range'],
    [-9n, 'b', 'just behind a token'],
    [10n, 'b', 'the last token'],
    [11n, 'a', 'behind the last token the ring wraps'],
    [largest, 'a', 'the largest token'],
    [smallest, 'a', 'the smallest token, that of the empty key'],
  ])('gives %s to %s: %s', (token, owner) => {
    expect(ownerIds(ringOf(stateOf(two, inFront(1))), token, 'front')).toEqual([owner]);
  });

  it('with a single token is one range that is the whole', () => {
    const ring = ringOf(stateOf([makeNode('a', 'r', [7n])], inFront(3)));
    expect(ring.ranges()).toBe(1);
    expect(ring.rangeStart(0)).toEqual(ring.rangeEnd(0));
    expect([smallest, 7n, 8n, largest].map((token) => ownerIds(ring, token, 'front'))).toEqual(
      Array.from({ length: 4 }, () => ['a']),
    );
  });

  it('leaves nobody out where nodes of two datacenters claim one token', () => {
    const back = makeNode('c', 'r', [-10n], 'back');
    const factors = new Map([
      ['front', 2],
      ['back', 1],
    ]);
    const ring = ringOf(stateOf([...two, back], { strategy: 'NetworkTopologyStrategy', factors }));
    expect(ring.ranges()).toBe(2);
    expect(ownerIds(ring, -10n, 'front')).toEqual(['a', 'b']);
    expect(ownerIds(ring, -10n, 'back')).toEqual(['c']);
  });

  it('has nobody in a datacenter without replicas or without nodes', () => {
    const factors = new Map([['empty', 3]]);
    const ring = ringOf(stateOf(two, { strategy: 'NetworkTopologyStrategy', factors }));
    expect(ownerIds(ring, 0n, 'front')).toEqual([]);
    expect(ownerIds(ring, 0n, 'empty')).toEqual([]);
    expect(ring.replicationFactor('empty')).toBe(3);
    expect(ring.replicationFactor('front')).toBe(0);
  });

  it('refuses a range that it does not have', () => {
    const ring = ringOf(stateOf(two, inFront(1)));
    expect(() => ring.rangeEnd(2)).toThrow(RangeError);
    expect(() => ring.rangeStart(-1)).toThrow(RangeError);
  });

  it.each<[string, ClusterState, string]>([
    ['the keyspace is unknown', stateOf(two, inFront(1)), 'other'],
    ['the strategy names no owners', stateOf(two, { strategy: 'other', name: 'LocalStrategy' }), 'shop'],
    ['no node is known', stateOf([], inFront(1)), 'shop'],
    ['no node has a token', stateOf([makeNode('a', 'r', [])], inFront(1)), 'shop'],
  ])('is not there while %s', (_, state, keyspace) => {
    expect(buildRing(state, keyspace)).toBeUndefined();
  });
});
