import type { Consistency } from '../../core/ports.ts';
import type { Ring } from '../../core/routing/ring.ts';
import type { Token } from '../../core/token/token.ts';
import type { ClusterNode, ClusterState, Replication } from '../../core/topology/cluster-state.ts';

export interface ReplicaChoice {
  readonly state: ClusterState;
  readonly keyspace: string;
  /** Undefined where ownership does not follow from tokens: then each node has all the data itself. */
  readonly ring: Ring | undefined;
  readonly coordinator: ClusterNode;
  readonly consistency: Consistency;
  /** As the coordinator believes. */
  readonly isLive: (node: ClusterNode) => boolean;
}

/**
 * How a coordinator chooses whom to ask: itself first, then its own datacenter, then the others. Returns,
 * for a token, just as many live replicas as the consistency needs, or undefined when there are too few.
 */
export function createReplicaChoice(
  choice: ReplicaChoice,
): (token: Token) => readonly ClusterNode[] | undefined {
  const { state, ring, coordinator, consistency, isLive } = choice;
  const replication = state.keyspaces.get(choice.keyspace);
  if (ring === undefined || replication === undefined) return () => [coordinator];
  const { datacenter } = coordinator;
  const others = new Set(state.nodes.map((node) => node.datacenter));
  others.delete(datacenter);
  const datacenters = isLocal(consistency) ? [datacenter] : [datacenter, ...others];
  const needed = replicasNeeded(consistency, replication, datacenter);
  return (token) => {
    const live = datacenters.flatMap((name) => ring.owners(token, name)).filter(isLive);
    if (needed === 0 || live.length < needed) return undefined;
    const own = live.findIndex((node) => node.id === coordinator.id);
    if (own > 0) live.unshift(...live.splice(own, 1));
    return live.slice(0, needed);
  };
}

/** Who gets a write, and when it is acknowledged: by `needed` of those that count. */
export interface WriteReplicas {
  /** Every live replica of every datacenter. */
  readonly replicas: readonly ClusterNode[];
  readonly counts: (node: ClusterNode) => boolean;
  readonly needed: number;
}

/** As `createReplicaChoice`, for writes: they go to all that are live. */
export function createWriteChoice(choice: ReplicaChoice): (token: Token) => WriteReplicas | undefined {
  const { state, ring, coordinator, consistency, isLive } = choice;
  const replication = state.keyspaces.get(choice.keyspace);
  if (ring === undefined || replication === undefined)
    return () => ({ replicas: [coordinator], counts: () => true, needed: 1 });
  const datacenters = [...new Set(state.nodes.map((node) => node.datacenter))];
  const needed = replicasNeeded(consistency, replication, coordinator.datacenter);
  const counts = (node: ClusterNode): boolean =>
    !isLocal(consistency) || node.datacenter === coordinator.datacenter;
  return (token) => {
    const replicas = datacenters.flatMap((name) => ring.owners(token, name)).filter(isLive);
    return needed === 0 || replicas.filter(counts).length < needed ? undefined : { replicas, counts, needed };
  };
}

function isLocal(consistency: Consistency): boolean {
  return consistency === 'LOCAL_ONE' || consistency === 'LOCAL_QUORUM';
}

/** 0 when the consistency cannot be reached at all. */
function replicasNeeded(consistency: Consistency, replication: Replication, datacenter: string): number {
  switch (consistency) {
    case 'ONE':
    case 'LOCAL_ONE':
      return 1;
    case 'TWO':
      return 2;
    case 'THREE':
      return 3;
    case 'ALL':
      return wholeFactor(replication);
    case 'QUORUM':
      return majority(wholeFactor(replication));
    case 'LOCAL_QUORUM': {
      // A strategy that knows no datacenters has one factor for all of them.
      if (replication.strategy !== 'NetworkTopologyStrategy') return majority(wholeFactor(replication));
      return majority(replication.factors.get(datacenter) ?? 0);
    }
  }
}

function majority(factor: number): number {
  return factor === 0 ? 0 : Math.floor(factor / 2) + 1;
}

function wholeFactor(replication: Replication): number {
  if (replication.strategy === 'SimpleStrategy') return replication.factor;
  if (replication.strategy === 'other') return 1;
  return [...replication.factors.values()].reduce((sum, factor) => sum + factor, 0);
}
