import fc from 'fast-check';
import { buildRing, type Ring } from '../../src/core/routing/ring.ts';
import { tokenFromDecimal } from '../../src/core/token/token.ts';
import type { ClusterNode, ClusterState, Replication } from '../../src/core/topology/cluster-state.ts';

/** Small clusters for tests of the ring: by hand, and arbitrary. The keyspace is always `shop`. */

export const smallest = -(2n ** 63n);
export const largest = 2n ** 63n - 1n;

export const ringOf = (state: ClusterState): Ring => {
  const ring = buildRing(state, 'shop');
  if (ring === undefined) throw new Error('no ring');
  return ring;
};

export const idsOf = (nodes: readonly ClusterNode[]): string[] => nodes.map((node) => node.id);
export const ownerIds = (ring: Ring, token: bigint, datacenter: string): string[] =>
  idsOf(ring.owners(tokenFromDecimal(token.toString()), datacenter));

export function makeNode(
  id: string,
  rack: string,
  tokens: readonly bigint[],
  datacenter = 'front',
): ClusterNode {
  return { id, address: `${id}:9042`, datacenter, rack, tokens: tokens.map(String) };
}

export function stateOf(nodes: readonly ClusterNode[], replication: Replication): ClusterState {
  return { nodes, keyspaces: new Map([['shop', replication]]) };
}

export const inFront = (factor: number): Replication => ({
  strategy: 'NetworkTopologyStrategy',
  factors: new Map([['front', factor]]),
});

export const anyToken = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt({ min: smallest, max: largest }) },
  fc.constantFrom(
    smallest,
    smallest + 1n,
    -(2n ** 32n),
    -1n,
    0n,
    2n ** 32n - 1n,
    2n ** 32n,
    largest - 1n,
    largest,
  ),
);

export const datacenters = ['front', 'back', 'far'];

/** Up to three datacenters with uneven racks and unevenly dealt tokens; some nodes have none. */
export const anyNodes = fc
  .record({
    tokens: fc.uniqueArray(anyToken, { minLength: 1, maxLength: 40 }),
    places: fc.array(
      fc.record({ datacenter: fc.constantFrom(...datacenters), rack: fc.constantFrom('a', 'b', 'c', 'd') }),
      { minLength: 1, maxLength: 14 },
    ),
    dealing: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
  })
  .map(({ tokens, places, dealing }) => {
    const dealt: bigint[][] = places.map(() => []);
    for (const [index, token] of tokens.entries()) dealt[(dealing[index] ?? 0) % places.length]?.push(token);
    return places.map(({ datacenter, rack }, index) =>
      makeNode(`n${index}`, rack, dealt[index] ?? [], datacenter),
    );
  });

export const anyReplication: fc.Arbitrary<Replication> = fc.oneof(
  fc.record({ strategy: fc.constant('SimpleStrategy' as const), factor: fc.nat(5) }),
  fc.tuple(fc.nat(5), fc.nat(5)).map(([front, back]) => ({
    strategy: 'NetworkTopologyStrategy' as const,
    factors: new Map([
      ['front', front],
      ['back', back],
    ]),
  })),
);

export const anyState = fc
  .tuple(anyNodes, anyReplication)
  .map(([nodes, replication]) => stateOf(nodes, replication));
