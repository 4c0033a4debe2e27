import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { types } from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isListening } from '../../topology/launcher/network-port.ts';
import type { RunningNode } from '../../topology/launcher/provider.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { describeWithCluster, nodeNamed, realCluster, type TestCluster } from '../support/real-cluster.ts';

const keyspace = 'launcher_test';
const replication =
  "{'class': 'NetworkTopologyStrategy', 'us-east-1-frontend': 3, 'us-east-1-backend': 2, 'us-west-2-frontend': 2}";
const rowCount = 300;
const keys = Array.from({ length: rowCount }, (_, index) => `key-${index}`);

describeWithCluster('a launched cluster', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = realCluster();
    const schema = `
      -- the tests' own; dropped at the end
      DROP KEYSPACE IF EXISTS ${keyspace};
      CREATE KEYSPACE ${keyspace} WITH replication = ${replication};
      CREATE TABLE ${keyspace}.rows (id text PRIMARY KEY, value int);`;
    await applySchema(schema, nodeNamed(cluster, 'node-1'));
    await cluster.withClient(async (client) => {
      for (const [index, key] of keys.entries()) {
        await client.execute(`INSERT INTO ${keyspace}.rows (id, value) VALUES (?, ?)`, [key, index], {
          consistency: types.consistencies.all,
        });
      }
    });
  });

  afterAll(() =>
    cluster.withClient((client) =>
      client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], { prepare: false }),
    ),
  );

  /** Reads every key through one coordinator, each from one replica: an owner that lacks its rows is found out. */
  const foundThrough = (node: RunningNode): Promise<number> =>
    cluster.withNodeClient(node, async (client) => {
      const consistency = types.consistencies.localOne;
      const result = await client.execute(`SELECT id FROM ${keyspace}.rows WHERE id IN ?`, [keys], {
        consistency,
      });
      return result.rowLength;
    });

  /** How many partitions of the table the node has read from its own data since it started. */
  const localReads = (node: RunningNode): Promise<number> =>
    cluster.withNodeClient(node, async (client) => {
      const query =
        'SELECT count FROM system_views.local_read_latency WHERE keyspace_name = ? AND table_name = ?';
      return Number((await client.execute(query, [keyspace, 'rows'])).first()?.['count'] ?? 0);
    });

  test('lets the sleeping threads of its nodes wake a millisecond late', () => {
    const pids = cluster.nodes().flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    expect(pids).toHaveLength(cluster.nodes().length);
    const slacks = pids.map((pid) => readFileSync(`/proc/${pid}/timerslack_ns`, 'utf8').trim());
    // As much as a shell of this machine can set for what it starts.
    const script = '{ echo 1000000 > /proc/self/timerslack_ns; } 2>/dev/null; cat /proc/self/timerslack_ns';
    const { stdout } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
    expect(new Set(slacks)).toEqual(new Set([stdout.trim()]));
  });

  test('places the nodes in their datacenters and racks', () => {
    expect(cluster.nodes().map(({ datacenter, rack }) => [datacenter, rack])).toEqual([
      ['us-east-1-frontend', 'us-east-1a'],
      ['us-east-1-frontend', 'us-east-1b'],
      ['us-east-1-frontend', 'us-east-1c'],
      ['us-east-1-frontend', 'us-east-1a'],
      ['us-east-1-frontend', 'us-east-1b'],
      ['us-east-1-frontend', 'us-east-1c'],
      ['us-east-1-backend', 'us-east-1a'],
      ['us-east-1-backend', 'us-east-1b'],
      ['us-west-2-frontend', 'us-west-2a'],
      ['us-west-2-frontend', 'us-west-2b'],
    ]);
  });

  test('finds every row at one replica through each node', async () => {
    for (const node of cluster.nodes()) expect(await foundThrough(node), node.name).toBe(rowCount);
  });

  test('tells the processor time of a node, which reading through it raises', async () => {
    const node = nodeNamed(cluster, 'node-1');
    const before = await cluster.cpuSeconds(node.name);
    for (let round = 0; round < 20; round++) await foundThrough(node);
    expect(await cluster.cpuSeconds(node.name)).toBeGreaterThan(before);
  });

  test('freezes a node, which keeps its connections and answers nothing, and thaws it', async () => {
    const node = nodeNamed(cluster, 'node-6');
    await cluster.withNodeClient(
      node,
      async (client) => {
        const ask = () =>
          client.execute("SELECT key FROM system.local WHERE key = 'local'", [], { prepare: false });
        await ask();
        await cluster.pause(node.name);
        try {
          expect(await isListening(node.address, node.port)).toBe(true);
          await expect(ask()).rejects.toThrow(/did not reply before timeout/);
          await expect(cluster.pause(node.name)).rejects.toThrow('node-6 is paused');
        } finally {
          await cluster.resume(node.name);
        }
      },
      { readTimeoutMs: 500 },
    );
    expect(await foundThrough(node)).toBe(rowCount);
  });

  test('kills a node and starts it again with its data', async () => {
    const node = nodeNamed(cluster, 'node-5');
    await cluster.kill(node.name);
    expect(nodeNamed(cluster, node.name).pid).toBeUndefined();
    expect(await isListening(node.address, node.port)).toBe(false);
    await expect(cluster.cpuSeconds(node.name)).rejects.toThrow('node-5 is down');

    await cluster.start(node.name);
    expect(nodeNamed(cluster, node.name).pid).not.toBe(node.pid);
    expect(await foundThrough(node)).toBe(rowCount);
    expect(await localReads(node)).toBeGreaterThan(0);
  });

  test('adds a node, which has its share of the data, and removes it', async () => {
    const before = cluster.nodes();
    const added = await cluster.add({ datacenter: 'us-east-1-frontend', rack: 'us-east-1b' });
    try {
      expect(before.map(({ address }) => address)).not.toContain(added.address);
      expect(await foundThrough(added)).toBe(rowCount);
      expect(await localReads(added)).toBeGreaterThan(0);
    } finally {
      await cluster.remove(added.name);
    }
    expect(cluster.nodes()).toEqual(before);
    expect(await isListening(added.address, added.port)).toBe(false);
    for (const node of before) expect(await foundThrough(node), node.name).toBe(rowCount);
  });

  test('names the nodes there are when asked for another', async () => {
    await expect(cluster.kill('node-99')).rejects.toThrow(
      /there is no node node-99; there are node-1, node-2/,
    );
  });
});
