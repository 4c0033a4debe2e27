import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { createAnswerRoom } from '../../../src/core/reads/answer-room.ts';
import type { KeyOutcome } from '../../../src/core/reads/key-reader.ts';
import {
  type BatchChange,
  inWords,
  noRow,
  overloaded,
  rowOf,
  setUpCachedReads,
  timedOut,
} from '../../support/cached-reads.ts';
import { products } from '../../support/scripted-cluster.ts';

describe('where the cluster fails', () => {
  const cache = { ttlMs: 1_000, missingTtlMs: 1_000, staleIfErrorMs: 5_000 };

  const failed = async (outcome: KeyOutcome, change: BatchChange = {}) => {
    const set = setUpCachedReads();
    await set.fill(['a'], { cache });
    await set.clock.advance(2_000);
    const asked = set.ask(['a', 'b'], { cache, ...change });
    set.reads[1]?.answer(() => outcome);
    return { ...set, result: await asked };
  };

  it.each<readonly [string, KeyOutcome]>([
    ['a failed read', timedOut],
    ['no owner', { status: 'error', problem: 'no-replica' }],
    ['too much under way', overloaded],
    ['no time left', { status: 'unprocessed', reason: 'deadline' }],
  ])('answers with a stale row: %s', async (_, outcome) => {
    const { result, events, cache: rows } = await failed(outcome);
    expect(result.outcomes[0]).toMatchObject({ source: 'stale', rows: ['a'], ageMs: 2_000 });
    expect(result.outcomes[1]).toEqual(outcome);
    expect(result.report).toMatchObject({ cacheHits: 0, stale: 1 });
    expect(events[1]).toMatchObject({ hits: 0, misses: 2, stale: 1 });
    expect(rows.stats().stale).toBe(1);
  });

  it.each<readonly [string, KeyOutcome]>([
    ['a value that no repetition makes readable', { status: 'error', problem: 'unreadable-value' }],
    ['a statement that Cassandra refuses', { status: 'error', problem: 'replica-rejected' }],
    ['a verdict on the request', { status: 'unprocessed', reason: 'quota' }],
  ])('says so: %s', async (_, outcome) => {
    expect((await failed(outcome)).result.outcomes[0]).toEqual(outcome);
  });

  it('does not answer noCache with a stale row, nor a stronger consistency with a weaker one', async () => {
    expect(inWords((await failed(timedOut, { noCache: true })).result)[0]).toBe('replica-timeout');
    const stronger = await failed(timedOut, { consistency: 'LOCAL_QUORUM' });
    expect(inWords(stronger.result)[0]).toBe('replica-timeout');
  });

  it('answers with a row that somebody else has read meanwhile, which is neither a hit nor stale', async () => {
    const { ask, reads, events, cache: rows } = setUpCachedReads();
    const first = ask(['a']);
    const second = ask(['a'], { noCache: true });
    reads[1]?.answer(() => rowOf('new'));
    reads[0]?.answer(() => timedOut);
    await second;
    const { report, ...result } = await first;
    expect(inWords({ report, ...result })).toEqual(['joined new']);
    expect(report).toMatchObject({ cacheHits: 0, stale: 0, joined: 1 });
    const table = { keyspace: 'shop', table: 'products' };
    expect(events).toContainEqual({ ...table, hits: 0, misses: 1, stale: 0, joined: 1 });
    expect(rows.stats()).toMatchObject({ hits: 0, misses: 2, stale: 0, joined: 1 });
  });

  it('counts a stale row also where the answer has no room for it', async () => {
    const { result, events } = await failed(timedOut, { answerRoom: createAnswerRoom(0) });
    expect(inWords(result)[0]).toBe('size');
    expect(result.report).toMatchObject({ cacheHits: 0, stale: 1 });
    expect(events[1]).toMatchObject({ hits: 0, stale: 1 });
  });

  it('does not answer with what was invalidated or purged while it failed', async () => {
    for (const purge of ['partition', 'table'] as const) {
      const { ask, fill, reads, clock, cache: rows } = setUpCachedReads();
      await fill(['a'], { cache });
      await clock.advance(2_000);
      const asked = ask(['a'], { cache });
      if (purge === 'table') rows.invalidateTable('shop', 'products');
      else rows.invalidate(products, [nodeText.utf8('a')]);
      reads[1]?.answer(() => timedOut);
      expect(inWords(await asked)).toEqual(['replica-timeout']);
    }
  });

  it('never says of a key that it is missing because it was', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const first = ask(['a'], { cache });
    reads[0]?.answer(() => noRow);
    await first;
    await clock.advance(2_000);
    const asked = ask(['a'], { cache });
    reads[1]?.answer(() => timedOut);
    expect(inWords(await asked)).toEqual(['replica-timeout']);
  });
});
