import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunningSystem } from '../../src/compose.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { scrapeMetrics } from '../support/scraped-metrics.ts';
import { fillTailProducts, home, rowOfSku, skuOf, startTailWeir } from '../support/tail-products.ts';

const keyspace = 'stale_rows';
const ttlMs = 1_000;

describeWithCluster('rows beyond their time', () => {
  let cluster: TestCluster;
  let weir: RunningSystem;
  const paused = new Set<string>();

  beforeAll(async () => {
    cluster = realCluster();
    await fillTailProducts(cluster, keyspace);
    weir = await startTailWeir(cluster, keyspace, { cache: { ttl: `${ttlMs}ms`, staleIfError: '10m' } });
    await vi.waitFor(async () => expect((await fetch(`${weir.dataUrl}/readyz`)).status).toBe(200), {
      timeout: 60_000,
      interval: 100,
    });
  });
  afterAll(async () => {
    await thaw();
    await weir?.stop();
    await cluster?.withClient((client) => client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`));
  });

  const thaw = async (): Promise<void> => {
    for (const name of paused) await cluster.resume(name);
    paused.clear();
  };
  const headers = { 'x-weir-app': 'storefront', 'x-debug': '1' };
  const lookUpAll = (indexes: readonly number[], timeoutMs: number, extra = {}) =>
    fetch(`${weir.dataUrl}/v1/${keyspace}/products/lookup`, {
      method: 'POST',
      headers: {
        ...headers,
        ...extra,
        'content-type': 'application/json',
        'x-request-timeout-ms': String(timeoutMs),
      },
      body: JSON.stringify({ keys: indexes.map(skuOf) }),
    });
  const readRow = (index: number, timeoutMs: number) =>
    fetch(`${weir.dataUrl}/v1/${keyspace}/products/row?sku=${skuOf(index)}`, {
      headers: { ...headers, 'x-request-timeout-ms': String(timeoutMs) },
    });

  it('are answered while every node is frozen, by the deadline, and say so', async () => {
    const filled = await lookUpAll([1, 2], 10_000);
    expect([filled.status, filled.headers.get('cache-status')]).toEqual([200, 'weir; fwd=miss']);
    await delay(ttlMs);
    for (const { name, datacenter } of cluster.nodes()) {
      if (datacenter !== home) continue;
      paused.add(name);
      await cluster.pause(name);
    }
    const answered = await lookUpAll([1, 2, 3], 400);
    expect([answered.status, answered.headers.get('cache-status')]).toEqual([
      200,
      'weir; fwd=miss; detail="2 stale"',
    ]);
    const { results } = (await answered.json()) as { results: readonly Record<string, unknown>[] };
    expect(results).toMatchObject([
      { status: 'found', rows: [rowOfSku(1)], source: 'stale' },
      { status: 'found', rows: [rowOfSku(2)], source: 'stale' },
      { status: 'error', rows: [] },
    ]);
    const row = await readRow(2, 400);
    expect([row.status, row.headers.get('cache-status')]).toEqual([200, 'weir; fwd=stale; detail="1 stale"']);
    expect(Number(row.headers.get('age'))).toBeGreaterThanOrEqual(ttlMs / 1_000);
    expect((await scrapeMetrics(weir.adminUrl)).sum('weir_cache_stale_total')).toBe(3);
  });

  it('are not answered to a request that wants none', async () => {
    expect((await lookUpAll([1], 400, { 'cache-control': 'no-cache' })).status).toBe(504);
  });

  it('give way to what the nodes have, once they are back', async () => {
    await thaw();
    await vi.waitFor(
      async () => {
        const answered = await lookUpAll([1, 2], 10_000, { 'cache-control': 'no-cache' });
        const { results } = (await answered.json()) as { results: readonly Record<string, unknown>[] };
        expect(results).toMatchObject([{ source: 'cassandra' }, { source: 'cassandra' }]);
      },
      { timeout: 60_000, interval: 100 },
    );
  });
});
