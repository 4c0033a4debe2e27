import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { composeSystem, type RunningSystem } from '../../src/compose.ts';
import { loadConfigAndSettings } from '../../src/config/load.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { type LookUpReply, lookUp } from '../support/look-up-client.ts';
import { describeWithCluster, nodeNamed, realCluster } from '../support/real-cluster.ts';

const east = 'us-east-1-frontend';
const west = 'us-west-2-frontend';
const keyspace = 'moving';
const keys = Array.from({ length: 50 }, (_, index) => index);
const patience = { timeout: 60_000, interval: 100 };

describeWithCluster('a reload that sends a class to another datacenter', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-moving-'));
  const file = path.join(folder, 'weir.yaml');
  let weir: RunningSystem;

  const write = (...datacenters: readonly string[]): void => {
    const settings = {
      data: { host: '127.0.0.1', port: 0 },
      admin: { host: '127.0.0.1', port: 0 },
      auth: 'trusted',
      reload: { watch: false },
      cassandra: {
        contactPoints: realCluster()
          .nodes()
          .map((node) => `${node.address}:${node.port}`),
        datacenter: east,
      },
      classes: { frontend: { datacenters } },
      applications: { storefront: { class: 'frontend', tables: { [`${keyspace}.things`]: ['read'] } } },
    };
    writeFileSync(file, stringify(settings));
  };

  beforeAll(async () => {
    await applySchema(
      `CREATE KEYSPACE IF NOT EXISTS ${keyspace}
         WITH replication = {'class': 'NetworkTopologyStrategy', '${east}': 2, '${west}': 2};
       CREATE TABLE IF NOT EXISTS ${keyspace}.things (id int PRIMARY KEY, name text);`,
      nodeNamed(realCluster(), 'node-1'),
    );
    write(east);
    const sources = { file, env: {}, flags: [] };
    weir = await composeSystem(loadConfigAndSettings(sources), { sources });
    await vi.waitFor(async () => expect((await fetch(`${weir.dataUrl}/readyz`)).status).toBe(200), patience);
  });
  afterAll(async () => {
    await weir?.stop();
    rmSync(folder, { recursive: true });
  });

  const ask = (): Promise<LookUpReply> => lookUp(weir.dataUrl, 'storefront', `${keyspace}/things`, { keys });

  it('tells nothing of nodes that it does not connect to', async () => {
    const view = await (await fetch(`${weir.adminUrl}/admin/v1/topology`)).json();
    const { datacenters } = view as {
      readonly datacenters: readonly { readonly name: string; readonly nodes: readonly { up: unknown }[] }[];
    };
    const ups = datacenters.map(({ name, nodes }) => [name, new Set(nodes.map(({ up }) => up))]);
    expect(Object.fromEntries(ups)).toEqual({
      'us-east-1-backend': new Set([null]),
      [east]: new Set([true]),
      [west]: new Set([null]),
    });
  });

  it('answers every key of every look-up on the way there', async () => {
    const replies: LookUpReply[] = [];
    let asking = true;
    const askers = Array.from({ length: 4 }, async () => {
      while (asking) replies.push(await ask());
    });
    try {
      await vi.waitFor(() => expect(replies.length).toBeGreaterThan(20), patience);
      write(west);
      expect(weir.reload('signal')).toMatchObject({ outcome: 'applied' });
      await vi.waitFor(() => expect(replies.at(-1)?.meta.datacenter).toBe(west), patience);
    } finally {
      asking = false;
      await Promise.all(askers);
    }
    const outcomes = replies.flatMap(({ results }) => results.map(({ status }) => status));
    expect(outcomes).toHaveLength(replies.length * keys.length);
    expect(new Set(outcomes)).toEqual(new Set(['missing']));
    expect(new Set(replies.map(({ meta }) => meta.datacenter))).toEqual(new Set([east, west]));
  });

  it('is refused where the cluster has no such datacenter, and goes on as it was', async () => {
    write('us-wets-2-frontend');
    expect(weir.reload('signal')).toMatchObject({ outcome: 'refused', faults: [{ nearest: west }] });
    const { results, meta } = await ask();
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['missing']));
    expect(meta.datacenter).toBe(west);
    const readiness = await (await fetch(`${weir.dataUrl}/readyz?verbose`)).json();
    expect(readiness).toMatchObject({ ready: true });
  });
});
