import { types } from 'cassandra-driver';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunningSystem } from '../../src/compose.ts';
import type { RunningNode } from '../../topology/launcher/provider.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { type DescribedOwners, describedOwners } from '../support/described-owners.ts';
import { type LookUpResult, lookUp } from '../support/look-up-client.ts';
import { nodeReads } from '../support/node-reads.ts';
import { describeWithCluster, nodeNamed, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { startWeirWith } from '../support/running-weir.ts';

const east = 'us-east-1-frontend';
const west = 'us-west-2-frontend';
const back = 'us-east-1-backend';
const keyspace = 'fallback';
const keys = Array.from({ length: 600 }, (_, index) => `key-${index}`);
const patience = { timeout: 60_000, interval: 200 };

// One replica in each datacenter: a node that is down leaves keys without an owner there, and it is known which.
describeWithCluster('fallback datacenters', () => {
  let cluster: TestCluster;
  let weir: RunningSystem;
  let owners: DescribedOwners;
  const down: RunningNode[] = [];

  beforeAll(async () => {
    cluster = realCluster();
    await applySchema(
      `DROP KEYSPACE IF EXISTS ${keyspace};
       CREATE KEYSPACE ${keyspace}
         WITH replication = {'class': 'NetworkTopologyStrategy', '${east}': 1, '${west}': 1, '${back}': 1};
       CREATE TABLE ${keyspace}.things (id text PRIMARY KEY, name text) WITH speculative_retry = 'NONE';`,
      nodeNamed(cluster, 'node-1'),
    );
    await cluster.withClient(async (client) => {
      const insert = `INSERT INTO ${keyspace}.things (id, name) VALUES (?, ?)`;
      const consistency = types.consistencies.all;
      for (let at = 0; at < keys.length; at += 20) {
        const some = keys.slice(at, at + 20);
        await Promise.all(
          some.map((key) => client.execute(insert, [key, `name of ${key}`], { consistency })),
        );
      }
    });
    owners = await describedOwners(cluster, keyspace);
    const grants = { [`${keyspace}.things`]: ['read'] };
    weir = await startWeirWith({
      data: { host: '127.0.0.1', port: 0 },
      admin: { host: '127.0.0.1', port: 0 },
      auth: 'trusted',
      cassandra: {
        contactPoints: cluster.nodes().map((node) => `${node.address}:${node.port}`),
        datacenter: east,
        // Reads are counted: none but those of the plan.
        sickNodes: 'ignore',
      },
      tables: { [`${keyspace}.things`]: { speculativeRetry: 'NONE' } },
      classes: {
        frontend: { datacenters: [east, west] },
        desperate: { datacenters: [east, west, back] },
        backend: { datacenters: [back] },
      },
      applications: {
        storefront: { class: 'frontend', tables: grants },
        checkout: { class: 'desperate', tables: grants },
        report: { class: 'backend', tables: grants },
      },
    });
    await vi.waitFor(async () => expect((await fetch(`${weir.dataUrl}/readyz`)).status).toBe(200), patience);
  });
  afterAll(async () => {
    await weir?.stop();
    await Promise.all(down.map(({ name }) => cluster.start(name)));
    await cluster?.withClient((client) => client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`));
  });

  const isOwnedBy = (key: string, node: RunningNode): boolean => owners.ofKey(key).includes(node.address);
  const firstOf = (datacenter: string): RunningNode => {
    const node = cluster.nodes().find((each) => each.datacenter === datacenter);
    if (node === undefined) throw new Error(`${datacenter} has nodes`);
    return node;
  };
  const killFirstOf = async (datacenter: string): Promise<RunningNode> => {
    const node = firstOf(datacenter);
    down.push(node);
    await cluster.kill(node.name);
    return node;
  };

  /** Asks for every key, 50 at a time. */
  const lookUpAll = async (application: string): Promise<{ results: LookUpResult[]; retried: number }> => {
    const results: LookUpResult[] = [];
    let retried = 0;
    for (let at = 0; at < keys.length; at += 50) {
      const asked = keys.slice(at, at + 50);
      const reply = await lookUp(weir.dataUrl, application, `${keyspace}/things`, { keys: asked });
      results.push(...reply.results);
      retried += reply.meta?.retried ?? 0;
    }
    return { results, retried };
  };
  /** Until Weir knows who is down, a message may still go there; counted is what comes after. */
  const settle = (application: string): Promise<unknown> =>
    vi.waitFor(async () => {
      const { results, retried } = await lookUpAll(application);
      expect(retried).toBe(0);
      expect(
        results.filter(({ error }) => error !== undefined && !error.type.endsWith('/no-replica')),
      ).toEqual([]);
    }, patience);

  /** How many keys the living nodes of each datacenter read of their own, during one look-up of every key. */
  const readsDuring = async (application: string) => {
    const count = async (): Promise<Map<string, number>> => {
      const living = { ...cluster, nodes: () => cluster.nodes().filter(({ pid }) => pid !== undefined) };
      const totals = new Map<string, number>();
      for (const { datacenter, local } of await nodeReads(living, keyspace, 'things')) {
        totals.set(datacenter, (totals.get(datacenter) ?? 0) + local);
      }
      return totals;
    };
    const before = await count();
    const { results } = await lookUpAll(application);
    const after = await count();
    const grown = (datacenter: string): number =>
      (after.get(datacenter) ?? 0) - (before.get(datacenter) ?? 0);
    return { results, reads: { [east]: grown(east), [west]: grown(west), [back]: grown(back) } };
  };
  const expectFound = (
    results: readonly LookUpResult[],
    which: (key: string) => boolean = () => true,
  ): void => {
    for (const [index, key] of keys.entries()) {
      const { status, rows } = results[index] ?? {};
      if (which(key))
        expect({ status, rows }).toEqual({ status: 'found', rows: [{ id: key, name: `name of ${key}` }] });
    }
  };

  it('serve nothing while every key has an owner before them', async () => {
    for (const application of ['storefront', 'checkout']) {
      const { results, reads } = await readsDuring(application);
      expectFound(results);
      expect(reads).toEqual({ [east]: keys.length, [west]: 0, [back]: 0 });
    }
  });

  it('serve exactly the keys whose owner is down, the first of them all', async () => {
    const lost = await killFirstOf(east);
    const orphans = keys.filter((key) => isOwnedBy(key, lost)).length;
    expect(orphans).toBeGreaterThan(20);
    for (const application of ['storefront', 'checkout']) {
      await settle(application);
      const { results, reads } = await readsDuring(application);
      expectFound(results);
      expect(reads).toEqual({ [east]: keys.length - orphans, [west]: orphans, [back]: 0 });
    }
  });

  it('are asked in order, and none that is not listed', async () => {
    const [lost] = down;
    const alsoLost = await killFirstOf(west);
    if (lost === undefined) throw new Error('a node of the first datacenter is down');
    const orphans = keys.filter((key) => isOwnedBy(key, lost));
    const stranded = new Set(orphans.filter((key) => isOwnedBy(key, alsoLost)));
    expect(stranded.size).toBeGreaterThan(5);
    const inWest = orphans.length - stranded.size;

    await settle('checkout');
    const listed = await readsDuring('checkout');
    expectFound(listed.results);
    expect(listed.reads).toEqual({
      [east]: keys.length - orphans.length,
      [west]: inWest,
      [back]: stranded.size,
    });

    await settle('storefront');
    const unlisted = await readsDuring('storefront');
    expectFound(unlisted.results, (key) => !stranded.has(key));
    const failed = keys.filter((_, index) => unlisted.results[index]?.error?.type === '/problems/no-replica');
    expect(new Set(failed)).toEqual(stranded);
    expect(unlisted.reads).toEqual({ [east]: keys.length - orphans.length, [west]: inWest, [back]: 0 });
  });

  it('are none for a class that lists none', async () => {
    const { results, reads } = await readsDuring('report');
    expectFound(results);
    expect(reads).toEqual({ [east]: 0, [west]: 0, [back]: keys.length });
  });
});
