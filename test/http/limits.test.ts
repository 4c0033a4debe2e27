import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LimitRefusal } from '../../src/core/problem-document.ts';
import { pausedRetryAfterMs } from '../../src/core/throttle/refused-call.ts';
import { eventually } from '../support/eventually.ts';
import { type OpenApiDocument, schemaFaults } from '../support/open-api-document.ts';
import { createDataApp } from './data-app-fixture.ts';
import { openLimitedPort } from './limited-port.ts';

const seen = (holds: () => boolean): Promise<true> =>
  eventually('what the test waits for', () => holds() || undefined, { pauseMs: 5 });

describe('an answer to an application with a limit', () => {
  it('tells the limit and where it stands, after what was charged', async () => {
    const { ask } = openLimitedPort(40_000);
    const { statusCode, headers } = await ask(['a', 'b']);
    expect(statusCode).toBe(200);
    expect(headers['ratelimit-policy']).toBe('"read";q=40000;w=2');
    expect(headers['ratelimit']).toBe('"read";r=39998;t=1');
  });

  it('tells it with a row, also with one that is not there', async () => {
    const { port, cluster } = openLimitedPort(40_000);
    expect((await port.get()).headers['ratelimit']).toBe('"read";r=39999;t=1');
    cluster.answer = async () => [];
    const missing = await port.get();
    expect([missing.statusCode, missing.headers['ratelimit']]).toEqual([404, '"read";r=39998;t=1']);
    expect(missing.headers).not.toHaveProperty('retry-after');
  });

  it('that is refused before anything was asked tells nothing', async () => {
    const { ask } = openLimitedPort(40_000);
    const { statusCode, headers } = await ask([]);
    expect(statusCode).toBe(400);
    expect(headers).not.toHaveProperty('ratelimit');
  });
});

describe('an answer to an application without a limit', () => {
  it('tells nothing of limits', async () => {
    const unlimited = createDataApp();
    for (const { headers } of [await unlimited.lookUp(), await unlimited.get()]) {
      expect(headers).not.toHaveProperty('ratelimit');
      expect(headers).not.toHaveProperty('ratelimit-policy');
    }
  });
});

describe('a part of the keys beyond the limit', () => {
  it('is unprocessed, and the answer says when to ask for it', async () => {
    const { ask } = openLimitedPort(1);
    const response = await ask(['a', 'b']);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      results: [{ status: 'found' }, { status: 'unprocessed', reason: 'quota', rows: [] }],
      summary: { found: 1, missing: 0, error: 0, unprocessed: 1 },
      retryAfterMs: 40,
    });
    expect(response.headers).not.toHaveProperty('retry-after');
  });
});

describe('all keys beyond the limit', () => {
  it.each([
    [40, '40', '1', 'a second at least'],
    [0.2, '1', '1', 'a part of a millisecond is one'],
    [1_000.5, '1001', '2', 'rounded up in both, never early'],
    [61_000, '61000', '61', 'whole seconds'],
  ])('with units in %d ms are 429 with Retry-After-Ms: %s and Retry-After: %s', async (ms, inMs, inS) => {
    const { ask, throttle } = openLimitedPort(0);
    throttle.retryAfterMs = ms;
    const response = await ask(['a']);
    expect(response.statusCode).toBe(429);
    expect(response.headers['retry-after-ms']).toBe(inMs);
    expect(response.headers['retry-after']).toBe(inS);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({
      type: '/problems/over-quota',
      status: 429,
      'violated-policies': ['read'],
      retryAfterMs: Number(inMs),
      summary: { unprocessed: 1 },
    });
    expect(response.headers['ratelimit']).toBe(`"read";r=0;t=${Math.min(2, Number(inS))}`);
  });

  it('are told alike of a row', async () => {
    const { port, throttle } = openLimitedPort(0);
    throttle.retryAfterMs = 1_200.2;
    const response = await port.get();
    expect(response.statusCode).toBe(429);
    expect(response.headers).toMatchObject({ 'retry-after': '2', 'retry-after-ms': '1201' });
    expect(response.json()).toMatchObject({
      type: '/problems/over-quota',
      'violated-policies': ['read'],
      retryAfterMs: 1_201,
    });
  });

  it.each([
    ['paused', 429, 'application-paused', '5000'],
    ['queue-full', 429, 'queue-full', undefined],
    ['store-down', 503, 'limiter-unavailable', '1000'],
    ['oversize', 422, 'impossible', undefined],
  ] as const)('because of %s are %i %s, Retry-After-Ms %s', async (reason, status, slug, retryAfterMs) => {
    const { ask, port, throttle } = openLimitedPort(0);
    Object.assign(throttle, { reason, retryAfterMs: reason === 'paused' ? pausedRetryAfterMs : undefined });
    for (const response of [await ask(['a'], { prefer: 'handling=strict' }), await port.get()]) {
      expect([response.statusCode, response.json().type]).toEqual([status, `/problems/${slug}`]);
      expect(response.headers['retry-after-ms']).toBe(retryAfterMs);
      expect(response.json().retryAfterMs).toBe(retryAfterMs && Number(retryAfterMs));
    }
  });

  it('refuse a strict look-up for one of them, and charge nothing', async () => {
    const { ask, throttle, cluster } = openLimitedPort(2);
    const response = await ask(['a', 'b', 'c'], { prefer: 'handling=strict' });
    expect(response.statusCode).toBe(429);
    expect([throttle.left, cluster.sent.length]).toEqual([2, 0]);
  });
});

