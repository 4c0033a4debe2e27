import { Client, types } from 'cassandra-driver';
import { ClusterDirectory, defaultClustersDirectory } from '../topology/launcher/cluster-directory.ts';
import { UsageError } from '../topology/launcher/launcher-error.ts';
import { LocalCluster } from '../topology/launcher/local-cluster.ts';
import type { RunningCluster, RunningNode } from '../topology/launcher/provider.ts';
import { datacenter as frontend, whyUnfit } from './bench-cluster.ts';
import { runClosedLoop } from './closed-loop.ts';
import { itemCount, itemKey, itemOf } from './dataset.ts';
import { driverOptions } from './driver-options.ts';
import { atAll, writeAtAll } from './persistent-write.ts';

type Report = (line: string) => void;

export const backend = 'us-east-1-backend';
export const keyspace = 'isolation';
/** What the front end looks up and the job scans. */
export const sourceTable = 'items';
/** What the job writes. */
export const targetTable = 'reports';

const frontendReplicas = 3;
const backendReplicas = 2;
const writesInFlight = 24;

/** The running cluster, which has both datacenters. One that would spoil the figures is only good for a short run. */
export function attachWithBackend(name: string, short: boolean, report: Report): RunningCluster {
  const state = new ClusterDirectory(defaultClustersDirectory, name).read();
  if (state === undefined) throw new UsageError(`there is no cluster ${name}`);
  const fault = whyUnfit(state.spec);
  if (fault !== undefined && !short) throw new UsageError(`cluster ${name} ${fault}`);
  const nodes = state.spec.datacenters.find((each) => each.name === backend)?.nodes ?? 0;
  if (nodes < backendReplicas) {
    throw new UsageError(`cluster ${name} has fewer than ${backendReplicas} nodes in ${backend}`);
  }
  const cluster = LocalCluster.attach(defaultClustersDirectory, name, report);
  const down = cluster.status().find(({ condition }) => condition !== 'running');
  if (down !== undefined) throw new UsageError(`cluster ${name}: ${down.name} is ${down.condition}`);
  return cluster;
}

export function nodesOf(cluster: RunningCluster, datacenter: string): readonly RunningNode[] {
  return cluster.nodes().filter((node) => node.datacenter === datacenter);
}

const columns = '(id text PRIMARY KEY, title text, body text, price decimal, stock int)';
const schema = [
  `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', ` +
    `'${frontend}': ${frontendReplicas}, '${backend}': ${backendReplicas}}`,
  `CREATE TABLE IF NOT EXISTS ${keyspace}.${sourceTable} ${columns}`,
  `CREATE TABLE IF NOT EXISTS ${keyspace}.${targetTable} ${columns}`,
  `CREATE TABLE IF NOT EXISTS ${keyspace}.fills (name text PRIMARY KEY, rows int)`,
];

/** Sees to it that every replica in both datacenters has every row, in its memtable. */
export async function fillBothDatacenters(cluster: RunningCluster, report: Report): Promise<void> {
  const client = new Client(driverOptions(cluster));
  try {
    await client.connect();
    for (const statement of schema) await client.execute(statement);
    const state = await client.execute(
      `SELECT rows FROM ${keyspace}.fills WHERE name = ?`,
      [sourceTable],
      atAll,
    );
    if (state.first()?.['rows'] === itemCount) {
      report(`${keyspace}.${sourceTable} is filled already`);
      return;
    }
    report(`writing ${itemCount} rows to ${keyspace}.${sourceTable} at consistency ALL`);
    const insert = `INSERT INTO ${keyspace}.${sourceTable} (id, title, body, price, stock) VALUES (?, ?, ?, ?, ?)`;
    await runClosedLoop({ count: itemCount, inFlight: writesInFlight }, async (index) => {
      const { id, title, body, price, stock } = itemOf(itemKey(index));
      await writeAtAll(client, insert, [id, title, body, types.BigDecimal.fromString(price), stock]);
    });
    // Last, so that an interrupted attempt is repeated.
    await writeAtAll(client, `INSERT INTO ${keyspace}.fills (name, rows) VALUES (?, ?)`, [
      sourceTable,
      itemCount,
    ]);
  } finally {
    await client.shutdown();
  }
}
