import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunningSystem } from '../../src/compose.ts';
import type { RunningNode } from '../../topology/launcher/provider.ts';
import { lookUp } from '../support/look-up-client.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { startWeirWith } from '../support/running-weir.ts';

const home = 'us-east-1-backend';

describeWithCluster('Weir without its cluster', () => {
  let cluster: TestCluster;
  let nodes: readonly RunningNode[];
  let weir: RunningSystem | undefined;

  beforeAll(async () => {
    cluster = realCluster();
    nodes = cluster.nodes().filter((node) => node.datacenter === home);
    await cluster.withClient(async (client) => {
      const replication = `{'class': 'NetworkTopologyStrategy', '${home}': 1}`;
      await client.execute(`CREATE KEYSPACE IF NOT EXISTS unreached WITH replication = ${replication}`);
      await client.execute('CREATE TABLE IF NOT EXISTS unreached.things (id text PRIMARY KEY, name text)');
    });
    for (const node of nodes) await cluster.kill(node.name);
  });
  afterAll(async () => {
    await weir?.stop();
    for (const { name } of nodes ?? []) {
      const isDown = cluster.nodes().some((node) => node.name === name && node.pid === undefined);
      if (isDown) await cluster.start(name);
    }
    await cluster?.withClient((client) => client.execute('DROP KEYSPACE IF EXISTS unreached'));
  });

  it('starts, is not ready and says why, and serves as soon as the cluster is there', async () => {
    weir = await startWeirWith({
      data: { host: '127.0.0.1', port: 0 },
      admin: { host: '127.0.0.1', port: 0 },
      auth: 'trusted',
      cassandra: {
        contactPoints: nodes.map((node) => `${node.address}:${node.port}`),
        datacenter: home,
      },
      applications: { report: { class: 'backend', tables: { 'unreached.things': ['read'] } } },
    });
    const { dataUrl } = weir;
    const ready = await fetch(`${dataUrl}/readyz?verbose`);
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { reasons: readonly string[] }).reasons).toHaveLength(1);
    const refused = await lookUp(dataUrl, 'report', 'unreached/things', { keys: ['a'] });
    expect(refused.status).toBe(503);
    for (const node of nodes) await cluster.start(node.name);
    await vi.waitFor(async () => expect((await fetch(`${dataUrl}/readyz`)).status).toBe(200), {
      timeout: 60_000,
      interval: 200,
    });
    // Ready as soon as one node can be asked, and that need not be the only owner of the key.
    await vi.waitFor(
      async () => {
        const { results } = await lookUp(dataUrl, 'report', 'unreached/things', { keys: ['a'] });
        expect(results.map(({ status, error }) => [status, error?.type])).toEqual([['missing', undefined]]);
      },
      { timeout: 60_000, interval: 200 },
    );
  });
});
