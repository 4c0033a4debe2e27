import { describe, expect, it } from 'vitest';
import { bookedLimit, createSessionParts } from '../support/session-parts.ts';
import { createDataApp, type SentRequest } from './data-app-fixture.ts';

const url = '/v1/sessions';
const connect = bookedLimit('connect', { rate: 10, burst: 2, sessions: 3 });

function createApp(limits: Parameters<typeof createSessionParts>[0] = { connect: [connect] }) {
  const parts = createSessionParts(limits);
  const fixture = createDataApp(undefined, { sessions: parts.sessions });
  const send = (
    method: 'POST' | 'PUT' | 'DELETE',
    { url: to = url, headers = {}, payload }: SentRequest = {},
  ) =>
    fixture.app.inject({
      method,
      url: to,
      headers: {
        'x-weir-app': 'storefront',
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
  return { ...parts, ...fixture, sessionClock: parts.clock, send };
}

describe('POST /v1/sessions', () => {
  it('opens a session', async () => {
    const { send } = createApp();
    const response = await send('POST', { payload: '{"ttlSeconds":60}' });
    expect(response.statusCode).toBe(201);
    const { sessionId } = response.json();
    expect(response.json()).toEqual({
      sessionId: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      expiresInMs: 60_000,
    });
    expect(response.headers).toMatchObject({
      'content-type': 'application/json',
      location: `${url}/${sessionId}`,
      'cache-control': 'no-store',
    });
  });

  it.each([undefined, '{}'])('opens one of 30 s where nothing is said: %s', async (payload) => {
    const { send } = createApp();
    const response = await send('POST', payload === undefined ? {} : { payload });
    expect(response.statusCode).toBe(201);
    expect(response.json().expiresInMs).toBe(30_000);
  });

  it('is for applications without a limit, too', async () => {
    const { send } = createApp({});
    expect((await send('POST')).statusCode).toBe(201);
  });

  const malformed = [
    { payload: '[]', pointers: [''] },
    { payload: '"30"', pointers: [''] },
    { payload: '{"ttlSeconds":0}', pointers: ['/ttlSeconds'] },
    { payload: '{"ttlSeconds":3601}', pointers: ['/ttlSeconds'] },
    { payload: '{"ttlSeconds":1.5}', pointers: ['/ttlSeconds'] },
    { payload: '{"ttlSeconds":"30"}', pointers: ['/ttlSeconds'] },
    { payload: '{"ttlSeconds":null,"a/b":1}', pointers: ['/a~1b', '/ttlSeconds'] },
  ];
  it.each(malformed)('refuses $payload', async ({ payload, pointers }) => {
    const { send, asked } = createApp();
    const response = await send('POST', { payload });
    expect(response.statusCode).toBe(400);
    const faults = response.json().errors as readonly { pointer: string }[];
    expect(faults.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(asked).toEqual([]);
  });

  it('refuses a body with a Content-Encoding, and callers that are not known', async () => {
    const { send } = createApp();
    const encoded = await send('POST', { payload: '{}', headers: { 'content-encoding': 'gzip' } });
    expect(encoded.statusCode).toBe(415);
    expect((await send('POST', { headers: { 'x-weir-app': 'nobody' } })).statusCode).toBe(401);
  });

  it('says that they are opened too fast', async () => {
    const { send, ends } = createApp();
    for (let times = 0; times < 2; times += 1) await send('POST');
    const response = await send('POST');
    expect(response.statusCode).toBe(429);
    expect(response.headers).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '100' });
    expect(response.json()).toMatchObject({
      type: '/problems/over-quota',
      status: 429,
      instance: expect.any(String),
      reason: 'connect-rate',
      'violated-policies': ['connect'],
      retryAfterMs: 100,
    });
    expect(ends.at(-1)).toMatchObject({ application: 'storefront', operation: 'connect', status: 429 });
  });

  it('says that as many are held as may be', async () => {
    const { send, sessionClock } = createApp();
    for (let times = 0; times < 3; times += 1) {
      await send('POST');
      await sessionClock.advance(100);
    }
    const response = await send('POST');
    expect(response.json()).toMatchObject({ reason: 'connect-sessions', retryAfterMs: 29_700 });
    expect(response.headers).toMatchObject({ 'retry-after': '30', 'retry-after-ms': '29700' });
  });

  it('says that an operator has paused the application, and when to look again', async () => {
    const { send, state } = createApp();
    state.paused = true;
    const response = await send('POST');
    expect(response.statusCode).toBe(429);
    expect(response.json().type).toBe('/problems/application-paused');
    expect(response.headers).toMatchObject({ 'retry-after': '5', 'retry-after-ms': '5000' });
  });

  it('says that the limits cannot be counted', async () => {
    const { send, state } = createApp({
      connect: [bookedLimit('connect', { rate: 10, onStoreDown: 'deny' })],
    });
    state.down = true;
    const response = await send('POST');
    expect(response.statusCode).toBe(503);
    expect(response.json().type).toBe('/problems/limiter-unavailable');
    expect(response.headers).toMatchObject({ 'retry-after-ms': '1000' });
  });
});

describe('PUT /v1/sessions/{sessionId}', () => {
  it('renews a session that is held', async () => {
    const { send, sessionClock, store } = createApp();
    const { sessionId } = (await send('POST')).json();
    await sessionClock.advance(29_999);
    const response = await send('PUT', { url: `${url}/${sessionId}`, payload: '{"ttlSeconds":10}' });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ sessionId, expiresInMs: 10_000 });
    await sessionClock.advance(9_999);
    expect(await store.isHeld('storefront', sessionId)).toBe(true);
  });

  it('does not take up again one that has ended', async () => {
    const { send, sessionClock } = createApp();
    const { sessionId } = (await send('POST')).json();
    await sessionClock.advance(30_000);
    const response = await send('PUT', { url: `${url}/${sessionId}` });
    expect(response.statusCode).toBe(404);
    expect(response.json().type).toBe('/problems/not-found');
  });

  it.each(['x', 'x'.repeat(22), '%00'])('knows no session %s', async (sessionId) => {
    const { send } = createApp();
    expect((await send('PUT', { url: `${url}/${sessionId}` })).statusCode).toBe(404);
  });

  it('keeps a paused application its sessions', async () => {
    const { send, state } = createApp();
    const { sessionId } = (await send('POST')).json();
    state.paused = true;
    expect((await send('PUT', { url: `${url}/${sessionId}` })).statusCode).toBe(200);
  });
});

describe('DELETE /v1/sessions/{sessionId}', () => {
  it('closes a session, once', async () => {
    const { send, store } = createApp();
    const { sessionId } = (await send('POST')).json();
    const response = await send('DELETE', { url: `${url}/${sessionId}` });
    expect([response.statusCode, response.body]).toEqual([204, '']);
    expect(await store.isHeld('storefront', sessionId)).toBe(false);
    expect((await send('DELETE', { url: `${url}/${sessionId}` })).statusCode).toBe(404);
  });

  it('leaves no id in the log', async () => {
    const { send, log } = createApp();
    const { sessionId } = (await send('POST')).json();
    await send('DELETE', { url: `${url}/${sessionId}` });
    expect(log()).toContain('"route":"/v1/sessions/:sessionId"');
    expect(log()).not.toContain(sessionId);
  });
});
