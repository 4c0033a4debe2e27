import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenFromDecimal, tokenToDecimal } from '../../../src/core/token/token.ts';
import type { ClusterNode, ClusterState } from '../../../src/core/topology/cluster-state.ts';
import {
  anyNodes,
  anyState,
  anyToken,
  datacenters,
  idsOf,
  inFront,
  largest,
  ownerIds,
  ringOf,
  smallest,
  stateOf,
} from '../../support/ring-states.ts';

// The oracle shares nothing with the ring: lists, bigints, and no walk that stops early.

/** The nodes from the token on, round the ring, each where it is first met. */
function nodesFrom(nodes: readonly ClusterNode[], token: bigint): ClusterNode[] {
  const stands = nodes.flatMap((node) => node.tokens.map((text) => ({ at: BigInt(text), node })));
  stands.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.node.id < b.node.id ? -1 : 1));
  const ahead = stands.filter(({ at }) => at >= token);
  const behind = stands.filter(({ at }) => at < token);
  return [...new Set([...ahead, ...behind].map(({ node }) => node))];
}

function oracleOwners(state: ClusterState, token: bigint, datacenter: string): string[] {
  const replication = state.keyspaces.get('shop');
  if (replication?.strategy === 'SimpleStrategy') {
    const owners = nodesFrom(state.nodes, token).slice(0, replication.factor);
    return idsOf(owners.filter((node) => node.datacenter === datacenter));
  }
  if (replication?.strategy !== 'NetworkTopologyStrategy') return [];
  const factor = replication.factors.get(datacenter) ?? 0;
  const nodes = nodesFrom(
    state.nodes.filter((node) => node.datacenter === datacenter),
    token,
  );
  const firsts = nodes.filter(
    (node, index) => nodes.findIndex((other) => other.rack === node.rack) === index,
  );
  const repeats = nodes
    .filter((node) => !firsts.includes(node))
    .slice(0, Math.max(0, factor - firsts.length));
  return idsOf(nodes.filter((node) => firsts.includes(node) || repeats.includes(node)).slice(0, factor));
}

/** Some tokens to ask for, and all those where something changes. */
function* askedTokens(state: ClusterState, some: readonly bigint[]): Generator<bigint> {
  yield* some;
  for (const text of state.nodes.flatMap((node) => node.tokens)) {
    const token = BigInt(text);
    yield token;
    yield token === largest ? smallest : token + 1n;
  }
}

describe('the ring', () => {
  it('names the same owners in the same order as a linear search does', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyToken, { maxLength: 5 }), (state, some) => {
        const ring = ringOf(state);
        for (const token of askedTokens(state, some)) {
          for (const datacenter of datacenters) {
            expect(ownerIds(ring, token, datacenter)).toEqual(oracleOwners(state, token, datacenter));
          }
        }
      }),
    );
  });

  it('gives each token min(factor, nodes with tokens) distinct owners in each datacenter', () => {
    fc.assert(
      fc.property(anyState, anyToken, (state, token) => {
        const replication = state.keyspaces.get('shop');
        fc.pre(replication?.strategy === 'NetworkTopologyStrategy');
        for (const datacenter of datacenters) {
          const members = state.nodes.filter(
            (node) => node.datacenter === datacenter && node.tokens.length > 0,
          );
          const owners = ownerIds(ringOf(state), token, datacenter);
          const factor =
            replication?.strategy === 'NetworkTopologyStrategy' ? replication.factors.get(datacenter) : 0;
          expect(new Set(owners).size).toBe(Math.min(factor ?? 0, members.length));
          expect(owners.length).toBe(new Set(owners).size);
        }
      }),
    );
  });

  it('spreads owners over as many racks as there are, up to their number', () => {
    fc.assert(
      fc.property(anyNodes, fc.integer({ min: 1, max: 5 }), anyToken, (nodes, factor, token) => {
        const members = nodes.filter((node) => node.datacenter === 'front' && node.tokens.length > 0);
        fc.pre(members.length > 0);
        const owners = ringOf(stateOf(nodes, inFront(factor))).owners(
          tokenFromDecimal(String(token)),
          'front',
        );
        const racks = new Set(members.map((node) => node.rack));
        expect(new Set(owners.map((node) => node.rack)).size).toBe(Math.min(racks.size, owners.length));
      }),
    );
  });

  it('holds a token in the range whose start is before it and whose end is not, wrapping round', () => {
    fc.assert(
      fc.property(anyState, anyToken, (state, token) => {
        const ring = ringOf(state);
        const range = ring.rangeOf(tokenFromDecimal(token.toString()));
        const start = BigInt(tokenToDecimal(ring.rangeStart(range)));
        const end = BigInt(tokenToDecimal(ring.rangeEnd(range)));
        if (start < end) expect(start < token && token <= end).toBe(true);
        else expect(token > start || token <= end).toBe(true);
      }),
    );
  });

  it('has one range for each token, in order, each starting where the one before ends', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const ring = ringOf(state);
        const tokens = state.nodes.flatMap((node) => node.tokens).map(BigInt);
        const sorted = tokens.toSorted((a, b) => (a < b ? -1 : 1)).map(String);
        const ranges = Array.from({ length: ring.ranges() }, (_, range) => range);
        const ends = ranges.map((range) => tokenToDecimal(ring.rangeEnd(range)));
        const starts = ranges.map((range) => tokenToDecimal(ring.rangeStart(range)));
        expect(ends).toEqual(sorted);
        expect(starts).toEqual([...sorted.slice(-1), ...sorted.slice(0, -1)]);
      }),
    );
  });

  it('gives equal owners as the same array', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const ring = ringOf(state);
        for (const datacenter of datacenters) {
          const seen = new Map<string, readonly ClusterNode[]>();
          for (let range = 0; range < ring.ranges(); range += 1) {
            const owners = ring.ownersOfRange(range, datacenter);
            const key = idsOf(owners).join();
            expect(owners).toBe(seen.get(key) ?? owners);
            seen.set(key, owners);
          }
        }
      }),
    );
  });

  it('does not depend on the order of the nodes and their tokens', () => {
    fc.assert(
      fc.property(anyState, anyToken, (state, token) => {
        const turned = state.nodes
          .map((node) => ({ ...node, tokens: node.tokens.toReversed() }))
          .toReversed();
        const other = ringOf({ ...state, nodes: turned });
        for (const datacenter of datacenters) {
          expect(ownerIds(other, token, datacenter)).toEqual(ownerIds(ringOf(state), token, datacenter));
        }
      }),
    );
  });
});
