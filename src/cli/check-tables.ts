import type { Config } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import { nearestName } from '../config/nearest-name.ts';
import type { TableSchema } from '../core/encoding/table-schema.ts';
import { ReplicaError } from '../core/errors.ts';
import type { Cluster } from '../core/ports.ts';
import { defaultTableSettings } from '../core/reads/settings.ts';
import { checkConsistencies, checkReplication } from './check-replication.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

interface Granted {
  readonly application: string;
  readonly datacenters: readonly string[];
  /** Undefined: all. */
  readonly columns: ReadonlySet<string> | undefined;
}

/** Every table that is granted: that it is there, with the columns granted, and replicated where it is read. */
export async function checkTables({ config }: LoadedConfig, cluster: Cluster): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [name, grants] of grantsByTable(config)) {
    findings.push(...(await checkTable(name, grants, config, cluster)));
  }
  return findings;
}

function grantsByTable({ applications }: Config): ReadonlyMap<string, readonly Granted[]> {
  const tables = new Map<string, Granted[]>();
  for (const { application } of applications) {
    for (const [name, { columns }] of application.grants) {
      const granted = { application: application.name, datacenters: application.datacenters, columns };
      tables.set(name, [...(tables.get(name) ?? []), granted]);
    }
  }
  return tables;
}

async function checkTable(
  name: string,
  grants: readonly Granted[],
  config: Config,
  cluster: Cluster,
): Promise<readonly Finding[]> {
  const [keyspace = '', table = ''] = name.split('.', 2);
  const { nodes, keyspaces } = cluster.state();
  const replication = keyspaces.get(keyspace);
  if (replication === undefined) {
    const nearest = nearestName(keyspace, [...keyspaces.keys()]);
    return [
      failed(`${name}: there is no keyspace ${keyspace}`, hint('create it, or correct the grant', nearest)),
    ];
  }
  let schema: TableSchema | undefined;
  try {
    schema = await cluster.table(keyspace, table);
  } catch (error) {
    if (!(error instanceof ReplicaError)) throw error;
    return [
      failed(
        `${name}: its schema could not be read (${error.kind})`,
        'try again; see the log of Cassandra if it stays',
      ),
    ];
  }
  if (schema === undefined) {
    return [
      failed(
        `${name}: there is no such table in ${keyspace}`,
        'create it, or correct the grant; names are exact, upper and lower case count',
      ),
    ];
  }
  const settings = config.tables.get(name) ?? defaultTableSettings;
  const findings = [
    ...grants.flatMap((granted) => checkColumns(name, granted, schema)),
    ...unsupportedColumns(name, grants, schema),
    ...grants.flatMap(({ application, datacenters }) => [
      ...checkReplication({ name, application, datacenters }, replication, nodes),
      ...checkConsistencies({ name, application, datacenters }, settings, replication, nodes),
    ]),
  ];
  const distinct = [...new Map(findings.map((finding) => [finding.what, finding])).values()];
  return distinct.length > 0
    ? distinct
    : [ok(`${name} is there, with ${schema.columns.length} columns, and replicated where it is read`)];
}

function checkColumns(
  name: string,
  { application, columns }: Granted,
  schema: TableSchema,
): readonly Finding[] {
  const known = schema.columns.map((column) => column.name);
  return [...(columns ?? [])]
    .filter((column) => !known.includes(column))
    .map((column) =>
      failed(
        `${name}: ${application} is granted the column ${column}, which is not there`,
        hint('correct the grant', nearestName(column, known)),
      ),
    );
}

function unsupportedColumns(
  name: string,
  grants: readonly Granted[],
  schema: TableSchema,
): readonly Finding[] {
  const seen = (column: string): boolean =>
    grants.some(({ columns }) => columns === undefined || columns.has(column));
  const left = schema.columns.filter((column) => column.type.kind === 'unsupported' && seen(column.name));
  const keys = [...schema.partitionKey, ...schema.clusteringKey].filter(
    (column) => column.type.kind === 'unsupported',
  );
  if (keys.length > 0) {
    const types = keys.map((column) => `${column.name} (${column.cqlType})`).join(', ');
    return [
      failed(
        `${name}: no key can be given, since Weir carries no ${types}`,
        'this table cannot be read through Weir',
      ),
    ];
  }
  if (left.length === 0) return [];
  const told = left.map((column) => `${column.name} (${column.cqlType})`).join(', ');
  return [
    warning(
      `${name}: Weir carries no values of ${told}; look-ups leave them out`,
      'grant the other columns by name, and look-ups no longer warn',
    ),
  ];
}

function hint(todo: string, nearest: string | undefined): string {
  return nearest === undefined ? todo : `${todo}; did you mean ${nearest}?`;
}
