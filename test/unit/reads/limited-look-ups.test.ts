import { describe, expect, it } from 'vitest';
import { type ProblemSlug, ReplicaError } from '../../../src/core/errors.ts';
import { RowRefusal } from '../../../src/core/reads/row.ts';
import type { RefusalReason } from '../../../src/core/throttle/throttle.ts';
import { makeState } from '../../support/rings.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';
import { openScriptedReads, refusalOf, type ScriptedReadsOptions } from '../../support/scripted-reads.ts';
import { createScriptedThrottle } from '../../support/scripted-throttle.ts';

const orders = makeTable('orders', ['customer'], ['number'], ['total']);
const places = makeTable('places', ['country', 'town'], [], ['name']);

function open(units: number, options: ScriptedReadsOptions = {}) {
  const throttle = createScriptedThrottle(units);
  return { ...openScriptedReads([products, orders, places], { ...options, throttle }), throttle };
}

const keys = (...skus: string[]) => ({ keys: skus });

describe('a look-up of an application with a limit', () => {
  it('asks for itself: who, what, until when, and whether it would wait', async () => {
    const { ask, throttle, application } = open(5);
    const caller = { gone: false, onGone: () => () => {} };
    await ask('products', keys('a', 'b', 'a'), { waitMs: 500, caller });
    expect(throttle.asks).toEqual([
      { application, operation: 'read', units: 2, strict: false, waitMs: 500, deadlineMs: 1_000, caller },
    ]);
  });

  it('answers as many keys as there are units for, and says when to ask for the others', async () => {
    const { ask, throttle } = open(1);
    throttle.retryAfterMs = 39.2;
    const { problem, json } = await ask('products', keys('a', 'b'));
    expect(problem).toBeUndefined();
    expect(json).toMatchObject({
      results: [{ status: 'found' }, { status: 'unprocessed', reason: 'quota' }],
      summary: { found: 1, unprocessed: 1 },
      retryAfterMs: 40,
    });
  });

  it('says nothing of asking again where nobody knows, or where nothing was refused', async () => {
    const { ask, throttle } = open(3);
    expect((await ask('products', keys('a'))).json).not.toHaveProperty('retryAfterMs');
    throttle.retryAfterMs = undefined;
    expect((await ask('products', keys('b', 'c', 'd'))).json).not.toHaveProperty('retryAfterMs');
  });

  it('is refused as a whole where it is strict, keys of both forms together, and nothing is sent', async () => {
    const { ask, throttle, cluster } = open(2);
    const body = { keys: [{ customer: 'a' }, { customer: 'b', number: '1' }, { customer: 'c' }] };
    const { problem, json } = await ask('orders', body, { strict: true });
    expect(problem).toBe('over-quota');
    expect(json['violated-policies']).toEqual(['read']);
    expect(json.summary.unprocessed).toBe(3);
    expect(throttle.asks.map((asked) => asked.units)).toEqual([3]);
    expect([cluster.sent.length, throttle.left]).toEqual([0, 2]);
  });

  it('tells what it took', async () => {
    const { lookUp, call } = open(1);
    const body = keys('a', 'b');
    const { account } = await lookUp({ ...call('products'), body, strict: false, debug: false });
    expect(account.quota).toEqual({ asked: 2, refused: 1, used: 1, waitedMs: 0, verdictMs: 0 });
  });

  it('tells nothing of limits where there are none', async () => {
    const { lookUp, call } = openScriptedReads([products]);
    const { account } = await lookUp({
      ...call('products'),
      body: keys('a'),
      strict: false,
      debug: false,
    });
    expect(account.quota).toBeUndefined();
  });
});

describe('a look-up that gets no unit', () => {
  it.each<[RefusalReason, ProblemSlug, number, number | undefined]>([
    ['over', 'over-quota', 429, 40],
    ['queue-full', 'queue-full', 429, 40],
    ['paused', 'application-paused', 429, undefined],
    ['store-down', 'limiter-unavailable', 503, 40],
    ['oversize', 'impossible', 422, undefined],
  ])('because of %s is %s, %i', async (reason, slug, status, retryAfterMs) => {
    const { lookUp, call, throttle } = open(0);
    Object.assign(throttle, { reason, retryAfterMs });
    const body = keys('a', 'b');
    const answer = await lookUp({ ...call('products'), body, strict: true, debug: false });
    expect([answer.problem, answer.retryAfterMs]).toEqual([slug, retryAfterMs]);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: `/problems/${slug}`,
      status,
      'violated-policies': ['read'],
      summary: { unprocessed: 2 },
    });
  });

  it('tells of an impossible one what is impossible', async () => {
    const { ask, throttle } = open(0);
    throttle.reason = 'oversize';
    const { json } = await ask('products', keys('a'), { strict: true });
    expect(json.detail).toBe('the keys need more units at once than a limit ever gives');
  });

  it('is late rather than without its limits, where both are so', async () => {
    const { ask, throttle, cluster, clock } = open(1);
    throttle.reason = 'store-down';
    cluster.answer = () => new Promise(() => {});
    const asked = ask('products', keys('a', 'b'));
    await clock.advance(1_000);
    expect((await asked).problem).toBe('deadline-exceeded');
  });
});

