import type { ClusterNode, ClusterState } from './cluster-state.ts';
import { regionsOf } from './distance.ts';
import { addressWithoutPort } from './node-address.ts';
import type { Topology, TopologyEntry } from './topology.ts';

const maxFindings = 200;

/**
 * What the file and the live cluster do not agree on, and what is odd in either, one sentence each; at most 200 and
 * a word on how many more. Before the first contact with the cluster only the file is looked at.
 */
export function lintTopology(topology: Topology, state: ClusterState): readonly string[] {
  const findings = [
    ...spreadDatacenters(topology),
    ...(state.nodes.length === 0 ? [] : [...compareNodes(topology, state), ...scarceRacks(state)]),
  ];
  if (findings.length <= maxFindings) return findings;
  return [...findings.slice(0, maxFindings), `and ${findings.length - maxFindings} more`];
}

function spreadDatacenters(topology: Topology): readonly string[] {
  const datacenters = new Set(topology.entries.map(({ datacenter }) => datacenter));
  return [...datacenters].flatMap((datacenter) => {
    const regions = regionsOf(topology, datacenter);
    if (regions.length < 2) return [];
    return [
      `datacenter ${datacenter} spans the regions ${regions.join(', ')}; its nodes are not equally near`,
    ];
  });
}

function compareNodes(topology: Topology, state: ClusterState): readonly string[] {
  const listed = new Map<string, TopologyEntry>();
  for (const entry of topology.entries) {
    listed.set(entry.publicAddress, entry);
    listed.set(entry.privateAddress, entry);
  }
  const met = new Set<TopologyEntry>();
  const findings: string[] = [];
  for (const node of state.nodes) {
    const entry = listed.get(addressWithoutPort(node.address));
    if (entry === undefined) {
      findings.push(
        `${node.address} (${node.datacenter}, ${node.rack}) is in the cluster and not in the file`,
      );
      continue;
    }
    met.add(entry);
    findings.push(...compareNode(entry, node));
  }
  for (const entry of topology.entries) {
    if (met.has(entry)) continue;
    const { line, publicAddress, datacenter } = entry;
    findings.push(`line ${line}: ${publicAddress} (${datacenter}) is in the file and not in the cluster`);
  }
  return findings;
}

function compareNode(entry: TopologyEntry, node: ClusterNode): readonly string[] {
  return (['datacenter', 'rack'] as const).flatMap((part) => {
    if (entry[part] === node[part]) return [];
    const { line, publicAddress } = entry;
    return [
      `line ${line}: ${publicAddress} is in ${part} ${entry[part]} by the file, ${node[part]} by the cluster`,
    ];
  });
}

/** With fewer racks than replicas, losing one rack loses more than one replica of some rows. */
function scarceRacks(state: ClusterState): readonly string[] {
  const racks = new Map<string, Set<string>>();
  for (const { datacenter, rack } of state.nodes) {
    racks.set(datacenter, (racks.get(datacenter) ?? new Set()).add(rack));
  }
  return [...state.keyspaces].flatMap(([keyspace, replication]) => {
    if (replication.strategy !== 'NetworkTopologyStrategy') return [];
    return [...replication.factors].flatMap(([datacenter, factor]) => {
      const count = racks.get(datacenter)?.size ?? 0;
      // One rack is how a datacenter without racks looks: replicas are placed as well as they can be.
      if (factor === 0 || count === 1 || count >= factor) return [];
      const has = count === 0 ? 'has no node' : `has ${count} racks`;
      return [`keyspace ${keyspace} has ${factor} replicas in datacenter ${datacenter}, which ${has}`];
    });
  });
}
