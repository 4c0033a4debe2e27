import { describe, expect, it } from 'vitest';
import { ReplicaError, type ReplicaErrorName } from '../../../src/core/errors.ts';
import type { LookUpCall } from '../../../src/core/reads/look-up.ts';
import { products } from '../../support/scripted-cluster.ts';
import { openScriptedReads, refusalOf } from '../../support/scripted-reads.ts';

const cache = { ttlMs: 60_000, missingTtlMs: 5_000, staleIfErrorMs: 60_000 };

function open() {
  const reads = openScriptedReads([products], { settings: { cache } });
  const { lookUp, call, application, cluster } = reads;
  const ask = async (keys: readonly string[], change: Partial<LookUpCall> = {}) => {
    const answer = await lookUp({
      ...call('products'),
      body: { keys },
      strict: false,
      debug: true,
      ...change,
    });
    return { ...answer, json: JSON.parse(answer.body) };
  };
  const readRow = (sku: string, change: { noCache?: boolean } = {}) =>
    reads.readRow({ ...call('products'), parameters: [['sku', sku]], ...change });
  const fail = (kind: ReplicaErrorName = 'connection-lost') => {
    cluster.answer = () => Promise.reject(new ReplicaError(kind));
  };
  return {
    ...reads,
    ask,
    readRow,
    fail,
    withUse: (cacheUse: 'fill' | 'read' | 'off') => ({ ...application, cacheUse }),
  };
}

describe('a look-up of a table with a cache', () => {
  it('counts distinct keys by what answered them', async () => {
    const { ask } = open();
    const first = await ask(['a', 'b', 'a']);
    expect(first.account).toMatchObject({ keys: 3, cacheHits: 0, cache: { use: 'read', keys: 2, stale: 0 } });
    const second = await ask(['a', 'c', 'a']);
    expect(second.account).toMatchObject({
      keys: 3,
      cacheHits: 1,
      cache: { use: 'read', keys: 2, stale: 0 },
    });
    expect(second.json.results.map(({ source }: { source: string }) => source)).toEqual([
      'cache',
      'cassandra',
      'cache',
    ]);
    expect(second.json.meta).toMatchObject({ cacheHits: 1, joined: 0, hedged: 0 });
  });

  it('says how old its rows are', async () => {
    const { ask, clock } = open();
    await ask(['a']);
    await clock.advance(1_500);
    expect((await ask(['a'])).json.results).toMatchObject([{ source: 'cache', ageMs: 1_500 }]);
  });

  it('counts what stands in beyond its time where the cluster fails', async () => {
    const { ask, clock, fail } = open();
    await ask(['a', 'b']);
    await clock.advance(61_000);
    fail();
    const { account, json } = await ask(['a', 'b', 'c']);
    expect(account).toMatchObject({ found: 2, error: 1, cacheHits: 0, cache: { keys: 3, stale: 2 } });
    expect(json.results.map(({ source }: { source?: string }) => source)).toEqual([
      'stale',
      'stale',
      undefined,
    ]);
  });

  it('that wants no cached row is told as refused, and reads', async () => {
    const { ask, cluster } = open();
    await ask(['a']);
    const { account } = await ask(['a'], { noCache: true });
    expect(account).toMatchObject({ cacheHits: 0, cache: { use: 'refused', keys: 1, stale: 0 } });
    expect(cluster.sent).toHaveLength(2);
  });

  it('of a class that does without is told so, and reads', async () => {
    const { ask, cluster, withUse } = open();
    await ask(['a']);
    const { account } = await ask(['a'], { application: withUse('off') });
    expect(account).toMatchObject({ cacheHits: 0, cache: { use: 'off', keys: 1, stale: 0 } });
    expect(cluster.sent).toHaveLength(2);
  });

  it('that is strict is refused as a whole where a key that is not cached fails, and shows no cached row', async () => {
    const { ask, fail } = open();
    await ask(['a']);
    fail('rejected');
    const { problem, json, account } = await ask(['a', 'b'], { strict: true });
    expect(problem).toBe('replica-rejected');
    expect(json.results).toMatchObject([
      { status: 'found', rows: [], source: 'cache' },
      { status: 'error', rows: [] },
    ]);
    expect(account).toMatchObject({ found: 1, error: 1, cacheHits: 1 });
  });

  it('that is strict is answered where all that fails is still kept', async () => {
    const { ask, fail } = open();
    await ask(['a', 'b']);
    fail();
    const { problem, json } = await ask(['a', 'b'], { strict: true });
    expect(problem).toBeUndefined();
    expect(json.summary).toEqual({ found: 2, missing: 0, error: 0, unprocessed: 0 });
  });
});

describe('a row of a table with a cache', () => {
  it('has an age where the cache answered with it, and none where it was read', async () => {
    const { readRow, clock } = open();
    expect((await readRow('a')).ageMs).toBeUndefined();
    await clock.advance(2_500);
    const cached = await readRow('a');
    expect(cached.ageMs).toBe(2_500);
    expect(cached.account).toMatchObject({
      groups: 0,
      cacheHits: 1,
      cache: { use: 'read', keys: 1, stale: 0 },
    });
  });

  it('is the same row from either place', async () => {
    const { readRow } = open();
    expect((await readRow('a')).body).toBe((await readRow('a')).body);
  });

  it('has its age also beyond its time', async () => {
    const { readRow, clock, fail } = open();
    await readRow('a');
    await clock.advance(61_000);
    fail();
    const { ageMs, account } = await readRow('a');
    expect(ageMs).toBe(61_000);
    expect(account.cache).toEqual({ use: 'read', keys: 1, stale: 1 });
  });

  it('is read where no cached one is wanted', async () => {
    const { readRow, cluster } = open();
    await readRow('a');
    expect((await readRow('a', { noCache: true })).ageMs).toBeUndefined();
    expect(cluster.sent).toHaveLength(2);
  });

  it('that is not there is known to the cache, too', async () => {
    const { readRow, cluster } = open();
    cluster.answer = async () => [];
    for (const _ of [1, 2]) expect((await refusalOf(readRow('a'))).slug).toBe('row-not-found');
    expect(cluster.sent).toHaveLength(1);
  });
});
