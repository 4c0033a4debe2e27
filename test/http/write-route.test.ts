import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import { refusedCall } from '../../src/core/throttle/refused-call.ts';
import type { WriteAnswer } from '../../src/core/writes/write.ts';
import { createAuthenticator } from '../../src/http/authenticate.ts';
import { products } from '../support/scripted-cluster.ts';
import { openScriptedWrites, productRows } from '../support/scripted-writes.ts';
import { storefront } from './data-app-fixture.ts';
import { openWritePort, writtenAnswer } from './write-port.ts';

const quota = { asked: 3, refused: 1, used: 2, waitedMs: 12.345, verdictMs: 12.345 };

describe('POST …/write', () => {
  it('answers the bytes of the core, and nobody is to keep them', async () => {
    const response = await openWritePort().post();
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe(writtenAnswer.body);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-request-id': expect.any(String),
    });
  });

  it('hands on who writes what, and until when', async () => {
    const { post, calls } = openWritePort();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = {
      'x-request-timeout-ms': '250',
      'x-weir-session': 'a-session',
      prefer: 'handling=strict, wait=2',
      traceparent,
    };
    await post(headers, '{"rows":7,"odd":[]}');
    expect(calls).toEqual([
      {
        application: storefront,
        keyspace: 'shop',
        table: 'products',
        body: { rows: 7, odd: [] },
        deadlineMs: 250,
        sessionId: 'a-session',
        strict: true,
        waitMs: 2_000,
        caller: { gone: expect.any(Boolean), onGone: expect.any(Function) },
        traceparent,
      },
    ]);
    await post();
    expect(calls[1]).toMatchObject({
      deadlineMs: 1_000,
      sessionId: undefined,
      strict: false,
      waitMs: undefined,
    });
  });

  it.each([
    [{ 'x-weir-app': 'nobody' }, '{}', 401],
    [{ 'content-type': 'text/plain' }, '{}', 415],
    [{ 'content-encoding': 'gzip' }, '{}', 415],
    [{}, '{"rows":', 400],
    [{ 'x-request-timeout-ms': 'soon' }, '{}', 400],
  ])('refuses %j %s with %i before the core is asked', async (headers, payload, status) => {
    const { post, calls } = openWritePort();
    expect((await post(headers as Record<string, string>, payload)).statusCode).toBe(status);
    expect(calls).toEqual([]);
  });

  it('is not there where there are no writes', async () => {
    const { post } = openWritePort(undefined, { write: undefined });
    expect((await post()).statusCode).toBe(404);
  });
});

describe('the preferences of a write', () => {
  it.each([
    [undefined, 'handling=strict'],
    [quota, 'handling=strict, wait=1'],
  ])('are told where they were heeded, with the quota %j', async (given, applied) => {
    const account = { ...writtenAnswer.account, quota: given };
    const { post } = openWritePort(async () => ({ ...writtenAnswer, account }));
    const response = await post({ prefer: 'handling=strict, wait=1' });
    expect(response.headers['preference-applied']).toBe(applied);
  });
});

describe('a write that is not done', () => {
  it('is a problem with what became of each row', async () => {
    const answer: WriteAnswer = {
      ...writtenAnswer,
      problem: 'over-quota',
      body: '{"type":"/problems/over-quota","status":429,"results":[{"status":"unprocessed","reason":"quota"}]}',
      retryAfterMs: 40,
    };
    const { post, log } = openWritePort(async () => answer);
    const response = await post({ 'x-request-id': 'r-1' });
    expect(response.statusCode).toBe(429);
    expect(response.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '1',
      'retry-after-ms': '40',
    });
    expect(response.json()).toEqual({ ...JSON.parse(answer.body), instance: 'r-1', retryAfterMs: 40 });
    expect(JSON.parse(log())).toMatchObject({ problem: 'over-quota', status: 429, operation: 'write' });
  });

  it('tells every bad row by its pointer', async () => {
    const faults = [{ pointer: '/rows/1/values/sku', detail: 'a key may not be null' }];
    const { post } = openWritePort(async () => {
      throw new RequestError('invalid-request', 'malformed', faults);
    });
    const response = await post();
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toEqual(faults);
  });

  it('may lack a session', async () => {
    const { post } = openWritePort(async () => refusedCall('session-required', 'name a session'));
    const response = await post();
    expect(response.statusCode).toBe(428);
    expect(response.json()).toMatchObject({ type: '/problems/session-required', detail: 'name a session' });
  });
});

describe('what is known of a write', () => {
  it('is a line of the log, without keys and values', async () => {
    const account = { ...writtenAnswer.account, rows: 3, error: 1, unprocessed: 1, retries: 2, quota };
    const { post, log } = openWritePort(async () => ({ ...writtenAnswer, account }));
    await post({}, '{"rows":[{"values":{"sku":"zq7-secret"}}]}');
    expect(log()).not.toContain('zq7-secret');
    expect(JSON.parse(log())).toMatchObject({
      operation: 'write',
      table: 'shop.products',
      rows: 3,
      written: 1,
      error: 1,
      unprocessed: 1,
      retries: 2,
      unitsUsed: 2,
      unitsRefused: 1,
      waitedMs: 12.35,
      cassandraMs: 2.5,
    });
  });

  it('is where the limit on writes stands', async () => {
    const asked: string[] = [];
    const { post } = openWritePort(undefined, {
      standing: (_application, operation) => {
        asked.push(operation);
        return { policy: operation, rate: 100, burst: 200, remaining: 150, fullInMs: 500 };
      },
    });
    const { headers } = await post();
    expect(asked).toEqual(['write']);
    expect(headers).toMatchObject({
      'ratelimit-policy': '"write";q=200;w=2',
      ratelimit: '"write";r=150;t=1',
    });
  });
});

describe('the whole way of a write', () => {
  it('goes from the body to the owners, and back', async () => {
    const scene = openScriptedWrites([products]);
    const { application, plainWrite, clock, sent } = scene;
    const { post } = openWritePort(plainWrite, {
      clock,
      authenticator: createAuthenticator({
        mode: 'trusted',
        applications: new Map([[application.name, application]]),
        trustedProxies: ['127.0.0.1'],
      }),
    });
    const response = await post({}, JSON.stringify(productRows('a', 'b')));
    expect(response.statusCode).toBe(200);
    expect(response.json().summary).toEqual({ written: 2, error: 0, unprocessed: 0 });
    expect(sent).toHaveLength(2);
    const refused = await post({}, '{"rows":[{"values":{"sku":null}}]}');
    expect(refused.json()).toMatchObject({ status: 400, errors: [{ pointer: '/rows/0/values/sku' }] });
  });
});
