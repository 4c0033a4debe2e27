import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunningSystem } from '../../src/compose.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import type { RunningNode } from '../../topology/launcher/provider.ts';
import { eventually } from '../support/eventually.ts';
import { type LookUpReply, lookUp } from '../support/look-up-client.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { type ScrapedMetrics, scrapeMetrics } from '../support/scraped-metrics.ts';
import {
  expectedOf,
  fillTailProducts,
  home,
  productCount,
  skuOf,
  startTailWeir,
} from '../support/tail-products.ts';

const keyspace = 'frozen';
const path = `${keyspace}/products`;
const patience = { timeout: 60_000, interval: 100 };
/** Of hedges, and of retries: what may go out beyond the share of the first messages. */
const bursts = { hedges: 20, retries: 20 };
/** The key that a sick node is tried with is hedged in any case; there are so many trials of a node a second. */
const trialsPerSecond = 1;

describeWithCluster('nodes that freeze', () => {
  let cluster: TestCluster;
  let weir: RunningSystem;
  const paused = new Set<RunningNode>();
  const { next: random } = createSeededRandom(7);

  beforeAll(async () => {
    cluster = realCluster();
    await fillTailProducts(cluster, keyspace);
    weir = await startTailWeir(cluster, keyspace);
    await vi.waitFor(async () => expect((await fetch(`${weir.dataUrl}/readyz`)).status).toBe(200), patience);
    // Enough for the expectations of the table to be known.
    await Promise.all(Array.from({ length: 60 }, () => ask(10_000)));
  });
  afterAll(async () => {
    for (const { name } of paused) await cluster.resume(name);
    await weir?.stop();
    await cluster?.withClient((client) => client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`));
  });

  const ask = async (timeoutMs: number): Promise<{ reply: LookUpReply; expected: readonly object[] }> => {
    const indexes = Array.from({ length: 50 }, () => Math.floor(random() * productCount * 1.1));
    const reply = await lookUp(weir.dataUrl, 'storefront', path, { keys: indexes.map(skuOf) }, timeoutMs);
    return { reply, expected: expectedOf(indexes) };
  };
  const freeze = async (nodes: readonly RunningNode[]): Promise<void> => {
    for (const node of nodes) {
      paused.add(node);
      await cluster.pause(node.name);
    }
  };
  const thaw = async (): Promise<void> => {
    for (const node of paused) await cluster.resume(node.name);
    paused.clear();
  };
  const homeNodes = (): readonly RunningNode[] => cluster.nodes().filter((node) => node.datacenter === home);
  /** Addresses that a look-up of many keys would be sent to now. */
  const plannedNodes = async (): Promise<ReadonlySet<string>> => {
    const keys = Array.from({ length: productCount }, (_, index) => skuOf(index));
    const response = await fetch(`${weir.adminUrl}/admin/v1/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ application: 'storefront', keyspace, table: 'products', lookup: { keys } }),
    });
    const { groups } = (await response.json()) as { groups: readonly { node: { address: string } }[] };
    return new Set(groups.map(({ node }) => node.address));
  };
  const extraSince = async (
    before: ScrapedMetrics,
  ): Promise<Record<'first' | 'hedges' | 'retries', number>> => {
    const after = await scrapeMetrics(weir.adminUrl);
    const grown = (name: string, labels = {}): number => after.sum(name, labels) - before.sum(name, labels);
    const hedges = ['won', 'lost', 'failed'].map((result) => grown('weir_hedges_total', { result }));
    return {
      first: grown('weir_groups_per_lookup_sum'),
      hedges: hedges.reduce((sum, count) => sum + count),
      retries: grown('weir_retries_total', { result: 'sent' }),
    };
  };

  it('cost no key and no wrong row while one of six is frozen, within the budget of extra messages', async () => {
    const [sick] = homeNodes();
    if (sick === undefined) throw new Error('the datacenter has nodes');
    const before = await scrapeMetrics(weir.adminUrl);
    await freeze([sick]);
    let left = 300;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const { reply, expected } = await ask(10_000);
        // The error stands beside, so that a failure of this test says what became of the key.
        const got = reply.results.map(({ status, rows, error }) => ({ status, rows, error: error?.type }));
        expect(got).toEqual(expected);
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    const { first, hedges, retries } = await extraSince(before);
    expect(hedges).toBeGreaterThan(0);
    expect(hedges).toBeLessThanOrEqual(0.1 * first + bursts.hedges);
    expect(retries).toBeLessThanOrEqual(0.2 * first + bursts.retries);
  });

  it('are asked for nothing but probes after that, and asked again once they answer', async () => {
    const [sick] = [...paused];
    const address = `${sick?.address}:${sick?.port}`;
    expect(await plannedNodes()).not.toContain(address);
    await thaw();
    await eventually('the node is found again', async () => {
      await ask(10_000);
      return (await plannedNodes()).has(address) || undefined;
    });
  });

  const nothingUnderWay = (): Promise<unknown> =>
    eventually('nothing is under way any more', async () => {
      const metrics = await scrapeMetrics(weir.adminUrl);
      return metrics.sum('weir_host_inflight') === 0 || undefined;
    });

  it('all at once: every look-up ends by its deadline, and the budget holds', async () => {
    // What hedges were is counted when they end: none of an earlier test may end in this one.
    await nothingUnderWay();
    const before = await scrapeMetrics(weir.adminUrl);
    const startedMs = performance.now();
    await freeze(homeNodes());
    const replies: LookUpReply[] = [];
    for (let round = 0; round < 5; round += 1) {
      const asked = Array.from({ length: 20 }, () => ask(400));
      for (const { reply } of await Promise.all(asked)) replies.push(reply);
    }
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([504]));
    const seconds = Math.ceil((performance.now() - startedMs) / 1_000) + 1;
    await thaw();
    // Orphans end when their nodes are back.
    await nothingUnderWay();
    const { first, hedges, retries } = await extraSince(before);
    expect(first).toBeGreaterThan(0);
    const trials = trialsPerSecond * seconds * homeNodes().length;
    expect(hedges).toBeLessThanOrEqual(0.1 * first + bursts.hedges + trials);
    expect(retries).toBeLessThanOrEqual(0.2 * first + bursts.retries);
  });

  it('that are back serve every key again', async () => {
    await eventually('a look-up is whole', async () => {
      const { reply, expected } = await ask(10_000);
      const got = JSON.stringify(reply.results?.map(({ status, rows }) => ({ status, rows })));
      return got === JSON.stringify(expected) || undefined;
    });
  });
});
