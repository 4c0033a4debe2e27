import { describe, expect, it } from 'vitest';
import {
  type AdminAppFixture,
  closedAccess,
  createAdminApp,
  digestOf,
  operatorKey,
  viewerKey,
} from './admin-app-fixture.ts';

interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly media?: string;
  readonly payload?: string;
}

const json = 'application/json';
const views: readonly Route[] = [
  { method: 'GET', url: '/metrics' },
  { method: 'GET', url: '/admin/v1/config' },
  { method: 'GET', url: '/admin/v1/topology' },
  { method: 'GET', url: '/admin/v1/cache' },
  { method: 'GET', url: '/admin/v1/limits' },
  { method: 'GET', url: '/admin/v1/limits/storefront/read' },
  { method: 'GET', url: '/admin/v1/limits-history' },
  { method: 'GET', url: '/admin/v1/usage' },
  { method: 'GET', url: '/admin/v1/guard' },
  { method: 'GET', url: '/admin/v1/log-level' },
  {
    method: 'POST',
    url: '/admin/v1/explain',
    media: json,
    payload: '{"application":"storefront","keyspace":"shop","table":"products","lookup":{"keys":["a"]}}',
  },
];
/** For operators only; the last one changes nothing, but its answer could tell a variable of the machine by guesses. */
const changes: readonly Route[] = [
  { method: 'POST', url: '/admin/v1/config/reload' },
  { method: 'PUT', url: '/admin/v1/log-level', media: json, payload: '{"level":"debug"}' },
  { method: 'DELETE', url: '/admin/v1/cache/shop/products' },
  { method: 'PUT', url: '/admin/v1/limits', media: json, payload: '{"limits":{"storefront/read":null}}' },
  { method: 'PUT', url: '/admin/v1/limits/storefront/read', media: json, payload: '{"rate":500}' },
  { method: 'DELETE', url: '/admin/v1/limits/storefront/read' },
  { method: 'POST', url: '/admin/v1/applications/storefront/pause' },
  { method: 'POST', url: '/admin/v1/applications/storefront/resume' },
  { method: 'PUT', url: '/admin/v1/guard', media: json, payload: '{"factor":0.5}' },
  { method: 'POST', url: '/admin/v1/drain' },
  {
    method: 'POST',
    url: '/admin/v1/config/validate',
    media: 'application/yaml',
    payload: 'data: {port: 8080}',
  },
];

function send({ ask }: AdminAppFixture, { method, url, media, payload }: Route, key?: string) {
  return ask(method, url, {
    key,
    ...(media === undefined ? {} : { headers: { 'content-type': media } }),
    ...(payload === undefined ? {} : { payload }),
  });
}

const nothing = { reload: 0, logLevel: 0, purge: 0, limits: 0, pause: 0, guard: 0, drain: 0 };

describe('the role of a viewer', () => {
  it.each(views)('may $method $url', async (route) => {
    expect((await send(createAdminApp(), route, viewerKey)).statusCode).toBe(200);
  });

  it.each(changes)('may not $method $url', async (route) => {
    const fixture = createAdminApp();
    const response = await send(fixture, route, viewerKey);
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ type: '/problems/role-required' });
    expect(fixture.changes).toEqual(nothing);
  });
});

describe('the role of an operator', () => {
  it.each([...views, ...changes])('may $method $url', async (route) => {
    expect([200, 202]).toContain((await send(createAdminApp(), route, operatorKey)).statusCode);
  });

  it('is that of a key which has both', async () => {
    const both = new Set([digestOf(viewerKey)]);
    const fixture = createAdminApp({ access: () => ({ ...closedAccess, operator: both, viewer: both }) });
    expect((await fixture.ask('POST', '/admin/v1/drain', { key: viewerKey })).statusCode).toBe(202);
  });
});

describe('a request without a key', () => {
  it.each([...views, ...changes])('is 401 at $method $url', async (route) => {
    const fixture = createAdminApp();
    const response = await send(fixture, route);
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="weir admin"');
    expect(fixture.changes).toEqual(nothing);
  });

  it.each(changes)('is 401 at $method $url where everything else is open, loopback or not', async (route) => {
    const fixture = createAdminApp({
      access: () => ({ operator: new Set(), viewer: new Set(), openMetrics: true, openViewing: true }),
    });
    expect((await send(fixture, route)).statusCode).toBe(401);
    expect(fixture.changes).toEqual(nothing);
  });

  it.each([
    { openMetrics: true, openViewing: false, open: ['/metrics'] },
    {
      openMetrics: false,
      openViewing: true,
      open: [
        '/admin/v1/config',
        '/admin/v1/topology',
        '/admin/v1/cache',
        '/admin/v1/limits',
        '/admin/v1/limits/storefront/read',
        '/admin/v1/limits-history',
        '/admin/v1/usage',
        '/admin/v1/guard',
        '/admin/v1/log-level',
        '/admin/v1/explain',
      ],
    },
    { openMetrics: false, openViewing: false, open: [] },
  ])(
    'is served at $open with openMetrics $openMetrics and openViewing $openViewing',
    async ({ open, ...flags }) => {
      const fixture = createAdminApp({ access: () => ({ ...closedAccess, ...flags }) });
      const served: string[] = [];
      for (const view of views) {
        const { statusCode } = await send(fixture, view);
        if (statusCode === 200) served.push(view.url);
        else expect(statusCode).toBe(401);
      }
      expect(served).toEqual(open);
    },
  );

  it.each(['/livez', '/readyz', '/', '/docs', '/openapi.json', '/problems/internal'])(
    'is served at %s',
    async (url) => {
      const { ask } = createAdminApp();
      expect((await ask('GET', url, { key: undefined })).statusCode).toBe(200);
    },
  );
});

describe('a key', () => {
  it.each([
    ['Basic b3BlcmF0b3I6eA==', 'another scheme'],
    [`Bearer ${operatorKey} x`, 'more than a key'],
    ['Bearer', 'none'],
    ['Bearer wrong-key', 'unknown'],
    [`Bearer ${digestOf(operatorKey)}`, 'the hash in place of the key'],
    [`Bearer ${'a'.repeat(600)}`, 'longer than any'],
  ])('is refused as %j: %s', async (authorization) => {
    const { ask } = createAdminApp();
    const response = await ask('GET', '/admin/v1/config', { key: undefined, headers: { authorization } });
    expect(response.statusCode).toBe(401);
    expect(response.body).not.toContain(authorization.slice(7, 20) || 'zq7');
  });

  it('is known and forgotten as the configuration changes', async () => {
    let access = closedAccess;
    const { ask } = createAdminApp({ access: () => access });
    expect((await ask('POST', '/admin/v1/drain')).statusCode).toBe(202);
    access = { ...closedAccess, operator: new Set() };
    expect((await ask('POST', '/admin/v1/drain')).statusCode).toBe(401);
  });
});
