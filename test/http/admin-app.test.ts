import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type AdminAppOptions, buildAdminApp } from '../../src/admin/app.ts';
import { isAllowedHost } from '../../src/admin/host-check.ts';

function createAdminApp(overrides: Partial<AdminAppOptions> = {}): {
  readonly app: FastifyInstance;
  readonly log: () => string;
} {
  const lines: string[] = [];
  const app = buildAdminApp({
    metricsText: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'weir_ring_epoch 4\n' }),
    readiness: () => ({ ready: false, reasons: ['no node is up'] }),
    logger: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }),
    ...overrides,
  });
  return { app, log: () => lines.join('') };
}

describe('the admin port', () => {
  it('serves the metrics with the media type that they have', async () => {
    const { app } = createAdminApp();
    const response = await app.inject({ method: 'GET', url: '/metrics' });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4');
    expect(response.body).toBe('weir_ring_epoch 4\n');
  });

  it('is live', async () => {
    const { app } = createAdminApp();
    expect((await app.inject({ method: 'GET', url: '/livez' })).json()).toEqual({ live: true });
  });

  it.each([
    ['/readyz', { ready: false }],
    ['/readyz?verbose', { ready: false, reasons: ['no node is up'] }],
  ])('is not ready with 503 at %s', async (url, body) => {
    const { app } = createAdminApp();
    const response = await app.inject({ method: 'GET', url });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual(body);
  });

  it.each([
    ['GET', '/nowhere', 404],
    ['POST', '/metrics', 404],
    ['GET', '/%zz', 400],
  ] as const)('answers %s %s with a problem of %d', async (method, url, status) => {
    const { app } = createAdminApp();
    const response = await app.inject({ method, url });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({ status });
  });

  it('is 500 when the metrics fail, and tells nothing of it', async () => {
    const { app, log } = createAdminApp({ metricsText: () => Promise.reject(new RangeError('zq7-secret')) });
    const response = await app.inject({ method: 'GET', url: '/metrics' });
    expect(response.statusCode).toBe(500);
    expect(response.body + log()).not.toContain('zq7-secret');
    expect(log()).toContain('RangeError');
  });
});

describe('the Host header of the admin port', () => {
  it.each([
    ['localhost', 'the name of loopback'],
    ['LOCALHOST:8081', 'names have no case'],
    ['127.0.0.1:8081', 'loopback'],
    ['[::1]:8081', 'loopback, IPv6'],
    ['10.1.2.3:8081', 'an address cannot be rebound'],
    ['weir.internal:8081', 'configured'],
    ['Weir.Internal', 'configured, in another case'],
  ])('%s is served: %s', async (host) => {
    const { app } = createAdminApp({ hosts: ['weir.INTERNAL'] });
    expect((await app.inject({ method: 'GET', url: '/livez', headers: { host } })).statusCode).toBe(200);
  });

  it.each([
    ['evil.example', 'a name that was rebound'],
    ['localhost.evil.example', 'begins like a good one'],
    ['127.0.0.1.evil.example', 'begins like an address'],
    ['evil.example:8081@localhost', 'a disguise'],
    ['[evil.example]', 'brackets without an address'],
    ['localhost, evil.example', 'two of them'],
  ])('%j is refused on every address: %s', async (host) => {
    const { app } = createAdminApp({ hosts: ['weir.internal'] });
    for (const url of ['/livez', '/metrics', '/nowhere']) {
      const response = await app.inject({ method: 'GET', url, headers: { host } });
      expect(response.statusCode).toBe(400);
      expect(response.body).not.toContain('evil');
    }
  });

  it.each([undefined, '', ':8081'])('%j is not allowed', (header) => {
    expect(isAllowedHost(header, new Set(['']))).toBe(false);
  });
});
