import type { Config } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import { classOrders } from './class-orders.ts';
import { type Finding, ok, warning } from './finding.ts';

/**
 * What a configuration without faults says, and what is odd about it. Asks nobody. Where classes read is left out
 * where the cluster is asked too, which tells more of it.
 */
export async function checkConfigured(
  loaded: LoadedConfig,
  { withClasses }: { readonly withClasses: boolean },
): Promise<readonly Finding[]> {
  const { config, settings } = loaded;
  return [
    ok(describeApplications(config)),
    ok(describeCluster(config)),
    ...(withClasses ? classFindings(loaded) : []),
    ...silentApplications(config),
    ...idleTables(settings.tables ?? {}, config),
    ...trust(config),
    ...(await topologyFindings(config)),
  ];
}

function classFindings(loaded: LoadedConfig): readonly Finding[] {
  return classOrders(loaded).map(({ name, datacenters }) =>
    ok(`class ${name} reads from ${datacenters.join(', then ')}`),
  );
}

function describeApplications({ applications, authentication }: Config): string {
  const tables = new Set(applications.flatMap(({ application }) => [...application.grants.keys()]));
  const names = applications.map(({ application }) => application.name).join(', ');
  return `the file is right: ${tables.size} ${tables.size === 1 ? 'table' : 'tables'} for ${names}; callers are known by ${
    authentication.mode === 'keys' ? 'keys' : 'X-Weir-App from trusted proxies'
  }`;
}

function describeCluster({ cassandra }: Config): string {
  if (cassandra.kind === 'embedded') return 'the cluster is the embedded ring, in memory';
  return `the cluster is learnt from ${cassandra.contactPoints.join(', ')}; this instance stands in ${cassandra.datacenter}`;
}

function silentApplications({ applications, authentication }: Config): readonly Finding[] {
  if (authentication.mode !== 'keys') return [];
  return applications
    .filter(({ keyHashes }) => keyHashes.length === 0)
    .map(({ application: { name } }) =>
      warning(
        `nobody can be ${name}: it has no keyHashes`,
        `weir key new, and its hash into applications.${name}.keyHashes`,
      ),
    );
}

function idleTables(tables: Readonly<Record<string, unknown>>, { applications }: Config): readonly Finding[] {
  const granted = new Set(applications.flatMap(({ application }) => [...application.grants.keys()]));
  return Object.keys(tables)
    .filter((name) => !granted.has(name))
    .map((name) =>
      warning(
        `tables.${name} has settings, and nothing is granted on it`,
        'remove it, or grant it to an application',
      ),
    );
}

function trust({ cassandra, admin }: Config): readonly Finding[] {
  const findings: Finding[] = [];
  if (cassandra.kind === 'contact-points' && cassandra.tls?.verify === false) {
    findings.push(
      warning(
        'cassandra.tls.verify is off: anyone on the way can be Cassandra',
        'give its authority in cassandra.tls.caFile',
      ),
    );
  }
  if (cassandra.kind === 'contact-points' && cassandra.login !== undefined && cassandra.tls === undefined) {
    findings.push(
      warning(
        'the password goes to Cassandra without TLS',
        'set cassandra.tls, unless the network is your own',
      ),
    );
  }
  if (admin.keyHashes.operator.length === 0) {
    findings.push(ok('nobody may change anything through the admin port: admin.keyHashes.operator is empty'));
  }
  return findings;
}

async function topologyFindings({ topology }: Config): Promise<readonly Finding[]> {
  if (topology === undefined) return [];
  const { lintTopology } = await import('../core/topology/lint.ts');
  const datacenters = new Set(topology.entries.map(({ datacenter }) => datacenter));
  return [
    ok(`the topology file has ${topology.entries.length} nodes in ${datacenters.size} datacenters`),
    ...lintTopology(topology, { nodes: [], keyspaces: new Map() }).map((what) =>
      warning(`topology: ${what}`, 'correct the topology file'),
    ),
  ];
}
