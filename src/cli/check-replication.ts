import type { Consistency } from '../core/ports.ts';
import type { TableSettings } from '../core/reads/settings.ts';
import type { ClusterNode, Replication } from '../core/topology/cluster-state.ts';
import { type Finding, failed, warning } from './finding.ts';

/** A table as one application reads it; the nearest datacenter first. */
export interface TableReader {
  readonly name: string;
  readonly application: string;
  readonly datacenters: readonly string[];
}

/** Whether the keyspace has replicas where it is read. Nothing when all is well. */
export function checkReplication(
  { name, application, datacenters }: TableReader,
  replication: Replication,
  nodes: readonly ClusterNode[],
): readonly Finding[] {
  if (replication.strategy === 'other') {
    return [
      failed(
        `${name}: who owns its rows cannot be known under ${replication.name}`,
        'use NetworkTopologyStrategy for its keyspace',
      ),
    ];
  }
  if (replication.strategy === 'SimpleStrategy') {
    if (new Set(nodes.map(({ datacenter }) => datacenter)).size < 2) return [];
    return [
      warning(
        `${name}: SimpleStrategy knows no datacenters, and this cluster has several`,
        'use NetworkTopologyStrategy for its keyspace',
      ),
    ];
  }
  const without = datacenters.filter((datacenter) => (replication.factors.get(datacenter) ?? 0) === 0);
  if (without.length === 0) return [];
  const todo = `replicate the keyspace there, or have the class of ${application} read from ${[...replication.factors.keys()].join(', ')}`;
  if (without.length === datacenters.length) {
    return [failed(`${name}: it has no replica where ${application} reads (${without.join(', ')})`, todo)];
  }
  return [
    warning(`${name}: it has no replica in ${without.join(', ')}, where ${application} may read`, todo),
  ];
}

/** Whether each allowed consistency can be reached with every node up. Nothing when all can. */
export function checkConsistencies(
  { name, datacenters }: TableReader,
  { allowedConsistencies, defaultConsistency }: TableSettings,
  replication: Replication,
  nodes: readonly ClusterNode[],
): readonly Finding[] {
  const countNodes = (datacenter: string): number =>
    nodes.filter((node) => node.datacenter === datacenter).length;
  const replicas = replicasOf(replication, countNodes);
  const local = datacenters.find((datacenter) => (replicas.get(datacenter)?.live ?? 0) > 0);
  if (local === undefined) return [];
  const own = replicas.get(local) ?? nobody;
  const all = [...replicas.values()].reduce(
    (sum, { factor, live }) => ({ factor: sum.factor + factor, live: sum.live + live }),
    nobody,
  );
  return allowedConsistencies.flatMap((consistency) => {
    const { wanted, there } = needOf(consistency, own, all);
    if (wanted <= there) return [];
    const what = `${name}: ${consistency} wants ${wanted} replicas, and there are at most ${there}`;
    const todo = `raise the replication factor, or remove ${consistency} from tables.${name}.consistency`;
    return [consistency === defaultConsistency ? failed(what, todo) : warning(what, todo)];
  });
}

interface Replicas {
  /** As the keyspace has it: quorums are counted from it. */
  readonly factor: number;
  /** As many as there are nodes for. */
  readonly live: number;
}

const nobody: Replicas = { factor: 0, live: 0 };

function replicasOf(
  replication: Replication,
  countNodes: (datacenter: string) => number,
): ReadonlyMap<string, Replicas> {
  if (replication.strategy !== 'NetworkTopologyStrategy') return new Map();
  return new Map(
    [...replication.factors].map(([datacenter, factor]) => [
      datacenter,
      { factor, live: Math.min(factor, countNodes(datacenter)) },
    ]),
  );
}

function needOf(
  consistency: Consistency,
  own: Replicas,
  all: Replicas,
): { readonly wanted: number; readonly there: number } {
  switch (consistency) {
    case 'LOCAL_ONE':
      return { wanted: 1, there: own.live };
    case 'LOCAL_QUORUM':
      return { wanted: quorumOf(own.factor), there: own.live };
    case 'ONE':
      return { wanted: 1, there: all.live };
    case 'TWO':
      return { wanted: 2, there: all.live };
    case 'THREE':
      return { wanted: 3, there: all.live };
    case 'QUORUM':
      return { wanted: quorumOf(all.factor), there: all.live };
    case 'ALL':
      return { wanted: all.factor, there: all.live };
  }
}

function quorumOf(factor: number): number {
  return Math.floor(factor / 2) + 1;
}
