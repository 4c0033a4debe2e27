import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunningSystem } from '../../src/compose.ts';
import type { RunningNode } from '../../topology/launcher/provider.ts';
import { eventually } from '../support/eventually.ts';
import { type LookUpReply, lookUp } from '../support/look-up-client.ts';
import { nodeReads } from '../support/node-reads.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { scrapeMetrics } from '../support/scraped-metrics.ts';
import { fillTailProducts, home, rowOfSku, skuOf, startTailWeir } from '../support/tail-products.ts';

const keyspace = 'hot';
const path = `${keyspace}/products`;
const operatorKey = 'operator-of-this-test-only';
const patience = { timeout: 60_000, interval: 100 };

describeWithCluster('rows that are kept', () => {
  let cluster: TestCluster;
  let weir: RunningSystem;
  let frozen: readonly RunningNode[] = [];

  beforeAll(async () => {
    cluster = realCluster();
    await fillTailProducts(cluster, keyspace);
    const hash = createHash('sha256').update(operatorKey).digest('hex');
    weir = await startTailWeir(
      cluster,
      keyspace,
      { cache: { ttl: '10m' }, speculativeRetry: 'NONE' },
      { admin: { host: '127.0.0.1', port: 0, keyHashes: { operator: [`sha256:${hash}`] } } },
    );
    await vi.waitFor(async () => expect((await fetch(`${weir.dataUrl}/readyz`)).status).toBe(200), patience);
  });
  afterAll(async () => {
    for (const { name } of frozen) await cluster.resume(name);
    await weir?.stop();
    await cluster?.withClient((client) => client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`));
  });

  const ask = (index: number): Promise<LookUpReply> =>
    lookUp(weir.dataUrl, 'storefront', path, { keys: [skuOf(index)] }, 10_000);
  const purge = async (keys?: readonly string[]): Promise<unknown> => {
    const response = await fetch(`${weir.adminUrl}/admin/v1/cache/${path}`, {
      method: 'DELETE',
      headers: {
        authorization: `Bearer ${operatorKey}`,
        ...(keys === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(keys === undefined ? {} : { body: JSON.stringify({ keys }) }),
    });
    return response.json();
  };
  const localReads = async (): Promise<number> => {
    const counts = await nodeReads(cluster, keyspace, 'products');
    return counts.reduce((sum, { local }) => sum + local, 0);
  };
  const sourceOf = (reply: LookUpReply): unknown => (reply.results[0] as { source?: unknown }).source;
  const freezeHome = async (): Promise<void> => {
    frozen = cluster.nodes().filter((node) => node.datacenter === home);
    for (const { name } of frozen) await cluster.pause(name);
  };
  const thaw = async (): Promise<void> => {
    for (const { name } of frozen) await cluster.resume(name);
    frozen = [];
  };

  it('a thousand look-ups at once for a key that is not cached read it once', async () => {
    const before = await localReads();
    await freezeHome();
    const asked = Array.from({ length: 1_000 }, () => ask(1));
    // All have arrived before the first can be answered.
    await eventually('all of them are being served', async () => {
      const metrics = await scrapeMetrics(weir.adminUrl);
      return metrics.sum('weir_inflight_requests') >= 1_000 || undefined;
    });
    await thaw();
    const replies = await Promise.all(asked);
    expect(new Set(replies.map((reply) => JSON.stringify(reply.results[0]?.rows)))).toEqual(
      new Set([JSON.stringify([rowOfSku(1)])]),
    );
    expect((await localReads()) - before).toBe(1);
    expect(replies.filter((reply) => sourceOf(reply) === 'cassandra')).toHaveLength(1);
    expect(replies.filter((reply) => sourceOf(reply) === 'joined')).toHaveLength(999);
  });

  it('are answered without a read', async () => {
    const before = await localReads();
    expect(sourceOf(await ask(1))).toBe('cache');
    expect((await localReads()) - before).toBe(0);
  });

  it('are read again once their partition, or their table, is purged', async () => {
    expect(sourceOf(await ask(2))).toBe('cassandra');
    expect(await purge([skuOf(1)])).toEqual({ partitions: 1, reach: 'instance' });
    expect(sourceOf(await ask(1))).toBe('cassandra');
    expect(sourceOf(await ask(2))).toBe('cache');
    expect(await purge()).toEqual({ partitions: 'all', reach: 'instance' });
    expect(sourceOf(await ask(1))).toBe('cassandra');
    expect(sourceOf(await ask(2))).toBe('cassandra');
  });

  it('are not kept when they were invalidated while they were read', async () => {
    await freezeHome();
    const reading = ask(3);
    await eventually('the read is under way', async () => {
      const metrics = await scrapeMetrics(weir.adminUrl);
      return metrics.sum('weir_host_inflight') > 0 || undefined;
    });
    await purge([skuOf(3)]);
    await thaw();
    expect((await reading).results[0]?.rows).toEqual([rowOfSku(3)]);
    expect(sourceOf(await ask(3))).toBe('cassandra');
    expect(sourceOf(await ask(3))).toBe('cache');
  });
});
