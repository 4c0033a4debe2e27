import type { ClusterSpec } from './cluster-spec.ts';
import { LauncherError } from './launcher-error.ts';
import { type NodeAddress, nodeClient } from './node-client.ts';

/** Splits CQL into its statements; comments and string literals may hold semicolons. */
export function splitStatements(cql: string): readonly string[] {
  const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|;|[^'";/-]+|[\s\S]/g;
  const statements: string[] = [];
  let current = '';
  for (const [part] of cql.matchAll(token)) {
    if (part === ';') {
      statements.push(current.trim());
      current = '';
    } else if (!/^(--|\/\/|\/\*)/.test(part)) current += part;
  }
  statements.push(current.trim());
  return statements.filter((statement) => statement !== '');
}

/** The replicas that a statement wants in each datacenter by name; none unless it names NetworkTopologyStrategy. */
export function wantedReplicas(statement: string): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  const [, replication] =
    /\breplication\s*=\s*\{([^}]*NetworkTopologyStrategy[^}]*)\}/i.exec(statement) ?? [];
  for (const [, name, count] of replication?.matchAll(/'([^']+)'\s*:\s*'?(\d+)'?/g) ?? []) {
    if (name !== undefined && name !== 'replication_factor') wanted.set(name, Number(count));
  }
  return wanted;
}

/**
 * Throws when a keyspace wants more replicas than a datacenter has nodes: Cassandra would take the schema
 * and refuse the reads.
 */
export function checkSchemaFits(cql: string, spec: ClusterSpec): void {
  for (const statement of splitStatements(cql)) {
    for (const [name, replicas] of wantedReplicas(statement)) {
      const nodes = spec.datacenters.find((datacenter) => datacenter.name === name)?.nodes ?? 0;
      if (nodes < replicas) {
        throw new LauncherError(
          `the schema wants ${replicas} replicas in datacenter ${name}, which has ${nodes} nodes; ` +
            `start it with --dc ${name}=${replicas} or more, or give another --schema`,
        );
      }
    }
  }
}

/** Runs the statements one after another; the driver waits for the nodes' agreement after each. */
export async function applySchema(cql: string, node: NodeAddress): Promise<void> {
  const client = nodeClient(node, { readTimeoutMs: 30_000 });
  try {
    await client.connect();
    for (const statement of splitStatements(cql)) await client.execute(statement, [], { prepare: false });
  } finally {
    await client.shutdown();
  }
}
