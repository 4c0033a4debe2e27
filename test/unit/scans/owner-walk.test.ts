import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rank } from '../../../src/core/routing/node-health.ts';
import type { Ring } from '../../../src/core/routing/ring.ts';
import { isGoodOwner, type OwnerView, ownerFrom, sickOwners } from '../../../src/core/scans/owner-walk.ts';
import { nextToken } from '../../../src/core/scans/token-neighbours.ts';
import {
  compareTokens,
  largestToken,
  smallestToken,
  type Token,
  tokenFromDecimal,
  tokenToDecimal,
} from '../../../src/core/token/token.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { anyNodes, anyToken, inFront, makeNode, ringOf, stateOf } from '../../support/ring-states.ts';

function tokenOf(value: bigint): Token {
  return tokenFromDecimal(value.toString());
}

function viewOf(ring: Ring | undefined, changes: Partial<OwnerView> = {}): OwnerView {
  return {
    ring,
    datacenters: ['front'],
    nodes: [],
    isUsable: () => true,
    rank: () => 'well',
    messages: new Map(),
    load: () => 0,
    ownRack: undefined,
    ...changes,
  };
}

function ranked(ranks: Readonly<Record<string, Rank>>): (node: ClusterNode) => Rank {
  return (node) => ranks[node.id] ?? 'well';
}

/** Node and last token of each stretch. */
function walk(view: OwnerView, after: bigint, upTo: bigint): [string, string][] {
  const stretches: [string, string][] = [];
  let at = tokenOf(after);
  while (compareTokens(at, tokenOf(upTo)) < 0) {
    const reach = ownerFrom(view, nextToken(at), tokenOf(upTo));
    if (reach === undefined) throw new Error('nobody');
    stretches.push([reach.node.id, tokenToDecimal(reach.upTo)]);
    at = reach.upTo;
  }
  return stretches;
}

/** Four nodes with one token each; with two replicas `b` has (0, 200], `c` (100, 300] and so on, `a` all behind 300. */
const four = [
  makeNode('a', 'r1', [0n]),
  makeNode('b', 'r2', [100n]),
  makeNode('c', 'r3', [200n]),
  makeNode('d', 'r4', [300n]),
];
const twoReplicas = ringOf(stateOf(four, inFront(2)));

