import { describe, expect, it } from 'vitest';
import { refusedCall } from '../../../src/core/throttle/refused-call.ts';
import { products } from '../../support/scripted-cluster.ts';
import { refusalOf } from '../../support/scripted-reads.ts';
import { createScriptedThrottle } from '../../support/scripted-throttle.ts';
import {
  endWrites,
  keyText,
  openScriptedWrites,
  productRows,
  skus,
  wallStartMicros,
} from '../../support/scripted-writes.ts';

describe('who may write what', () => {
  it.each([
    [['read'], 'products', 'operation-not-granted', 'another operation is granted'],
    [[], 'products', 'not-found', 'a grant of nothing'],
    [['write'], 'nowhere', 'not-found', 'no grant at all'],
  ] as const)('with %j on %s ends in %s: %s', async (operations, table, slug, _why) => {
    const { write } = openScriptedWrites([products], { operations });
    expect((await refusalOf(write(table, productRows('a')))).slug).toBe(slug);
  });

  it('is refused where the table takes no writes, with the setting to blame', async () => {
    const { write, sent } = openScriptedWrites([products], { settings: { writable: false } });
    const refusal = await refusalOf(write('products', productRows('a')));
    expect(refusal.slug).toBe('impossible');
    expect(refusal.detail).toContain('`writable`');
    expect(sent).toEqual([]);
  });

  it('needs a session first of all, where there is a limit on them', async () => {
    const refusal = refusedCall('session-required', 'name a session');
    const { plainWrite, call, sent } = openScriptedWrites([products], { refusal });
    const asked = { ...call('nowhere'), body: 7, strict: false, sessionId: undefined };
    expect(await plainWrite(asked)).toBe(refusal);
    expect(sent).toEqual([]);
  });
});

describe('timestamps', () => {
  const stamps = (sent: ReturnType<typeof openScriptedWrites>['sent']) =>
    sent
      .flatMap(({ changes }) => changes)
      .toSorted((one, other) => (keyText(one) < keyText(other) ? -1 : 1))
      .map(({ timestampMicros }) => timestampMicros);

  it('rise with the rows, from one that is answered', async () => {
    const { write, sent } = openScriptedWrites([products]);
    const { json } = await write('products', productRows('a', 'b', 'c'));
    expect(json.timestampMicros).toBe(String(wallStartMicros));
    expect(stamps(sent)).toEqual([wallStartMicros, wallStartMicros + 1n, wallStartMicros + 2n]);
  });

  it('are never those of another request, though no time has passed', async () => {
    const { write } = openScriptedWrites([products]);
    const bases = [];
    for (let times = 0; times < 3; times += 1) {
      bases.push(BigInt((await write('products', productRows('a', 'b'))).json.timestampMicros));
    }
    expect(bases.map((base) => base - wallStartMicros)).toEqual([0n, 3n, 6n]);
  });

  it('repeat where the one that was answered is sent again', async () => {
    const { write, sent } = openScriptedWrites([products]);
    const { json } = await write('products', productRows('a', 'b'));
    const first = sent.splice(0);
    const again = await write('products', {
      ...productRows('a', 'b'),
      timestampMicros: json.timestampMicros,
    });
    expect(again.json).toEqual(json);
    expect(stamps(sent)).toEqual(stamps(first));
  });
});

describe('what a message carries', () => {
  it('is the consistency, the trace, cells and the time to live', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { write, sent } = openScriptedWrites([products]);
    const rows = [{ values: { sku: 'a', title: null }, ttlSeconds: 60 }];
    await write('products', { rows, consistency: 'LOCAL_ONE' }, { traceparent });
    expect(sent).toMatchObject([
      { consistency: 'LOCAL_ONE', traceparent, changes: [{ cells: [null], ttlSeconds: 60 }] },
    ]);
    await write('products', productRows('a'));
    expect(sent[1]).toMatchObject({ consistency: 'LOCAL_QUORUM' });
  });
});

