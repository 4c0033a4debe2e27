import type { Config } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import { checkLimits } from './check-limits.ts';
import { classOrders } from './class-orders.ts';
import { type Finding, ok, warning } from './finding.ts';

/**
 * What a configuration without faults says, and what is odd about it. Asks nobody. Where classes read is left out
 * where the cluster is asked too, which tells more of it. `command` is how the program is called in hints.
 */
export async function checkConfigured(
  loaded: LoadedConfig,
  { withClasses, command }: { readonly withClasses: boolean; readonly command: string },
): Promise<readonly Finding[]> {
  const { config, settings } = loaded;
  return [
    ok(describeApplications(config)),
    ok(describeCluster(config)),
    ...(withClasses ? classFindings(loaded) : []),
    ...checkLimits(config),
    ...silentApplications(config, command),
    ...unservedGrants(config),
    ...idleTables(settings.tables ?? {}, config),
    ...trust(config),
    ...(await exposure(config)),
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

function silentApplications({ applications, authentication }: Config, command: string): readonly Finding[] {
  if (authentication.mode !== 'keys') return [];
  return applications
    .filter(({ keyHashes }) => keyHashes.length === 0)
    .map(({ application: { name } }) =>
      warning(
        `nobody can be ${name}: it has no keyHashes`,
        `${command} key new, and its hash into applications.${name}.keyHashes`,
      ),
    );
}

/** Grants are kept for what is to come; until then nobody should rely on them. */
function unservedGrants({ applications }: Config): readonly Finding[] {
  return applications.flatMap(({ application: { name, grants } }) => {
    const granted = new Set([...grants.values()].flatMap(({ operations }) => [...operations]));
    return [...granted]
      .filter((operation) => operation !== 'read')
      .map((operation) =>
        warning(
          `${name} is granted ${operation}, which is not served by this version`,
          `the grant is good for permits; requests of other kinds than read are refused`,
        ),
      );
  });
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

/** What others on the network can read. */
async function exposure({ data, admin, authentication }: Config): Promise<readonly Finding[]> {
  const { isLoopback } = await import('../config/cross-checks.ts');
  const findings: Finding[] = [];
  if (!isLoopback(data.host) && authentication.mode === 'keys' && data.tls === undefined) {
    findings.push(
      warning(
        `credentials cross the network in clear: data.host is ${data.host}, and the port has no TLS`,
        'set data.tls, unless a proxy in front speaks TLS',
      ),
    );
  }
  if (!isLoopback(admin.host) && admin.metrics === 'open') {
    findings.push(
      warning(
        `whoever reaches the admin port can read its metrics: admin.host is ${admin.host}, and they need no key`,
        'set admin.metrics to viewer, or admin.host to 127.0.0.1',
      ),
    );
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
