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
import { atAll, writeAtAll } from './persistent-write.ts';

type Report = (line: string) => void;

/** More would overrun the replicas of a small machine at consistency ALL. */
const writesInFlight = 24;
const settleTimeoutMs = 300_000;

export const createKeyspace =
  `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ` +
  `{'class': 'NetworkTopologyStrategy', '${datacenter}': ${replicationFactor}}`;
const schema = [
  createKeyspace,
  `CREATE TABLE IF NOT EXISTS ${keyspace}.${table} ` +
    '(id text PRIMARY KEY, title text, body text, price decimal, stock int)',
  `CREATE TABLE IF NOT EXISTS ${keyspace}.fills (name text PRIMARY KEY, rows int, flushed boolean)`,
];

/**
 * Sees to it that every replica has every row: in its memtable, as freshly written rows are, or `flushed` to disk
 * with nothing left to compact. From disk a key costs a node more, whichever way it was asked for it.
 */
export async function fillCluster(cluster: RunningCluster, flushed: boolean, report: Report): Promise<void> {
  const client = new Client(driverOptions(cluster));
  try {
    await client.connect();
    for (const statement of schema) await client.execute(statement);
    const state = await readState(client);
    if (state === (flushed ? 'flushed' : 'in memtables')) {
      report(`${keyspace}.${table} is filled already`);
      return;
    }
    if (state !== 'in memtables') {
      if (state === 'flushed') await client.execute(`TRUNCATE ${keyspace}.${table}`);
      report(`writing ${itemCount} rows at consistency ALL`);
      await writeItems(client);
    }
    if (flushed) await settle(cluster, report);
    // Last, so that an interrupted attempt is repeated.
    const mark = `INSERT INTO ${keyspace}.fills (name, rows, flushed) VALUES (?, ?, ?)`;
    await writeAtAll(client, mark, [table, itemCount, flushed]);
  } finally {
    await client.shutdown();
  }
}

type FillState = 'empty' | 'in memtables' | 'flushed';

async function readState(client: Client): Promise<FillState> {
  const query = `SELECT rows, flushed FROM ${keyspace}.fills WHERE name = ?`;
  const { rows } = await client.execute(query, [table], atAll);
  if (rows[0]?.['rows'] !== itemCount) return 'empty';
  return rows[0]['flushed'] === true ? 'flushed' : 'in memtables';
}

async function writeItems(client: Client): Promise<void> {
  const insert = `INSERT INTO ${keyspace}.${table} (id, title, body, price, stock) VALUES (?, ?, ?, ?, ?)`;
  await runClosedLoop({ count: itemCount, inFlight: writesInFlight }, async (index) => {
    const { id, title, body, price, stock } = itemOf(itemKey(index));
    const values = [id, title, body, types.BigDecimal.fromString(price), stock];
    await writeAtAll(client, insert, values);
  });
}

/** What lies in memtables goes to disk, and nothing is left to compact. */
export async function settle(cluster: RunningCluster, report: Report): Promise<void> {
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