describe('a refusal by limits of whatever route', () => {
  it('says which, and when to come again', async () => {
    const { lookUp } = createDataApp(async () => {
      throw new LimitRefusal('over-quota', 'why', { retryAfterMs: 12.5, violated: ['connect'] });
    });
    const response = await lookUp();
    expect(response.headers).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '13' });
    expect(response.json()).toMatchObject({ 'violated-policies': ['connect'], retryAfterMs: 13 });
  });
});

describe('Prefer: wait', () => {
  it.each([
    ['wait=2', 2_000, 'wait=2'],
    ['wait=0', 0, 'wait=0'],
    ['handling=strict, wait=1', 1_000, 'handling=strict, wait=1'],
    ['wait=soon', undefined, undefined],
  ])('%s asks the limits to wait %s ms, and is told to be applied: %s', async (prefer, waitMs, applied) => {
    const { ask, throttle } = openLimitedPort(5);
    const { headers } = await ask(['a'], { prefer });
    expect(throttle.asks[0]?.waitMs).toBe(waitMs);
    expect(headers['preference-applied']).toBe(applied);
  });

  it('is heeded for a row, where its handling is not asked', async () => {
    const { port, throttle } = openLimitedPort(5);
    const { headers } = await port.get({ headers: { prefer: 'handling=strict, wait=3' } });
    expect(throttle.asks[0]?.waitMs).toBe(3_000);
    expect(headers['preference-applied']).toBe('wait=3');
  });

  it('is not told to be applied where no limit was asked', async () => {
    const cache = { ttlMs: 60_000, missingTtlMs: 5_000, staleIfErrorMs: 0 };
    const { ask } = openLimitedPort(5, { settings: { cache } });
    await ask(['a']);
    expect((await ask(['a'], { prefer: 'wait=3' })).headers).not.toHaveProperty('preference-applied');
  });

  it('shows in Server-Timing and in the log how long it took', async () => {
    const { ask, throttle, clock, port } = openLimitedPort(5);
    throttle.isSlow = true;
    const asked = ask(['a', 'b'], { prefer: 'wait=1', 'x-debug': '1' });
    await seen(() => throttle.asks.length === 1);
    await clock.advance(30.123);
    await throttle.decide(25.456);
    expect((await asked).headers['server-timing']).toMatch(/^quota;dur=30\.12, cassandra;dur=/);
    expect(JSON.parse(port.log())).toMatchObject({ unitsUsed: 2, unitsRefused: 0, waitedMs: 25.46 });
  });
});

describe('a caller that waits and goes', () => {
  let close = async (): Promise<void> => {};
  afterEach(() => close());

  it('is told to those who let it wait, once, and not when it was answered', async () => {
    const { port, throttle } = openLimitedPort(5);
    throttle.isSlow = true;
    close = () => port.app.close();
    await port.app.listen({ host: '127.0.0.1', port: 0 });
    const { port: number } = port.app.server.address() as AddressInfo;
    const begin = (): http.ClientRequest => {
      const request = http.request({
        port: number,
        host: '127.0.0.1',
        method: 'POST',
        path: '/v1/shop/products/lookup',
        headers: { 'content-type': 'application/json', 'x-weir-app': 'storefront' },
      });
      request.on('error', () => {});
      return request.end('{"keys":["a"]}');
    };
    const leaving = begin();
    await seen(() => throttle.asks.length === 1);
    const watch = throttle.asks[0]?.caller;
    let told = 0;
    const stopped = watch?.onGone(() => {
      told += 100;
    });
    stopped?.();
    watch?.onGone(() => {
      told += 1;
    });
    expect(watch?.gone).toBe(false);
    leaving.destroy();
    await seen(() => told === 1);
    expect(watch?.gone).toBe(true);
    watch?.onGone(() => {
      told += 1;
    });
    expect(told).toBe(2);
    await throttle.decide();
  });
});

describe('answers of limits', () => {
  it('are as the port describes them', async () => {
    const { port, ask } = openLimitedPort(1);
    const document: OpenApiDocument = (await port.app.inject({ method: 'GET', url: '/openapi.json' })).json();
    const answers = [
      ['LookUpAnswer', await ask(['a', 'b'])],
      ['LookUpProblem', await ask(['a', 'b'])],
      ['Problem', await port.get()],
      ['OwnLimits', await port.get({ url: '/v1/limits' })],
    ] as const;
    expect(answers.map(([, { statusCode }]) => statusCode)).toEqual([200, 429, 429, 200]);
    for (const [name, answer] of answers) {
      expect(schemaFaults(document, { $ref: `#/components/schemas/${name}` }, answer.json())).toEqual([]);
    }
  });
});

describe('GET /v1/limits', () => {
  it('tells the caller its own limits, and costs nothing', async () => {
    const { port, throttle } = openLimitedPort(39_950);
    const response = await port.get({ url: '/v1/limits' });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'private, no-cache',
    });
    expect(response.json()).toEqual({
      application: 'storefront',
      limits: [
        {
          operation: 'read',
          policy: 'read',
          rate: 20_000,
          burst: 40_000,
          remaining: 39_950,
          used: 50,
          fullInMs: 3,
          mode: 'lease',
          enforce: 'on',
        },
      ],
      paused: false,
    });
    expect(throttle.asks).toEqual([]);
  });

  it('tells of none where nobody is limited', async () => {
    const { get } = createDataApp();
    expect((await get({ url: '/v1/limits' })).json()).toEqual({
      application: 'storefront',
      limits: [],
      paused: false,
    });
  });

  it('is for callers who are known', async () => {
    const { get } = createDataApp();
    expect((await get({ url: '/v1/limits', headers: { 'x-weir-app': 'nobody' } })).statusCode).toBe(401);
  });
});
