import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { nearestName } from '../config/nearest-name.ts';
import type { TableSchema } from '../core/encoding/table-schema.ts';
import type { ClusterState } from '../core/topology/cluster-state.ts';
import { failure, usageError } from './cli-error.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { type ContactPlan, classesFor, classNameFor, type InitPlan } from './init-plan.ts';
import { writeInitText } from './init-text.ts';
import { printableText } from './printable-text.ts';

export interface DiscoveryRequest {
  /** Paths absolute. */
  readonly contact: Omit<ContactPlan, 'datacenter'>;
  readonly datacenter: string | undefined;
  readonly tables: readonly string[];
  readonly application: string;
  /** As they were given, for messages. */
  readonly givenFiles: GivenFiles;
  readonly timeoutMs: number;
}

export interface GivenFiles {
  readonly passwordFile?: string | undefined;
  readonly tlsCa?: string | undefined;
}

export interface Discovery {
  readonly datacenter: string;
  readonly classes: InitPlan['classes'];
  readonly className: string;
  /** In the order asked for. */
  readonly tables: readonly TableSchema[];
  /** What the reader should know before relying on it. */
  readonly notes: readonly string[];
}

/** Asks the cluster for its datacenters and tables. Throws a `CliError`. */
export async function discoverCluster(
  request: DiscoveryRequest,
  clusters: ClusterAccess,
): Promise<Discovery> {
  const { contact, datacenter, timeoutMs } = request;
  // Which datacenters there are is what is asked; the name stands only for one that is not known yet.
  const unknown: ContactPlan = { ...contact, datacenter: datacenter ?? 'unknown' };
  const surveyed = await clusters
    .survey(
      loadPlan(planFor(request, unknown, [unknown.datacenter], ['unknown.unknown']), request.givenFiles),
      timeoutMs,
    )
    .catch((error: unknown) => {
      throw failure(
        `the cluster was not reached: ${error instanceof Error ? error.message : 'no reason was given'}`,
      );
    });
  const datacenters = [...new Set(surveyed.nodes.map((node) => node.datacenter))].sort();
  const own = chooseDatacenter(datacenter, surveyed.contactDatacenters, datacenters);
  const names = chooseTables(
    request.tables,
    surveyed.tables.map(({ keyspace, table }) => `${keyspace}.${table}`),
  );
  const plan = planFor(request, { ...contact, datacenter: own }, datacenters, names);
  const { tables, state } = await readTables(loadPlan(plan, request.givenFiles), names, clusters, timeoutMs);
  return {
    datacenter: own,
    className: classNameFor(own),
    tables,
    ...keepReplicated(plan.classes, own, tables, state),
  };
}

function planFor(
  { application }: DiscoveryRequest,
  cassandra: ContactPlan,
  datacenters: readonly string[],
  tables: readonly string[],
): InitPlan {
  return {
    schemaPath: 'weir.schema.json',
    cassandra,
    classes: classesFor(datacenters, cassandra.datacenter),
    application: { name: application, className: classNameFor(cassandra.datacenter), tables },
    hash: undefined,
  };
}