describe('a row of an application with a limit', () => {
  it('is refused with what the limits say', async () => {
    const { readRow, call, throttle } = open(0);
    const refusal = await refusalOf(readRow({ ...call('products'), parameters: [['sku', 'a']] }));
    expect(refusal).toBeInstanceOf(RowRefusal);
    expect(refusal).toMatchObject({
      slug: 'over-quota',
      limits: { retryAfterMs: 40, violated: ['read'] },
      account: { quota: { asked: 1, refused: 1, used: 0 } },
    });
    expect(throttle.asks).toMatchObject([{ units: 1, strict: true }]);
  });

  it('that is not there costs a unit, and is no matter of limits', async () => {
    const { readRow, call, throttle, cluster } = open(1);
    cluster.answer = async () => [];
    const refusal = await refusalOf(readRow({ ...call('products'), parameters: [['sku', 'a']] }));
    expect(refusal).toMatchObject({ slug: 'row-not-found', limits: undefined });
    expect(throttle.settled).toEqual([1]);
  });
});

describe('what reaches Cassandra, and nothing else, is charged', () => {
  const oneNode = { state: makeState([{ nodes: 1, racks: 1, replicationFactor: 1, datacenter: 'front' }]) };

  it('once a key, also where it is sent again to another owner', async () => {
    const { ask, throttle, cluster } = open(5);
    let sends = 0;
    cluster.answer = () => {
      sends += 1;
      return Promise.reject(new ReplicaError('connection-lost'));
    };
    await ask('products', keys('a'));
    expect(sends).toBe(2);
    expect(throttle.settled).toEqual([1]);
  });

  it('not where too much is in flight', async () => {
    const { ask, throttle } = open(5, { bounds: { keysInFlight: 1 } });
    const { json } = await ask('products', keys('a', 'b', 'c'));
    expect(json.summary).toMatchObject({ found: 1, unprocessed: 2 });
    expect(throttle.settled).toEqual([1]);
  });

  it('not groups that a node has no more room for, though they were planned', async () => {
    const { ask, throttle, cluster } = open(5, { ...oneNode, bounds: { inFlightPerHost: 1 } });
    const body = { keys: ['a', 'b', 'c'].map((country) => ({ country, town: 'x' })) };
    const { json } = await ask('places', body, { debug: true });
    expect(json.meta.groupKeys).toEqual([1, 1, 1]);
    expect(cluster.sent).toHaveLength(1);
    expect(throttle.settled).toEqual([1]);
  });

  it('not where no owner is up', async () => {
    const { ask, throttle, cluster } = open(5, oneNode);
    cluster.isUp = () => false;
    await ask('products', keys('a'));
    expect(throttle.settled).toEqual([0]);
  });

  it('not where the verdict came too late', async () => {
    const { ask, throttle, cluster, clock } = open(5);
    throttle.isSlow = true;
    const asked = ask('products', keys('a'));
    await clock.advance(1_500);
    await throttle.decide();
    expect((await asked).json.results).toMatchObject([{ status: 'unprocessed', reason: 'deadline' }]);
    expect([cluster.sent.length, ...throttle.settled]).toEqual([0, 0]);
  });

  it('one unit for a thousand look-ups of one key at once, whatever the limit is', async () => {
    const cache = { ttlMs: 60_000, missingTtlMs: 5_000, staleIfErrorMs: 0 };
    const { ask, throttle, cluster } = open(1, { settings: { cache } });
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => ask('products', keys('a'), { strict: true })),
    );
    expect(new Set(answers.map(({ problem }) => problem))).toEqual(new Set([undefined]));
    expect([cluster.sent.length, throttle.asks.length, throttle.left]).toEqual([1, 1, 0]);
  });
});
