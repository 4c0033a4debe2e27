import { describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../src/http/authenticate.ts';
import { bookedLimit, createSessionParts } from '../support/session-parts.ts';
import { createDataApp, storefront } from './data-app-fixture.ts';

const url = '/v1/permits';
const permitId = '7d444840-9dc0-11d1-b245-5ffdce74fad2';
const read = bookedLimit('read', { rate: 10, burst: 100 });
const readAndWrite = { operations: new Set(['read', 'write'] as const), columns: undefined };
const permit = { operation: 'read', units: 500, permitId };

function createApp(
  limits: Parameters<typeof createSessionParts>[0] = { read: [read] },
  further: Parameters<typeof createDataApp>[1] = {},
) {
  const parts = createSessionParts(limits);
  const fixture = createDataApp(undefined, { permits: parts.permits, sessions: parts.sessions, ...further });
  const post = (to: string, body: unknown, headers: Record<string, string> = {}) =>
    fixture.app.inject({
      method: 'POST',
      url: to,
      headers: { 'content-type': 'application/json', 'x-weir-app': 'storefront', ...headers },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { ...parts, ...fixture, limitClock: parts.clock, post };
}

describe('POST /v1/permits', () => {
  it('grants what there is, and says where the limit stands', async () => {
    const { post, ends } = createApp();
    const response = await post(url, permit);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ granted: 100, expiresInMs: 1_000, nextInMs: 100 });
    expect(response.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ratelimit: expect.stringContaining('"read";r=0'),
      'ratelimit-policy': expect.stringContaining('"read";q=100'),
    });
    expect(ends.at(-1)).toMatchObject({ application: 'storefront', operation: 'read', status: 200 });
  });

  it('answers the same id as before, in any case of its letters', async () => {
    const { post } = createApp();
    await post(url, { ...permit, units: 30 });
    const again = await post(url, { ...permit, units: 60, permitId: permitId.toUpperCase() });
    expect(again.json()).toMatchObject({ granted: 30 });
  });

  const malformed = [
    { body: '[]', pointers: [''] },
    { body: {}, pointers: ['/operation', '/units', '/permitId'] },
    { body: { ...permit, operation: 'connect' }, pointers: ['/operation'] },
    { body: { ...permit, units: 0 }, pointers: ['/units'] },
    { body: { ...permit, units: 10_000_001 }, pointers: ['/units'] },
    { body: { ...permit, units: '5' }, pointers: ['/units'] },
    { body: { ...permit, permitId: 'a' }, pointers: ['/permitId'] },
    { body: { ...permit, permitId: 7 }, pointers: ['/permitId'] },
    { body: { ...permit, validMs: 10 }, pointers: ['/validMs'] },
  ];
  it.each(malformed)('refuses $body', async ({ body, pointers }) => {
    const { post, asked } = createApp();
    const response = await post(url, body);
    expect(response.statusCode).toBe(400);
    const faults = response.json().errors as readonly { pointer: string }[];
    expect(faults.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(asked).toEqual([]);
  });

  it('refuses an operation that is not granted, which the record has', async () => {
    const { post, ends } = createApp();
    const response = await post(url, { ...permit, operation: 'scan' });
    expect(response.statusCode).toBe(403);
    expect(response.json().type).toBe('/problems/operation-not-granted');
    expect(ends.at(-1)).toMatchObject({ operation: 'scan', status: 403 });
  });

  it('answers 422 where the permit was taken for another operation', async () => {
    const application = { ...storefront, grants: new Map([['shop.products', readAndWrite]]) };
    const authenticator = createAuthenticator({
      mode: 'trusted',
      applications: new Map([[application.name, application]]),
      trustedProxies: ['127.0.0.1'],
    });
    const { post } = createApp(undefined, { authenticator });
    await post(url, permit);
    const response = await post(url, { ...permit, operation: 'write' });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({
      type: '/problems/impossible',
      detail: 'the permit was taken for another operation',
    });
    expect(response.headers).not.toHaveProperty('ratelimit');
  });

  it('says when there is one unit', async () => {
    const { post } = createApp();
    await post(url, permit);
    const response = await post(url, { ...permit, permitId: permitId.replace('7', '8') });
    expect(response.statusCode).toBe(429);
    expect(response.headers).toMatchObject({
      'retry-after': '1',
      'retry-after-ms': '100',
      ratelimit: expect.stringContaining('"read";r=0'),
    });
    expect(response.json()).toMatchObject({
      type: '/problems/over-quota',
      'violated-policies': ['read'],
      retryAfterMs: 100,
    });
    expect(response.json()).not.toHaveProperty('reason');
  });

  it('asks for a session where there is a limit on connect', async () => {
    const { post } = createApp({ connect: [bookedLimit('connect', { rate: 10 })] });
    const without = await post(url, permit);
    expect(without.statusCode).toBe(428);
    expect(without.json().type).toBe('/problems/session-required');
    const { sessionId } = (await post('/v1/sessions', {})).json();
    expect((await post(url, permit, { 'x-weir-session': sessionId })).statusCode).toBe(200);
  });

  it.each([
    { change: { paused: true }, status: 429, type: '/problems/application-paused', retryAfterMs: '5000' },
    { change: { down: true }, status: 503, type: '/problems/limiter-unavailable', retryAfterMs: '1000' },
  ])('says $type', async ({ change, status, type, retryAfterMs }) => {
    const { post, state } = createApp({ read: [bookedLimit('read', { rate: 10, onStoreDown: 'deny' })] });
    Object.assign(state, change);
    const response = await post(url, permit);
    expect(response.statusCode).toBe(status);
    expect(response.json().type).toBe(type);
    expect(response.headers['retry-after-ms']).toBe(retryAfterMs);
  });

  it('is for callers that are known, and for bodies as they are', async () => {
    const { post } = createApp();
    expect((await post(url, permit, { 'x-weir-app': 'nobody' })).statusCode).toBe(401);
    expect((await post(url, permit, { 'content-encoding': 'gzip' })).statusCode).toBe(415);
    expect((await post(url, permit, { 'content-type': 'text/plain' })).statusCode).toBe(415);
  });
});

describe('POST /v1/permits/{permitId}/return', () => {
  it('gives back at most what was granted, once', async () => {
    const { post, ends } = createApp();
    await post(url, permit);
    const response = await post(`${url}/${permitId}/return`, { units: 200 });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ returned: 100 });
    expect(ends.at(-1)).toMatchObject({ application: 'storefront', operation: 'read' });
    const again = await post(`${url}/${permitId}/return`, { units: 1 });
    expect(again.statusCode).toBe(404);
    expect(again.json().type).toBe('/problems/not-found');
  });

  it('takes nothing back when the time is over', async () => {
    const { limitClock, post } = createApp();
    await post(url, permit);
    await limitClock.advance(1_000);
    expect((await post(`${url}/${permitId}/return`, { units: 1 })).statusCode).toBe(404);
  });

  it.each([{}, { units: 0 }, { units: 1, more: 1 }, []])('refuses %j', async (body) => {
    const { post } = createApp();
    expect((await post(`${url}/${permitId}/return`, body)).statusCode).toBe(400);
  });

  it('knows no permit that has no UUID', async () => {
    const { post } = createApp();
    expect((await post(`${url}/x/return`, { units: 1 })).statusCode).toBe(404);
  });
});
