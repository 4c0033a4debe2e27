import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { ReplicaError } from '../../../src/core/errors.ts';
import type { ReplicaRow } from '../../../src/core/ports.ts';
import { skus } from '../../support/batch-reads.ts';
import { echoRow, products } from '../../support/scripted-cluster.ts';
import { openScriptedReads } from '../../support/scripted-reads.ts';

const cached = { settings: { cache: { ttlMs: 60_000, missingTtlMs: 5_000, staleIfErrorMs: 60_000 } } };
const body = (...keys: string[]) => ({ keys: keys.map((sku) => ({ sku })) });

describe('the read path of a cached table', () => {
  it('sends one message for 1,000 concurrent look-ups of one uncached key, and none afterwards', async () => {
    const { ask, cluster } = openScriptedReads([products], cached);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => ask('products', body('a'))));
    expect(cluster.sent).toHaveLength(1);
    expect(new Set(answers.map(({ json }) => json.results[0].rows[0].title))).toEqual(new Set(['a']));
    const { json } = await ask('products', body('a'), { debug: true });
    expect(json.results[0]).toMatchObject({ status: 'found', source: 'cache' });
    expect(json.meta).toMatchObject({ groups: 0, cacheHits: 1, ringEpoch: 1 });
    expect(cluster.sent).toHaveLength(1);
  });

  it('asks the cluster for the keys that are not there, and no others', async () => {
    const { ask, cluster } = openScriptedReads([products], cached);
    await ask('products', body(...skus(10)));
    cluster.sent.length = 0;
    const { json } = await ask('products', body('new', ...skus(10)));
    expect(cluster.sent.flatMap(({ keys }) => keys)).toEqual([[nodeText.utf8('new')]]);
    expect(json.summary.found).toBe(11);
  });

  it('never keeps what was invalidated while its read was under way', async () => {
    const { ask, cluster, cache } = openScriptedReads([products], cached);
    let arrive = (): void => {};
    cluster.answer = (read) =>
      new Promise<readonly ReplicaRow[]>((resolve) => {
        arrive = () => resolve(read.keys.map((key) => echoRow(read, key)));
      });
    const asked = ask('products', body('a'));
    while (cluster.sent.length === 0) await Promise.resolve();
    cache.invalidate(products, [nodeText.utf8('a')]);
    arrive();
    expect((await asked).json.summary.found).toBe(1);
    cluster.answer = async () => [];
    expect((await ask('products', body('a'))).json.summary.missing).toBe(1);
    expect(cache.stats().droppedFills).toBe(1);
  });

  it('answers with a stale row where every owner fails', async () => {
    const { ask, cluster, clock } = openScriptedReads([products], cached);
    await ask('products', body('a'));
    await clock.advance(70_000);
    cluster.answer = () => Promise.reject(new ReplicaError('read-failure'));
    const { json } = await ask('products', body('a', 'b'), { debug: true });
    expect(json.results[0]).toMatchObject({ status: 'found', source: 'stale', ageMs: 70_000 });
    expect(json.results[1]).toMatchObject({ status: 'error' });
  });

  it('answers noCache from the cluster, and what that brings is kept', async () => {
    const { ask, cluster } = openScriptedReads([products], cached);
    await ask('products', body('a'));
    await ask('products', body('a'), { noCache: true });
    expect(cluster.sent).toHaveLength(2);
    await ask('products', body('a'));
    expect(cluster.sent).toHaveLength(2);
  });
});
