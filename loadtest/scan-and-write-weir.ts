/** A Weir for batch jobs: who may do everything, nobody is limited, and nothing is cached. */
import type { RunningCluster } from '../topology/launcher/provider.ts';
import { datacenter, nodesUnderTest } from './bench-cluster.ts';
import { keyspace } from './dataset.ts';

export const jobHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'x-weir-app': 'bench',
  // What is slow counts as slow; it must not count as failed.
  'x-request-timeout-ms': '10000',
};

const contactPoints = 3;

/** The configuration file; `tables` are settings of tables of the benchmarks' keyspace, by name. */
export function jobSettings(
  cluster: RunningCluster,
  tables: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(tables).map((table) => `${keyspace}.${table}`);
  const grants = Object.fromEntries(names.map((name) => [name, ['read', 'scan', 'write']]));
  return {
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    auth: 'trusted',
    cassandra: {
      contactPoints: nodesUnderTest(cluster)
        .slice(0, contactPoints)
        .map(({ address, port }) => `${address}:${port}`),
      datacenter,
    },
    classes: { backend: { datacenters: [datacenter] } },
    applications: { bench: { class: 'backend', tables: grants } },
    tables: Object.fromEntries(
      Object.entries(tables).map(([table, settings]) => [`${keyspace}.${table}`, settings]),
    ),
  };
}
