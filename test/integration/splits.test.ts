import { types } from 'cassandra-driver';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { CassandraCluster } from '../../src/adapters/cassandra/cassandra-cluster.ts';
import { systemClock } from '../../src/adapters/node/clock.ts';
import type { Application } from '../../src/core/applications.ts';
import { createRingBook, type RingBook } from '../../src/core/routing/ring-book.ts';
import type { TellSplits } from '../../src/core/scans/splits.ts';
import { createTellSplits } from '../../src/core/scans/splits-service.ts';
import { ClusterDirectory } from '../../topology/launcher/cluster-directory.ts';
import { prepareInstallation } from '../../topology/launcher/installation.ts';
import { runNodeTool } from '../../topology/launcher/node-tool.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { connectAdapter } from '../support/cassandra-fixture.ts';
import { type DescribedOwners, describedOwners } from '../support/described-owners.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithCluster, nodeNamed, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { grantOf } from '../support/scripted-reads.ts';
import { silentTelemetry } from '../support/silent-telemetry.ts';

const keyspace = 'divided';
const frontend = 'us-east-1-frontend';
const backend = 'us-east-1-backend';
const count = 2_000;

interface ToldSplit {
  readonly start: string;
  readonly end: string;
  readonly owners: readonly string[];
  readonly estimatedRows: number | null;
}

describeWithCluster('splits of the real cluster', () => {
  let cluster: TestCluster;
  let adapter: CassandraCluster;
  let rings: RingBook;
  let tellSplits: TellSplits;
  let described: DescribedOwners;

  beforeAll(async () => {
    cluster = realCluster();
    await applySchema(
      `DROP KEYSPACE IF EXISTS ${keyspace};
       CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${frontend}': 3, '${backend}': 2};
       CREATE TABLE ${keyspace}.words (word text PRIMARY KEY);`,
      nodeNamed(cluster, 'node-1'),
    );
    adapter = await connectAdapter(cluster);
    rings = createRingBook(adapter);
    tellSplits = openSplits();
    await eventually('the table is known', () => adapter.table(keyspace, 'words'));
    await eventually('its owners are known', () => rings.ring(keyspace));
    described = await describedOwners(cluster, keyspace);
    await cluster.withClient(async (client) => {
      const options = { prepare: true, consistency: types.consistencies.all };
      for (let first = 0; first < count; first += 20) {
        const words = Array.from({ length: 20 }, (_, index) => `word-${first + index}`);
        const insert = `INSERT INTO ${keyspace}.words (word) VALUES (?)`;
        await Promise.all(words.map((word) => client.execute(insert, [word], options)));
      }
    });
  });
  afterAll(async () => {
    await adapter?.close();
    await applySchema(`DROP KEYSPACE IF EXISTS ${keyspace}`, nodeNamed(cluster, 'node-1'));
  });

  /** With no estimates kept. */
  const openSplits = (): TellSplits =>
    createTellSplits({
      schema: adapter,
      estimator: adapter,
      rings,
      clock: systemClock,
      telemetry: silentTelemetry,
    });

  const tell = async (target: number, datacenters: readonly string[]): Promise<readonly ToldSplit[]> => {
    const application: Application = {
      name: 'report',
      className: 'backend',
      datacenters,
      cacheUse: 'read',
      grants: new Map([[`${keyspace}.words`, grantOf(['scan'])]]),
    };
    const deadlineMs = systemClock.nowMs() + 10_000;
    return JSON.parse(await tellSplits({ application, keyspace, table: 'words', target, deadlineMs })).splits;
  };

  /** The words of each split, as the cluster itself finds them. */
  const wordsOf = (splits: readonly ToldSplit[]): Promise<readonly (readonly string[])[]> =>
    cluster.withClient(async (client) => {
      const select = `SELECT word FROM ${keyspace}.words WHERE token(word) > ? AND token(word) <= ?`;
      const words: string[][] = [];
      for (const { start, end } of splits) {
        const range = [types.Long.fromString(start), types.Long.fromString(end)];
        const { rows } = await client.execute(select, range, { prepare: true });
        words.push(rows.map((row) => row['word'] as string));
      }
      return words;
    });

  it.each([1, 7, 64, 300])('are %i where so many are asked for, and have every row once', async (target) => {
    const splits = await tell(target, [frontend]);
    expect(splits).toHaveLength(target);
    const words = (await wordsOf(splits)).flat();
    const expected = Array.from({ length: count }, (_, index) => `word-${index}`);
    expect(words.toSorted()).toEqual(expected.toSorted());
  });

  it('name first whoever has most of their rows, as the cluster itself describes it', async () => {
    const splits = await tell(300, [frontend]);
    const words = await wordsOf(splits);
    const isOwned = splits.flatMap(({ owners: [best = ''] }, index) =>
      (words[index] ?? []).map((word) => described.ofKey(word).includes(best)),
    );
    expect(isOwned).toHaveLength(count);
    // The rest are rows of splits that a boundary goes through.
    expect(isOwned.filter(Boolean).length / count).toBeGreaterThan(0.95);
  });

  it('name nodes of the nearest datacenter that has the table', async () => {
    const nodesIn = (datacenter: string): string[] =>
      cluster.nodes().flatMap((node) => (node.datacenter === datacenter ? [node.address] : []));
    const owners = (splits: readonly ToldSplit[]): string[] =>
      [...new Set(splits.flatMap((split) => split.owners))].sort();
    expect(owners(await tell(64, [backend, frontend]))).toEqual(nodesIn(backend).sort());
    expect(owners(await tell(64, ['us-west-2-frontend', frontend]))).toEqual(nodesIn(frontend).sort());
  });

  // Nodes count what they have on disk, every five minutes; nodetool makes them do it now.
  it('tell nothing of a table that was filled just now, and how much is in it once that was counted', async () => {
    const before = await tell(64, [backend]);
    expect(new Set(before.map(({ estimatedRows }) => estimatedRows))).toEqual(new Set([null]));
    await countNow(backend);
    tellSplits = openSplits();
    const rows = (await tell(64, [backend])).map(({ estimatedRows }) => estimatedRows ?? Number.NaN);
    const total = rows.reduce((sum, each) => sum + each, 0);
    process.stdout.write(
      `64 splits: ${total} of ${count} partitions, ${Math.min(...rows)} to ${Math.max(...rows)} each\n`,
    );
    expect(Math.abs(total / count - 1)).toBeLessThan(0.2);
    expect(Math.max(...rows)).toBeLessThan((2 * count) / 64);
  });
});

async function countNow(datacenter: string): Promise<void> {
  const description = inject('realCluster');
  if ('unavailable' in description) throw new Error('there is no cluster');
  const { nodes } = new ClusterDirectory(description.directory, description.name).require();
  const installation = await prepareInstallation(() => undefined);
  for (const { jmxPort } of nodes.filter((node) => node.datacenter === datacenter)) {
    await runNodeTool(installation, jmxPort, ['flush', keyspace]);
    await runNodeTool(installation, jmxPort, ['refreshsizeestimates']);
  }
}
