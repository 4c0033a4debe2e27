import { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import {
  type CassandraCluster,
  createCassandraCluster,
} from '../../src/adapters/cassandra/cassandra-cluster.ts';
import { systemClock } from '../../src/adapters/node/clock.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import { parseCqlType, type UserTypes } from '../../src/core/encoding/cql-type-parser.ts';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import { bytesFromValue } from '../../src/core/encoding/value-bytes.ts';
import type { ClusterNode, Replication } from '../../src/core/topology/cluster-state.ts';
import type { RunningNode } from '../../topology/launcher/provider.ts';
import type {
  ClusterFixture,
  ColumnDefinition,
  TableDefinition,
  TypeDefinition,
} from '../contract/cluster-fixture.ts';
import { userTypesOf } from './embedded-fixture.ts';
import { eventually } from './eventually.ts';
import type { TestCluster } from './real-cluster.ts';

/** The adapter on a running cluster, filled and changed through a driver of the fixture's own. */
export async function openCassandraFixture(running: TestCluster): Promise<ClusterFixture> {
  const cluster = await connectAdapter(running);
  const client = driverClient(running);
  await client.connect();
  const keyspaces: string[] = [];
  const userTypes: TypeDefinition[] = [];
  const run = async (text: string, parameters: readonly (Buffer | null)[]): Promise<void> => {
    await client.execute(text, [...parameters], { prepare: true });
  };
  // Changes and the look at what came of them go to one node: only it knows at once that there is a new version.
  const change = async (text: string): Promise<void> => {
    const near = client.hosts.values().filter((host) => host.datacenter === running.nodes()[0]?.datacenter);
    const host = near.find((each) => each.isUp());
    if (host === undefined) throw new Error('no node of the first datacenter is up');
    await client.execute(text, [], { host });
    await eventually('the nodes agree on the schema', () => agreeOnSchema(client, host));
  };
  return {
    cluster,
    createKeyspace: async (name, replication) => {
      await change(`CREATE KEYSPACE ${quoted(name)} WITH replication = ${replicationText(replication)}`);
      keyspaces.push(name);
    },
    alterKeyspace: (name, replication) =>
      change(`ALTER KEYSPACE ${quoted(name)} WITH replication = ${replicationText(replication)}`),
    createType: (type) => {
      userTypes.push(type);
      return change(
        `CREATE TYPE ${quoted(type.keyspace)}.${quoted(type.name)} (${type.fields.map(columnText).join(', ')})`,
      );
    },
    createTable: (table) => change(createTableText(table)),
    insert: async (table, row) => {
      const types = new Map(columnsOf(table).map((column) => [column.name, column.type]));
      const known = userTypesOf(table.keyspace, userTypes);
      const names = row.map(([name]) => quoted(name)).join(', ');
      const marks = row.map(() => '?').join(', ');
      await run(
        `INSERT INTO ${tableName(table)} (${names}) VALUES (${marks})`,
        row.map(([name, value]) => boundBytes(types.get(name), value, known)),
      );
    },
    addColumn: (table, column) => change(`ALTER TABLE ${tableName(table)} ADD ${columnText(column)}`),
    stopNode: (node) => running.kill(runningNode(running, node).name),
    startNode: (node) => running.start(runningNode(running, node).name),
    freezeNode: (node) => running.pause(runningNode(running, node).name),
    thawNode: (node) => running.resume(runningNode(running, node).name),
    close: async () => {
      await cluster.close();
      for (const name of keyspaces) await change(`DROP KEYSPACE IF EXISTS ${quoted(name)}`);
      await client.shutdown();
    },
  };
}

/** The adapter alone, connected to every datacenter of the running cluster. */
export async function connectAdapter(running: TestCluster): Promise<CassandraCluster> {
  const nodes = running.nodes();
  const datacenters = [...new Set(nodes.map((node) => node.datacenter))];
  const cluster = createCassandraCluster({
    contactPoints: nodes.slice(0, 3).map(({ address, port }) => `${address}:${port}`),
    datacenters,
    localDatacenter: datacenters[0] ?? '',
    clock: systemClock,
    text: nodeText,
    refreshIntervalMs: 500,
  });
  await eventually('the cluster is ready', () => cluster.ready().ready || undefined);
  return cluster;
}

/** Asks any node of the first datacenter, and waits for every replica. */
function driverClient(running: TestCluster): cassandra.Client {
  const [first] = running.nodes();
  return new cassandra.Client({
    contactPoints: [`${first?.address}:${first?.port}`],
    localDataCenter: first?.datacenter ?? '',
    // The driver looks for agreement twice a second; the fixture looks oftener.
    protocolOptions: { maxVersion: 4, maxSchemaAgreementWaitSeconds: 0 },
    queryOptions: { consistency: cassandra.types.consistencies.all, fetchSize: 0 },
    socketOptions: { readTimeout: 30_000 },
  });
}

async function agreeOnSchema(client: cassandra.Client, host: cassandra.Host): Promise<true | undefined> {
  const consistency = cassandra.types.consistencies.one;
  const results = await Promise.all(
    ['system.local', 'system.peers'].map((table) =>
      client.execute(`SELECT schema_version FROM ${table}`, [], { consistency, host }),
    ),
  );
  const versions = results.flatMap((result) => result.rows.map((row) => String(row.get('schema_version'))));
  return new Set(versions).size === 1 || undefined;
}

function runningNode(running: TestCluster, node: ClusterNode): RunningNode {
  const found = running.nodes().find(({ address, port }) => `${address}:${port}` === node.address);
  if (found === undefined) throw new Error(`the launcher has no node at ${node.address}`);
  return found;
}

function boundBytes(type: string | undefined, value: CqlValue, userTypes: UserTypes): Buffer | null {
  if (type === undefined) throw new Error('the table has no such column');
  return value === null ? null : Buffer.from(bytesFromValue(parseCqlType(type, userTypes), value, nodeText));
}

function createTableText(table: TableDefinition): string {
  const { partitionKey, clusteringKey = [] } = table;
  const columns = columnsOf(table).map(columnText).join(', ');
  const partition = partitionKey.map((column) => quoted(column.name)).join(', ');
  const clustering = clusteringKey.map((column) => `, ${quoted(column.name)}`).join('');
  const order = clusteringKey.map((column) => `${quoted(column.name)} ${column.descending ? 'DESC' : 'ASC'}`);
  const options = order.length === 0 ? '' : ` WITH CLUSTERING ORDER BY (${order.join(', ')})`;
  return `CREATE TABLE ${tableName(table)} (${columns}, PRIMARY KEY ((${partition})${clustering}))${options}`;
}

function columnsOf(table: TableDefinition): readonly ColumnDefinition[] {
  return [...table.partitionKey, ...(table.clusteringKey ?? []), ...(table.columns ?? [])];
}

function columnText(column: ColumnDefinition): string {
  return `${quoted(column.name)} ${column.type}`;
}

function replicationText(replication: Replication): string {
  switch (replication.strategy) {
    case 'SimpleStrategy':
      return `{'class': 'SimpleStrategy', 'replication_factor': ${replication.factor}}`;
    case 'NetworkTopologyStrategy': {
      const factors = [...replication.factors].map(([datacenter, factor]) => `, '${datacenter}': ${factor}`);
      return `{'class': 'NetworkTopologyStrategy'${factors.join('')}}`;
    }
    case 'other':
      throw new Error(`keyspaces of ${replication.name} are not made here`);
  }
}

function tableName(table: TableDefinition): string {
  return `${quoted(table.keyspace)}.${quoted(table.name)}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
