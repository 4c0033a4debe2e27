import type { Config } from '../config/config.ts';
import type { TopologyView } from '../core/administration.ts';
import type { Cluster } from '../core/ports.ts';
import type { ReadPath } from '../core/reads/read-path.ts';
import type { ClusterNode, ClusterState, Replication } from '../core/topology/cluster-state.ts';
import { distanceBetween, regionsOf } from '../core/topology/distance.ts';
import { lintTopology } from '../core/topology/lint.ts';
import type { Topology } from '../core/topology/topology.ts';

/** The cluster as this instance sees it now. */
export function viewTopology(config: Config, cluster: Cluster, path: ReadPath, lint: Lint): TopologyView {
  const state = cluster.state();
  const messages = path.inFlight.messages();
  const own = config.cassandra.datacenter;
  const names = [...new Set(state.nodes.map((node) => node.datacenter))].sort();
  const describeNode = (node: ClusterNode) => ({
    address: node.address,
    rack: node.rack,
    up: cluster.isConnectedTo(node.datacenter) ? cluster.isUp(node) : null,
    inFlight: messages.get(node.id) ?? 0,
    tokens: node.tokens.length,
  });
  return {
    ringEpoch: path.rings.epoch(),
    ownDatacenter: own,
    ownRack: config.cassandra.rack ?? null,
    datacenters: names.map((name) => ({
      name,
      region: config.topology === undefined ? null : (regionsOf(config.topology, name)[0] ?? null),
      distance: config.topology === undefined ? null : distanceBetween(config.topology, own, name),
      nodes: state.nodes.filter((node) => node.datacenter === name).map(describeNode),
    })),
    keyspaces: [...state.keyspaces]
      .map(([name, replication]) => ({ name, replication: describeReplication(replication) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    classes: [...readOrders(config)].map(([name, datacenters]) => ({ name, datacenters })),
    lint: lint(config.topology, state),
  };
}

/** What a topology file and the cluster do not agree on; empty without a file. */
export type Lint = (topology: Topology | undefined, state: ClusterState) => readonly string[];

/** Remembers its last answer: readiness asks each time, and both are the same objects until something changes. */
export function createLint(): Lint {
  let last: { readonly topology: Topology; readonly state: ClusterState; readonly found: readonly string[] };
  return (topology, state) => {
    // Before the first contact everything would be missing.
    if (topology === undefined || state.nodes.length === 0) return [];
    if (last?.topology !== topology || last.state !== state) {
      last = { topology, state, found: lintTopology(topology, state) };
    }
    return last.found;
  };
}

/** By class, where its applications read: nearest first. */
function readOrders(config: Config): ReadonlyMap<string, readonly string[]> {
  return new Map(
    config.applications.map(({ application }) => [application.className, application.datacenters]),
  );
}

function describeReplication(replication: Replication): string {
  if (replication.strategy === 'other') return replication.name;
  if (replication.strategy === 'SimpleStrategy') return `SimpleStrategy ${replication.factor}`;
  const factors = [...replication.factors].map(([datacenter, factor]) => `${datacenter} ${factor}`);
  return `NetworkTopologyStrategy ${factors.join(', ')}`;
}
