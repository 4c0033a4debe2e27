import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  type CassandraCluster,
  createCassandraCluster,
} from '../../src/adapters/cassandra/cassandra-cluster.ts';
import { systemClock } from '../../src/adapters/node/clock.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';

const home = 'us-east-1-frontend';

// The driver closes a connection on which too many requests have timed out, and every caller's messages with it.
describeWithCluster('callers with short deadlines', () => {
  let cluster: TestCluster;
  let adapter: CassandraCluster;

  beforeAll(async () => {
    cluster = realCluster();
    await cluster.withClient(async (client) => {
      const replication = `{'class': 'NetworkTopologyStrategy', '${home}': 3}`;
      await client.execute(`CREATE KEYSPACE IF NOT EXISTS hasty WITH replication = ${replication}`);
      await client.execute('CREATE TABLE IF NOT EXISTS hasty.things (id text PRIMARY KEY, name text)');
    });
    adapter = createCassandraCluster({
      contactPoints: cluster.nodes().map((node) => `${node.address}:${node.port}`),
      localDatacenter: home,
      datacenters: [home],
      clock: systemClock,
      text: nodeText,
    });
    await vi.waitFor(() => expect(adapter.ready().ready).toBe(true), { timeout: 60_000, interval: 100 });
  });
  afterAll(async () => {
    await adapter?.close();
    await cluster?.withClient((client) => client.execute('DROP KEYSPACE IF EXISTS hasty'));
  });

  it('do not get a node that pauses closed for everybody', async () => {
    const table = await adapter.table('hasty', 'things');
    const paused = cluster.nodes().find((node) => node.datacenter === home);
    const node = adapter.state().nodes.find((each) => each.address === `${paused?.address}:${paused?.port}`);
    if (table === undefined || paused === undefined || node === undefined) throw new Error('all are there');
    const statement = { table, keyColumns: table.partitionKey, columns: table.columns };
    const read = (timeoutMs: number) =>
      adapter.read({ node, statement, keys: [[nodeText.utf8('a')]], consistency: 'LOCAL_ONE', timeoutMs });
    expect(await read(5_000)).toEqual([]);
    await cluster.pause(paused.name);
    // More than the driver allows to time out on one connection.
    const hasty = Promise.allSettled(Array.from({ length: 200 }, () => read(1)));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await cluster.resume(paused.name);
    const outcomes = await hasty;
    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toEqual([]);
    expect(adapter.isUp(node)).toBe(true);
  });
});
