import { describe, expect, it } from 'vitest';
import { createAdminApp } from './admin-app-fixture.ts';

describe('the admin port', () => {
  it('serves the metrics with the media type that they have', async () => {
    const { ask } = createAdminApp();
    const response = await ask('GET', '/metrics');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4');
    expect(response.body).toBe('weir_ring_epoch 4\n');
  });

  it('gives up metrics that do not come', async () => {
    const asked = Promise.withResolvers<void>();
    const { ask, clock } = createAdminApp({
      metricsText: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    const answer = ask('GET', '/metrics');
    await asked.promise;
    await clock.advance(10_000);
    const response = await answer;
    expect(response.statusCode).toBe(504);
    expect(response.json()).toMatchObject({ type: '/problems/deadline-exceeded' });
  });

  it('leaves no timer behind', async () => {
    const { ask, clock } = createAdminApp();
    await ask('GET', '/metrics');
    expect(clock.pending()).toBe(0);
  });

  it('is live without a key', async () => {
    const { ask } = createAdminApp();
    const response = await ask('GET', '/livez', { key: undefined });
    expect(response.json()).toEqual({ live: true });
  });

  it('tells why it is not ready, without a key', async () => {
    const reason = 'no node is up';
    const conditions = [{ name: 'cluster', state: 'failed', reason, ageMs: 7 }] as const;
    const { ask } = createAdminApp({ readiness: () => ({ ready: false, conditions }) });
    const response = await ask('GET', '/readyz?verbose', { key: undefined });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ ready: false, reasons: [reason], conditions });
  });

  it('serves the pages of the problems, without a key', async () => {
    const { ask } = createAdminApp();
    const response = await ask('GET', '/problems/role-required', { key: undefined });
    expect(response.json()).toMatchObject({ type: '/problems/role-required', status: 403 });
  });

  it.each([
    ['GET', '/nowhere', 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/admin/v1/config', 405],
    ['OPTIONS', '/admin/v1/drain', 405],
    ['GET', '/%zz', 400],
  ] as const)('answers %s %s with a problem of %d', async (method, url, status) => {
    const { ask } = createAdminApp();
    const response = await ask(method, url);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({ status });
  });

  it('tells which methods an address takes', async () => {
    const { ask } = createAdminApp();
    expect((await ask('DELETE', '/admin/v1/log-level')).headers).toMatchObject({ allow: 'GET, HEAD, PUT' });
  });

  it('is 404 for a name longer than any', async () => {
    const { ask } = createAdminApp();
    expect((await ask('GET', `/problems/${'a'.repeat(300)}`)).statusCode).toBe(404);
  });

  it('is 500 when something fails, and tells nothing of it', async () => {
    const { ask, log } = createAdminApp({ metricsText: () => Promise.reject(new RangeError('zq7-secret')) });
    const response = await ask('GET', '/metrics');
    expect(response.statusCode).toBe(500);
    expect(response.body + log()).not.toContain('zq7-secret');
    expect(log()).toContain('RangeError');
  });

  it.each(['/livez', '/metrics', '/nowhere', '/%zz', '/'])(
    'gives %s back with the request id of the caller',
    async (url) => {
      const { ask } = createAdminApp();
      const response = await ask('GET', url, { headers: { 'x-request-id': 'from-outside.7' } });
      expect(response.headers['x-request-id']).toBe('from-outside.7');
    },
  );

  it('makes a request id where the given one could break a log line', async () => {
    const { ask } = createAdminApp();
    const response = await ask('GET', '/nowhere', { headers: { 'x-request-id': 'a "quote"' } });
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.json()).toMatchObject({ instance: response.headers['x-request-id'] });
  });
});

describe('the log of the admin port', () => {
  it('has a line for each request at the level debug, by the pattern of the address', async () => {
    const { ask, log } = createAdminApp({ logLevel: 'debug' });
    await ask('GET', '/problems/zq7-secret?zq7-secret=1', { headers: { 'x-request-id': 'r-1' } });
    expect(log()).not.toContain('zq7-secret');
    expect(JSON.parse(log())).toMatchObject({
      msg: 'admin request',
      requestId: 'r-1',
      method: 'GET',
      route: '/problems/:slug',
      role: 'operator',
      status: 404,
      problem: 'not-found',
    });
  });

  it('has no such line at the level info', async () => {
    const { ask, log } = createAdminApp();
    await ask('GET', '/admin/v1/config');
    expect(log()).toBe('');
  });
});
