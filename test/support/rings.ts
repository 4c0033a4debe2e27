import { createSeededRandom } from '../../src/core/random.ts';
import { buildRing, type Ring } from '../../src/core/routing/ring.ts';
import type { Token } from '../../src/core/token/token.ts';
import type { ClusterNode, ClusterState } from '../../src/core/topology/cluster-state.ts';

export interface RingShape {
  readonly nodes: number;
  readonly racks: number;
  readonly replicationFactor: number;
  readonly tokensPerNode?: number;
  readonly seed?: number;
  readonly datacenter?: string;
}

/** An even ring: the tokens stand at equal distances, handed out in random order, round by round. */
export function makeNodes(shape: RingShape): ClusterNode[] {
  const { nodes: count, racks, tokensPerNode = 16, seed = 1, datacenter = 'dc' } = shape;
  const random = createSeededRandom(seed);
  const tokens: string[][] = Array.from({ length: count }, () => []);
  const distance = 2n ** 64n / BigInt(count * tokensPerNode);
  // Each datacenter starts a little further on: two of them never share a token.
  const offset = BigInt(datacenter.length + 1);
  for (let round = 0; round < tokensPerNode; round += 1) {
    const order = shuffle(count, () => random.next());
    order.forEach((node, place) => {
      const token = -(2n ** 63n) + offset + BigInt(round * count + place) * distance;
      tokens[node]?.push(token.toString());
    });
  }
  return tokens.map((own, index) => ({
    id: `${datacenter}-${index}`,
    address: `${datacenter}-${index}:9042`,
    datacenter,
    rack: `rack-${index % racks}`,
    tokens: own,
  }));
}

export function makeState(shapes: readonly RingShape[], keyspace = 'shop'): ClusterState {
  const factors = new Map(shapes.map((shape) => [shape.datacenter ?? 'dc', shape.replicationFactor]));
  return {
    nodes: shapes.flatMap(makeNodes),
    keyspaces: new Map([[keyspace, { strategy: 'NetworkTopologyStrategy', factors }]]),
  };
}

export function makeRing(...shapes: readonly RingShape[]): { ring: Ring; nodes: readonly ClusterNode[] } {
  const state = makeState(shapes);
  const ring = buildRing(state, 'shop');
  if (ring === undefined) throw new Error('the shape makes no ring');
  return { ring, nodes: state.nodes };
}

export function randomTokens(count: number, next: () => number): Token[] {
  return Array.from({ length: count }, () => ({
    hi: Math.floor(next() * 2 ** 32) | 0,
    lo: Math.floor(next() * 2 ** 32),
  }));
}

function shuffle(count: number, next: () => number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index -= 1) {
    const other = Math.floor(next() * (index + 1));
    [order[index], order[other]] = [order[other] as number, order[index] as number];
  }
  return order;
}