/** What is connected with is what will be written. Throws a usage error that speaks of options. */
function loadPlan(plan: InitPlan, given: GivenFiles): Config {
  const folder = mkdtempSync(join(tmpdir(), 'weir-init-'));
  try {
    const file = join(folder, 'weir.yaml');
    writeFileSync(file, writeInitText(plan));
    return loadConfig({ file, env: {} });
  } catch (error) {
    throw error instanceof ConfigError ? usageError(optionFaults(error, given)) : error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The faults of a file that nobody has seen, told of what was given on the command line. */
function optionFaults({ issues }: ConfigError, { passwordFile, tlsCa }: GivenFiles): string {
  const options: readonly (readonly [setting: string, option: string])[] = [
    ['cassandra.tls.caFile', `--tls-ca ${tlsCa ?? ''}`],
    ['cassandra.passwordFile', `--password-file ${passwordFile ?? ''}`],
    ['cassandra.username', '--username'],
    ['cassandra.contactPoints', '--contact-point'],
    ['cassandra.datacenter', '--datacenter'],
    ['applications', '--application or --table'],
  ];
  return issues
    .map(({ path, what, why }) => {
      const setting = path.join('.');
      const option = options.find(([start]) => setting === start || setting.startsWith(`${start}.`))?.[1];
      const said = option === undefined ? what : `${option}${what.slice(setting.length)}`;
      return `${what.startsWith(setting) ? said : what} (${why})`;
    })
    .join('\n  ');
}

function chooseDatacenter(
  given: string | undefined,
  ofContactPoints: readonly string[],
  all: readonly string[],
): string {
  const known = all.map(printableText).join(', ');
  if (given !== undefined) {
    if (all.includes(given)) return given;
    const nearest = nearestName(given, all);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw failure(`--datacenter: the cluster has no datacenter ${given}, it has ${known}${hint}`);
  }
  const candidates = ofContactPoints.length > 0 ? ofContactPoints : all;
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return only;
  throw usageError(`where does this instance stand? give --datacenter, one of ${known}`);
}

const mostListed = 50;

function chooseTables(given: readonly string[], there: readonly string[]): readonly string[] {
  if (there.length === 0) throw failure('the cluster has no table yet: create one, then come again');
  if (given.length === 0) {
    if (there.length === 1) return there;
    const more = there.length > mostListed ? ` and ${there.length - mostListed} more` : '';
    const listed = there.slice(0, mostListed).join(', ');
    throw usageError(`which tables? give --table for each that is to be read; there are ${listed}${more}`);
  }
  for (const name of given) {
    if (there.includes(name)) continue;
    const nearest = nearestName(name, there);
    throw failure(
      `--table: the cluster has no table ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
    );
  }
  return [...new Set(given)];
}

async function readTables(
  config: Config,
  names: readonly string[],
  clusters: ClusterAccess,
  timeoutMs: number,
): Promise<{ readonly tables: readonly TableSchema[]; readonly state: ClusterState }> {
  const open = await clusters.open(config);
  try {
    if (!(await open.whenReady(timeoutMs)))
      throw failure(`the cluster was not reached: ${open.condition().reason}`);
    const tables: TableSchema[] = [];
    for (const name of names) {
      const [keyspace = '', table = ''] = name.split('.', 2);
      const schema = await open.cluster.table(keyspace, table);
      if (schema === undefined) throw failure(`--table: the cluster has no table ${name}`);
      tables.push(schema);
    }
    return { tables, state: open.cluster.state() };
  } finally {
    await open.close();
  }
}

/** A datacenter without replicas of any of the tables is nobody's fallback; the own one stays, with a word on it. */
function keepReplicated(
  classes: InitPlan['classes'],
  own: string,
  tables: readonly TableSchema[],
  { keyspaces }: ClusterState,
): Pick<Discovery, 'classes' | 'notes'> {
  const isReplicated = (datacenter: string, keyspace: string): boolean => {
    const replication = keyspaces.get(keyspace);
    return (
      replication?.strategy !== 'NetworkTopologyStrategy' || (replication.factors.get(datacenter) ?? 0) > 0
    );
  };
  const kept = classes.map(({ name, datacenters }) => ({
    name,
    datacenters: datacenters.filter(
      (datacenter) => datacenter === own || tables.some(({ keyspace }) => isReplicated(datacenter, keyspace)),
    ),
  }));
  const names = new Set(tables.map(({ keyspace }) => keyspace));
  const notes = [...names]
    .filter((keyspace) => !isReplicated(own, keyspace))
    .map(
      (keyspace) =>
        `keyspace ${keyspace} has no replica in ${own}: its rows come from fallbacks, if from anywhere`,
    );
  return { classes: kept.filter(({ datacenters }) => datacenters.length > 0), notes };
}
