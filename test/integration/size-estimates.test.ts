import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { CassandraCluster } from '../../src/adapters/cassandra/cassandra-cluster.ts';
import type { TableSchema } from '../../src/core/encoding/table-schema.ts';
import type { RowChange, SizeEstimate } from '../../src/core/ports.ts';
import { largestToken, smallestToken } from '../../src/core/token/token.ts';
import { ClusterDirectory } from '../../topology/launcher/cluster-directory.ts';
import { prepareInstallation } from '../../topology/launcher/installation.ts';
import { runNodeTool } from '../../topology/launcher/node-tool.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { connectAdapter } from '../support/cassandra-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithCluster, nodeNamed, realCluster, type TestCluster } from '../support/real-cluster.ts';

const keyspace = 'sized';
const datacenters = ['us-east-1-frontend', 'us-east-1-backend'] as const;
const partitions = 20_000;
const valueBytes = 100;

// Nodes count what they have on disk, every five minutes; nodetool makes them do it now.
describeWithCluster('size estimates of the real cluster', () => {
  let cluster: TestCluster;
  let adapter: CassandraCluster;
  let table: TableSchema;

  beforeAll(async () => {
    cluster = realCluster();
    await applySchema(
      `DROP KEYSPACE IF EXISTS ${keyspace};
       CREATE KEYSPACE ${keyspace} WITH replication =
         {'class': 'NetworkTopologyStrategy', '${datacenters[0]}': 3, '${datacenters[1]}': 1};
       CREATE TABLE ${keyspace}.items (id text PRIMARY KEY, v text);`,
      nodeNamed(cluster, 'node-1'),
    );
    adapter = await connectAdapter(cluster);
    table = await eventually('the table is known', () => adapter.table(keyspace, 'items'));
    await fill(adapter, table);
  });
  afterAll(async () => {
    await adapter?.close();
    await applySchema(`DROP KEYSPACE IF EXISTS ${keyspace}`, nodeNamed(cluster, 'node-1'));
  });

  it('count nothing in a table that was filled just now', async () => {
    const estimates = await adapter.sizeEstimates(table, datacenters[1]);
    expect(estimates.filter((each) => each.partitions > 0)).toEqual([]);
  });

  it('cover the ring once in each datacenter, and count what was written', async () => {
    await refresh(datacenters);
    for (const datacenter of datacenters) {
      const estimates = await adapter.sizeEstimates(table, datacenter);
      const sum = estimates.reduce((total, each) => total + each.partitions, 0);
      const sizes = new Set(estimates.map((each) => each.meanPartitionBytes));
      process.stdout.write(
        `${datacenter}: ${estimates.length} ranges, ${sum} of ${partitions} partitions, ${[...sizes]} bytes each\n`,
      );
      expectWholeRing(estimates);
      expect(Math.abs(sum / partitions - 1)).toBeLessThan(0.2);
      for (const size of sizes) expect(size).toBeGreaterThan(valueBytes);
    }
  });

  it('cannot be had of a datacenter without nodes', async () => {
    await expect(adapter.sizeEstimates(table, 'nowhere')).rejects.toMatchObject({ kind: 'node-gone' });
  });
});

function expectWholeRing(estimates: readonly SizeEstimate[]): void {
  expect(estimates[0]?.after).toEqual(smallestToken);
  expect(estimates.at(-1)?.upTo).toEqual(largestToken);
  expect(estimates.slice(1).map((each) => each.after)).toEqual(
    estimates.slice(0, -1).map((each) => each.upTo),
  );
}

async function fill(adapter: CassandraCluster, table: TableSchema): Promise<void> {
  const statement = {
    kind: 'upsert',
    table,
    keyColumns: table.partitionKey,
    columns: table.columns.filter((column) => column.name === 'v'),
  } as const;
  const changeOf = (id: number): RowChange => ({
    statement,
    key: [Buffer.from(`item-${id}`)],
    cells: [Buffer.from('x'.repeat(valueBytes))],
    ttlSeconds: undefined,
    timestampMicros: 1n,
  });
  const nodes = adapter.state().nodes.filter((node) => node.datacenter === datacenters[0]);
  const perMessage = 200;
  for (let first = 0; first < partitions; first += perMessage) {
    const node = nodes[(first / perMessage) % nodes.length];
    if (node === undefined) throw new Error('the cluster has no node');
    const changes = Array.from({ length: perMessage }, (_, index) => changeOf(first + index));
    await adapter.write({ node, changes, consistency: 'ALL', timeoutMs: 10_000 });
  }
}

/** Two nodes at once: the tool is a process that starts and ends. */
async function refresh(datacenters: readonly string[]): Promise<void> {
  const description = inject('realCluster');
  if ('unavailable' in description) throw new Error('there is no cluster');
  const { nodes } = new ClusterDirectory(description.directory, description.name).require();
  const installation = await prepareInstallation(() => undefined);
  const remaining = nodes.filter((node) => datacenters.includes(node.datacenter)).values();
  const refreshRemaining = async (): Promise<void> => {
    for (const { jmxPort } of remaining) {
      await runNodeTool(installation, jmxPort, ['flush', keyspace]);
      await runNodeTool(installation, jmxPort, ['refreshsizeestimates']);
    }
  };
  await Promise.all([refreshRemaining(), refreshRemaining()]);
}
