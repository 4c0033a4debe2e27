import { Client, types } from 'cassandra-driver';
import { ClusterDirectory, defaultClustersDirectory } from '../topology/launcher/cluster-directory.ts';
import { prepareInstallation } from '../topology/launcher/installation.ts';
import { nodeClient } from '../topology/launcher/node-client.ts';
import { runNodeTool } from '../topology/launcher/node-tool.ts';
import type { RunningCluster, RunningNode } from '../topology/launcher/provider.ts';
import { datacenter, nodesUnderTest, replicationFactor } from './bench-cluster.ts';
import { runClosedLoop } from './closed-loop.ts';
import { itemCount, itemKey, itemOf, keyspace, table } from './dataset.ts';
import { driverOptions } from './driver-options.ts';

type Report = (line: string) => void;

/** More would overrun the replicas of a small machine at consistency ALL. */
const writesInFlight = 24;
const settleTimeoutMs = 300_000;

const schema = [
  `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ` +
    `{'class': 'NetworkTopologyStrategy', '${datacenter}': ${replicationFactor}}`,
  `CREATE TABLE IF NOT EXISTS ${keyspace}.${table} ` +
    '(id text PRIMARY KEY, title text, body text, price decimal, stock int)',
  `CREATE TABLE IF NOT EXISTS ${keyspace}.fills (name text PRIMARY KEY, rows int)`,
];

/** Sees to it that every replica has every row, on disk and with nothing left to compact. */
export async function fillCluster(cluster: RunningCluster, report: Report): Promise<void> {
  const client = new Client(driverOptions(cluster));
  try {
    await client.connect();
    for (const statement of schema) await client.execute(statement);
    if (await isFilled(client)) {
      report(`${keyspace}.${table} is filled already`);
      return;
    }
    report(`writing ${itemCount} rows at consistency ALL`);
    await writeItems(client);
    await settle(cluster, report);
    // Last, so that an interrupted attempt is repeated.
    const mark = `INSERT INTO ${keyspace}.fills (name, rows) VALUES (?, ?)`;
    await client.execute(mark, [table, itemCount], atAll);
  } finally {
    await client.shutdown();
  }
}

const atAll = { prepare: true, isIdempotent: true, consistency: types.consistencies.all };

async function isFilled(client: Client): Promise<boolean> {
  const query = `SELECT rows FROM ${keyspace}.fills WHERE name = ?`;
  const { rows } = await client.execute(query, [table], atAll);
  return rows[0]?.['rows'] === itemCount;
}

async function writeItems(client: Client): Promise<void> {
  const insert = `INSERT INTO ${keyspace}.${table} (id, title, body, price, stock) VALUES (?, ?, ?, ?, ?)`;
  await runClosedLoop({ count: itemCount, inFlight: writesInFlight }, async (index) => {
    const { id, title, body, price, stock } = itemOf(itemKey(index));
    const values = [id, title, body, types.BigDecimal.fromString(price), stock];
    await client.execute(insert, values, atAll);
  });
}

async function settle(cluster: RunningCluster, report: Report): Promise<void> {
  report('flushing the nodes and waiting for their compactions');
  const installation = await prepareInstallation(report);
  const { nodes } = new ClusterDirectory(defaultClustersDirectory, cluster.name).require();
  for (const { jmxPort } of nodes) await runNodeTool(installation, jmxPort, ['flush', keyspace]);
  for (const node of nodesUnderTest(cluster)) await waitForCompactions(node);
}

async function waitForCompactions(node: RunningNode): Promise<void> {
  const client = nodeClient(node);
  const giveUpAtMs = performance.now() + settleTimeoutMs;
  try {
    await client.connect();
    while ((await client.execute('SELECT task_id FROM system_views.sstable_tasks')).rowLength > 0) {
      if (performance.now() > giveUpAtMs) throw new Error(`${node.name} does not stop compacting`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  } finally {
    await client.shutdown();
  }
}