describe('a limit on writes', () => {
  it('lets the first rows pass, and tells when to send the rest', async () => {
    const throttle = createScriptedThrottle(2);
    const { write, sent, counted } = openScriptedWrites([products], { throttle });
    const { problem, json, account } = await write('products', productRows('a', 'b', 'c'));
    expect(problem).toBeUndefined();
    expect(json).toMatchObject({
      results: [{ status: 'written' }, { status: 'written' }, { status: 'unprocessed', reason: 'quota' }],
      summary: { written: 2, error: 0, unprocessed: 1 },
      retryAfterMs: 40,
    });
    expect(throttle.asks).toMatchObject([{ operation: 'write', units: 3, strict: false }]);
    expect(throttle.settled).toEqual([2]);
    expect(account).toMatchObject({ rows: 3, written: 2, quota: { asked: 3, refused: 1, used: 2 } });
    expect(counted).toEqual({ written: 2, unprocessed: 1 });
    expect(sent).toHaveLength(2);
  });

  it('refuses a strict write whole, and nothing is sent', async () => {
    const throttle = createScriptedThrottle(2);
    const { write, sent } = openScriptedWrites([products], { throttle });
    const { problem, json, retryAfterMs } = await write('products', productRows('a', 'b', 'c'), {
      strict: true,
    });
    expect(problem).toBe('over-quota');
    expect(retryAfterMs).toBe(40);
    expect(json).toMatchObject({ status: 429, 'violated-policies': ['read'], summary: { unprocessed: 3 } });
    expect(throttle.left).toBe(2);
    expect(sent).toEqual([]);
  });

  it.each([
    ['oversize', 'impossible'],
    ['paused', 'application-paused'],
    ['queue-full', 'queue-full'],
    ['store-down', 'limiter-unavailable'],
  ] as const)('that says %s ends in %s', async (reason, problem) => {
    const throttle = createScriptedThrottle(0);
    throttle.reason = reason;
    const { write } = openScriptedWrites([products], { throttle });
    expect((await write('products', productRows('a'))).problem).toBe(problem);
  });

  it.each([1, 0])('tells with %i of its units that it is slowed to protect others', async (units) => {
    const throttle = createScriptedThrottle(units);
    const { admit } = throttle;
    throttle.admit = async (ask) => {
      const admission = await admit(ask);
      return { ...admission, refusal: admission.refusal && { ...admission.refusal, slowed: 0.35 } };
    };
    const { write } = openScriptedWrites([products], { throttle });
    const { json } = await write('products', productRows('a', 'b'));
    expect(json).toMatchObject({ reason: 'guard', slowedTo: 0.35 });
  });

  it('is given back what was never sent', async () => {
    const throttle = createScriptedThrottle(100);
    const scene = openScriptedWrites([products], { throttle });
    const { write, cluster, clock } = scene;
    for (const { id } of cluster.state().nodes) cluster.down.add(id);
    await write('products', productRows(...skus(5)));
    expect(throttle.settled).toEqual([0]);
    cluster.down.clear();
    scene.respond = endWrites(clock, () => ['write-timeout']);
    await clock.runUntil(write('products', productRows(...skus(5))));
    expect(throttle.settled).toEqual([0, 5]);
    expect(throttle.left).toBe(95);
  });

  it('may be waited for, and the rows are stamped when it gives units', async () => {
    const throttle = createScriptedThrottle(10);
    throttle.isSlow = true;
    const { write, clock } = openScriptedWrites([products], { throttle });
    const pending = write('products', productRows('a'), { waitMs: 500 });
    await clock.advance(200);
    await throttle.decide(200);
    const { json, account } = await pending;
    expect(throttle.asks).toMatchObject([{ waitMs: 500 }]);
    expect(account.quota).toMatchObject({ waitedMs: 200, verdictMs: 200 });
    expect(json.timestampMicros).toBe(String(wallStartMicros + 200_000n));
  });
});

describe('the answer to a write', () => {
  it('is a success where any row was written', async () => {
    const scene = openScriptedWrites([products]);
    const { write, clock } = scene;
    scene.respond = endWrites(clock, ({ changes }) =>
      changes.some((change) => keyText(change) === 'b') ? ['rejected', 3] : ['ok', 7],
    );
    const { problem, json, account } = await clock.runUntil(write('products', productRows('a', 'b', 'c')));
    expect(problem).toBeUndefined();
    expect(json).toEqual({
      results: [
        { status: 'written' },
        {
          status: 'error',
          error: {
            type: '/problems/replica-rejected',
            title: 'Cassandra refused the statement',
            retryable: false,
          },
        },
        { status: 'written' },
      ],
      summary: { written: 2, error: 1, unprocessed: 0 },
      timestampMicros: String(wallStartMicros),
    });
    expect(account).toEqual({
      rows: 3,
      written: 2,
      error: 1,
      unprocessed: 0,
      retries: 0,
      cassandraMs: 7,
      quota: undefined,
    });
  });

  it('is a problem with the same members where none was', async () => {
    const scene = openScriptedWrites([products]);
    scene.respond = endWrites(scene.clock, () => ['rejected']);
    const { problem, json } = await scene.clock.runUntil(scene.write('products', productRows('a')));
    expect(problem).toBe('replica-rejected');
    expect(json).toMatchObject({
      type: '/problems/replica-rejected',
      status: 503,
      detail: 'no row could be written',
      results: [{ status: 'error' }],
      summary: { written: 0, error: 1, unprocessed: 0 },
      timestampMicros: String(wallStartMicros),
    });
  });

  it('tells metrics of each message', async () => {
    const scene = openScriptedWrites([products]);
    const { write, clock, sent, messages } = scene;
    scene.respond = endWrites(clock, () => (sent.length === 1 ? ['write-timeout', 5] : ['ok', 3]));
    await clock.runUntil(write('products', productRows('a')));
    expect(messages).toMatchObject([
      { keys: 1, durationMs: 5, outcome: 'write-timeout' },
      { keys: 1, durationMs: 3, outcome: 'ok' },
    ]);
  });
});
