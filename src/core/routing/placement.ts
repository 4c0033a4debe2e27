import type { ClusterNode } from '../topology/cluster-state.ts';

/** Who owns what, by place on a ring. */
export interface Placement {
  /** Distinct owner lists, in ring order. */
  readonly sets: readonly (readonly ClusterNode[])[];
  /** By place: the index in `sets` of the owners of the tokens that end there. */
  readonly setAt: Uint32Array;
}

/**
 * Places replicas as Cassandra's NetworkTopologyStrategy does within one datacenter: walk the ring from
 * each place on, take the first node of each rack, and of further nodes of a rack already met at most as
 * many, as they come, as there are fewer racks than replicas. There are never more replicas than nodes.
 * (Cassandra 5, NetworkTopologyStrategy.calculateNaturalReplicas.)
 *
 * SimpleStrategy is the same walk over the whole ring with every node a rack of its own.
 *
 * @param nodeAt the nodes along the ring, in token order, each once for each of its tokens
 * @param full how many replicas own the data: the first ones placed
 * @param transient how many are placed after those, as part of the replication factor but not as owners
 */
export function placeReplicas(
  nodeAt: readonly ClusterNode[],
  rackOf: (node: ClusterNode) => string,
  full: number,
  transient: number,
): Placement {
  const nodes = [...new Set(nodeAt)];
  const numberOf = new Map(nodes.map((node, number) => [node, number]));
  const numberOfRack = new Map([...new Set(nodes.map(rackOf))].map((rack, number) => [rack, number]));
  const ring: Circle = {
    nodeAt: Int32Array.from(nodeAt, (node) => numberOf.get(node) as number),
    rackOf: Int32Array.from(nodes, (node) => numberOfRack.get(rackOf(node)) as number),
    wanted: Math.min(full, nodes.length),
    repeats: Math.max(0, full + transient - numberOfRack.size),
  };
  const sets: ClusterNode[][] = [];
  const setAt = new Uint32Array(nodeAt.length);
  const setOfOwners = new Map<string, number>();
  for (let place = 0; place < nodeAt.length; place += 1) {
    const owners = walk(ring, place);
    const key = owners.join();
    let set = setOfOwners.get(key);
    if (set === undefined) {
      set = sets.push(owners.map((number) => nodes[number] as ClusterNode)) - 1;
      setOfOwners.set(key, set);
    }
    setAt[place] = set;
  }
  return { sets, setAt };
}

/** The ring in numbers: many thousand walks must not compare names. */
interface Circle {
  readonly nodeAt: Int32Array;
  readonly rackOf: Int32Array;
  readonly wanted: number;
  /** How many nodes may share a rack with one taken before. */
  readonly repeats: number;
}

/** One turn is always enough: the racks and the repeats together make up `wanted`. */
function walk({ nodeAt, rackOf, wanted, repeats }: Circle, start: number): number[] {
  const owners: number[] = [];
  const racksMet: number[] = [];
  let repeatsLeft = repeats;
  for (let step = 0; step < nodeAt.length && owners.length < wanted; step += 1) {
    const place = start + step;
    const node = nodeAt[place < nodeAt.length ? place : place - nodeAt.length] as number;
    const rack = rackOf[node] as number;
    if (!racksMet.includes(rack)) {
      racksMet.push(rack);
      owners.push(node);
    } else if (repeatsLeft > 0 && !owners.includes(node)) {
      repeatsLeft -= 1;
      owners.push(node);
    }
  }
  return owners;
}