describe('the owner of what comes next', () => {
  it('is the one that reaches farthest', () => {
    expect(walk(viewOf(twoReplicas), -50n, 300n)).toEqual([
      ['b', '100'],
      ['d', '300'],
    ]);
    expect(walk(viewOf(twoReplicas), 0n, 200n)).toEqual([['c', '200']]);
  });

  it('has a stretch that ends where it was asked for', () => {
    expect(walk(viewOf(twoReplicas), 10n, 20n)).toEqual([['b', '20']]);
  });

  it('has a stretch that ends at the seam, though it owns what comes behind', () => {
    const largest = tokenToDecimal(largestToken);
    expect(walk(viewOf(twoReplicas), 300n, 2n ** 63n - 1n)).toEqual([['a', largest]]);
    expect(walk(viewOf(twoReplicas), -(2n ** 63n), 0n)).toEqual([['a', '0']]);
  });

  it('is asked for everything where it is alone, also behind its only token', () => {
    const alone = viewOf(ringOf(stateOf([makeNode('a', 'r1', [7n])], inFront(1))));
    expect(ownerFrom(alone, nextToken(smallestToken), largestToken)?.upTo).toEqual(largestToken);
    expect(ownerFrom(alone, tokenOf(8n), largestToken)?.upTo).toEqual(largestToken);
  });

  it('is a well one, and a suspect one no further than that is needed', () => {
    const view = viewOf(twoReplicas, { rank: ranked({ c: 'suspect' }) });
    expect(walk(view, 0n, 300n)).toEqual([
      ['b', '100'],
      ['d', '300'],
    ]);
    const twoSick = viewOf(twoReplicas, { rank: ranked({ b: 'suspect', c: 'suspect' }) });
    expect(walk(twoSick, 0n, 300n)).toEqual([
      ['b', '100'],
      ['d', '300'],
    ]);
  });

  it('is an ejected one rather than none, and a failing one rather than that', () => {
    const view = viewOf(twoReplicas, { rank: ranked({ b: 'ejected', c: 'failing' }) });
    expect(ownerFrom(view, tokenOf(50n), tokenOf(60n))?.node.id).toBe('c');
    const usable = viewOf(twoReplicas, { ...view, isUsable: (node) => node.id !== 'c' });
    expect(ownerFrom(usable, tokenOf(50n), tokenOf(60n))?.node.id).toBe('b');
  });

  it('is nobody where no owner can be asked', () => {
    expect(ownerFrom(viewOf(twoReplicas, { isUsable: () => false }), tokenOf(1n), tokenOf(2n))).toBe(
      undefined,
    );
  });

  it('is in a further datacenter only as long as the nearest one has nobody', () => {
    const nodes = [...four, makeNode('z', 'r1', [1_000n], 'back')];
    const ring = ringOf(
      stateOf(nodes, {
        strategy: 'NetworkTopologyStrategy',
        factors: new Map([
          ['front', 1],
          ['back', 1],
        ]),
      }),
    );
    const isUsable = (node: ClusterNode): boolean => node.id !== 'b' && node.id !== 'c';
    expect(walk(viewOf(ring, { datacenters: ['front', 'back'], isUsable }), -10n, 300n)).toEqual([
      ['a', '0'],
      ['z', '200'],
      ['d', '300'],
    ]);
  });

  it('is, of equals, the one with the fewest messages, then one in the own rack', () => {
    const all = ringOf(stateOf(four, inFront(4)));
    const ask = (changes: Partial<OwnerView>): string | undefined =>
      ownerFrom(viewOf(all, changes), smallestToken, largestToken)?.node.id;
    expect(ask({ ownRack: 'r3' })).toBe('c');
    expect(ask({ ownRack: 'r3', messages: new Map([['c', 1]]) })).not.toBe('c');
    const busy = new Map(['a', 'b', 'd'].map((id) => [id, 1]));
    expect(ask({ ownRack: 'r1', messages: busy })).toBe('c');
  });

  it('is one that was given less, if it reaches half as far', () => {
    const loaded = (id: string) => ({ load: (node: ClusterNode) => (node.id === id ? 500 : 0) });
    const from = (token: bigint, id: string) => {
      const reach = ownerFrom(viewOf(twoReplicas, loaded(id)), tokenOf(token), tokenOf(1_000n));
      return [reach?.node.id, reach && tokenToDecimal(reach.upTo)];
    };
    // Of what follows 100 `c` has everything up to 200, and `d` up to 300.
    expect(from(101n, 'nobody')).toEqual(['d', '300']);
    expect(from(101n, 'd')).toEqual(['c', '200']);
    expect(from(151n, 'd')).toEqual(['d', '300']);
  });

  it('is any node of the nearest datacenter where nobody knows who owns what', () => {
    const nodes = [makeNode('z', 'r1', [], 'back'), ...four];
    const view = viewOf(undefined, { nodes, datacenters: ['front', 'back'], ownRack: 'r2' });
    expect(ownerFrom(view, tokenOf(1n), tokenOf(500n))).toEqual({ node: four[1], upTo: tokenOf(500n) });
  });

  it('owns every token of its stretch, and stretches follow each other without a gap, on any ring', () => {
    const anyCase = fc.record({
      nodes: anyNodes.filter((nodes) =>
        nodes.some(({ datacenter, tokens }) => datacenter === 'front' && tokens.length > 0),
      ),
      factor: fc.integer({ min: 1, max: 4 }),
      ends: fc.tuple(anyToken, anyToken).filter(([a, b]) => a !== b),
      probes: fc.array(anyToken, { maxLength: 20 }),
    });
    fc.assert(
      fc.property(anyCase, ({ nodes, factor, ends: [a, b], probes }) => {
        const ring = ringOf(stateOf(nodes, inFront(factor)));
        const view = viewOf(ring);
        const upTo = tokenOf(a > b ? a : b);
        let at = tokenOf(a > b ? b : a);
        while (compareTokens(at, upTo) < 0) {
          const reach = ownerFrom(view, nextToken(at), upTo);
          if (reach === undefined) throw new Error('nobody');
          expect(compareTokens(reach.upTo, at)).toBeGreaterThan(0);
          const within = [...probes.map(tokenOf), nextToken(at), reach.upTo].filter(
            (token) => compareTokens(token, at) > 0 && compareTokens(token, reach.upTo) <= 0,
          );
          for (const token of within) expect(ring.owners(token, 'front')).toContain(reach.node);
          if (compareTokens(reach.upTo, upTo) < 0) {
            expect(ring.owners(nextToken(reach.upTo), 'front')).not.toContain(reach.node);
          }
          at = reach.upTo;
        }
        expect(at).toEqual(upTo);
      }),
    );
  });
});

describe('owners of a place', () => {
  it('are good when they are usable and well', () => {
    const [, b, , d] = four as [ClusterNode, ClusterNode, ClusterNode, ClusterNode];
    const place = tokenOf(50n);
    expect(isGoodOwner(viewOf(twoReplicas), b, place)).toBe(true);
    expect(isGoodOwner(viewOf(twoReplicas), d, place)).toBe(false);
    expect(isGoodOwner(viewOf(twoReplicas, { isUsable: () => false }), b, place)).toBe(false);
    expect(isGoodOwner(viewOf(twoReplicas, { rank: ranked({ b: 'suspect' }) }), b, place)).toBe(false);
    expect(isGoodOwner(viewOf(undefined), d, place)).toBe(true);
  });

  it('are sick when they are usable and not well', () => {
    const rank = ranked({ b: 'suspect', d: 'ejected' });
    const idsAt = (token: bigint, changes: Partial<OwnerView> = {}): string[] =>
      sickOwners(viewOf(twoReplicas, { rank, ...changes }), tokenOf(token)).map(({ id }) => id);
    expect(idsAt(50n)).toEqual(['b']);
    expect(idsAt(50n, { isUsable: () => false })).toEqual([]);
    expect(idsAt(150n)).toEqual(['d']);
  });
});
