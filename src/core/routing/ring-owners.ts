import type { ClusterNode, Replication } from '../topology/cluster-state.ts';
import { placeReplicas } from './placement.ts';

/** A strategy whose replicas follow from the ring. */
export type RingReplication = Exclude<Replication, { strategy: 'other' }>;

/** The owners of every range within one datacenter. Equal lists are one array. */
export interface DatacenterOwners {
  readonly sets: readonly (readonly ClusterNode[])[];
  /** By range: the index in `sets`. */
  readonly setOf: Uint32Array;
}

/**
 * @param nodeAt the nodes along the ring, in token order, each once for each of its tokens
 * @param firstPlace by range: the first place in `nodeAt` that belongs to it, ascending
 */
export function findOwners(
  nodeAt: readonly ClusterNode[],
  firstPlace: Int32Array,
  replication: RingReplication,
): ReadonlyMap<string, DatacenterOwners> {
  const owners = new Map<string, DatacenterOwners>();
  for (const datacenter of new Set(nodeAt.map((node) => node.datacenter))) {
    const found =
      replication.strategy === 'SimpleStrategy'
        ? ownersAmongAll(nodeAt, firstPlace, replication.factor, datacenter)
        : ownersWithin(nodeAt, firstPlace, replication, datacenter);
    owners.set(datacenter, found);
  }
  return owners;
}

/** NetworkTopologyStrategy: each datacenter is a ring of its own, and its racks decide. */
function ownersWithin(
  nodeAt: readonly ClusterNode[],
  firstPlace: Int32Array,
  replication: Extract<RingReplication, { strategy: 'NetworkTopologyStrategy' }>,
  datacenter: string,
): DatacenterOwners {
  const places: number[] = [];
  for (const [place, node] of nodeAt.entries()) {
    if (node.datacenter === datacenter) places.push(place);
  }
  const { sets, setAt } = placeReplicas(
    places.map((place) => nodeAt[place] as ClusterNode),
    (node) => node.rack,
    replication.factors.get(datacenter) ?? 0,
    replication.transient?.get(datacenter) ?? 0,
  );
  // A range belongs to the first node of the datacenter at or after its first place, or round the ring to the first of all.
  const setOf = new Uint32Array(firstPlace.length);
  let next = 0;
  for (const [range, place] of firstPlace.entries()) {
    while (next < places.length && (places[next] as number) < place) next += 1;
    setOf[range] = setAt[next === places.length ? 0 : next] as number;
  }
  return { sets, setOf };
}

/** SimpleStrategy: one ring over all datacenters, every node as good as a rack of its own. */
function ownersAmongAll(
  nodeAt: readonly ClusterNode[],
  firstPlace: Int32Array,
  factor: number,
  datacenter: string,
): DatacenterOwners {
  const { sets, setAt } = placeReplicas(nodeAt, (node) => node.id, factor, 0);
  const interned = new Map<string, readonly ClusterNode[]>();
  const here = sets.map((set) => {
    const owners = set.filter((node) => node.datacenter === datacenter);
    const key = JSON.stringify(owners.map((node) => node.id));
    const known = interned.get(key);
    if (known === undefined) interned.set(key, owners);
    return known ?? owners;
  });
  return { sets: here, setOf: Uint32Array.from(firstPlace, (place) => setAt[place] as number) };
}
