import type { OpenCluster } from '../compose/open-cluster.ts';
import type { LoadedConfig } from '../config/load.ts';
import { nearestName } from '../config/nearest-name.ts';
import type { Cluster } from '../core/ports.ts';
import type { ClusterNode } from '../core/topology/cluster-state.ts';
import { lintTopology } from '../core/topology/lint.ts';
import { checkTables } from './check-tables.ts';
import { classOrders } from './class-orders.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** Whether the cluster has what the configuration speaks of. Reads the shape of the cluster and its schema, no row. */
export async function checkLive(
  loaded: LoadedConfig,
  open: OpenCluster,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const { config } = loaded;
  const { cluster } = open;
  if (!(await open.whenReady(timeoutMs))) {
    const { reason } = open.condition();
    return [failed(`the cluster cannot be read from: ${reason}`, remedyOf(reason))];
  }
  const { nodes } = cluster.state();
  const datacenters = [...new Set(nodes.map(({ datacenter }) => datacenter))].sort();
  return [
    ok(`the cluster was reached: ${nodes.length} nodes in ${datacenters.join(', ')}, Murmur3 tokens`),
    ...checkOwnPlace(loaded, nodes),
    ...checkClasses(loaded, cluster),
    ...(await checkTables(loaded, cluster)),
    ...(config.topology === undefined ? [] : checkTopology(lintTopology(config.topology, cluster.state()))),
  ];
}

function remedyOf(reason: string): string {
  if (reason.includes('credentials')) return 'check cassandra.username and what is in cassandra.passwordFile';
  if (/certificate|TLS/.test(reason)) return 'check cassandra.tls';
  if (reason.includes('has no node in')) return 'check cassandra.datacenter and the datacenters of classes';
  if (reason.includes('partitioner')) return 'Weir reads only clusters of the Murmur3Partitioner';
  return 'check cassandra.contactPoints, and that this machine reaches their port';
}

function checkOwnPlace({ config }: LoadedConfig, nodes: readonly ClusterNode[]): readonly Finding[] {
  const { datacenter, rack } = config.cassandra;
  const own = nodes.filter((node) => node.datacenter === datacenter);
  if (own.length === 0) {
    const known = [...new Set(nodes.map((node) => node.datacenter))];
    return [
      failed(`cassandra.datacenter: the cluster has no datacenter ${datacenter}`, suggest(datacenter, known)),
    ];
  }
  const racks = [...new Set(own.map((node) => node.rack))].sort();
  if (rack === undefined || racks.includes(rack)) return [];
  return [warning(`cassandra.rack: ${datacenter} has no rack ${rack}`, suggest(rack, racks))];
}

/** A class without any node cannot be served; a fallback that is not there is a fault of the file all the same. */
function checkClasses(loaded: LoadedConfig, cluster: Cluster): readonly Finding[] {
  const { nodes } = cluster.state();
  const known = [...new Set(nodes.map(({ datacenter }) => datacenter))];
  const used = new Set(loaded.config.applications.map(({ application }) => application.className));
  return classOrders(loaded).flatMap(({ name, datacenters }) => {
    const missing = datacenters.filter((datacenter) => !known.includes(datacenter));
    const findings = missing.map((datacenter) =>
      failed(`class ${name}: the cluster has no datacenter ${datacenter}`, suggest(datacenter, known)),
    );
    // To datacenters that no application reads from there is no connection, so that none of their nodes seems up.
    if (!used.has(name)) {
      const unused = ok(`class ${name} reads from ${datacenters.join(', then ')}; no application uses it`);
      return findings.length > 0 ? findings : [unused];
    }
    const counts = datacenters
      .filter((datacenter) => known.includes(datacenter))
      .map((datacenter) => {
        const members = nodes.filter((node) => node.datacenter === datacenter);
        return { datacenter, all: members.length, up: members.filter((node) => cluster.isUp(node)).length };
      });
    return [...findings, ...(counts.length > 0 ? [describeClass(name, counts)] : [])];
  });
}

function describeClass(
  name: string,
  counts: readonly { readonly datacenter: string; readonly all: number; readonly up: number }[],
): Finding {
  const told = counts
    .map(({ datacenter, all, up }) => `${datacenter} (${up} of ${all} nodes up)`)
    .join(', then ');
  const what = `class ${name} reads from ${told}`;
  if (counts.every(({ up }) => up === 0))
    return failed(what, 'no node of the class is up: look after its datacenters');
  if (counts.some(({ all, up }) => up < all)) return warning(what, 'look after the nodes that are down');
  return ok(what);
}

function suggest(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const there = `there are ${[...known].sort().join(', ')}`;
  return nearest === undefined ? there : `${there}; did you mean ${nearest}?`;
}

function checkTopology(findings: readonly string[]): readonly Finding[] {
  if (findings.length === 0) return [ok('the topology file and the cluster agree')];
  return findings.map((what) =>
    warning(`topology: ${what}`, 'correct the topology file, or wait until the cluster has changed'),
  );
}
