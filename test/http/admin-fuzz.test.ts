import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../support/property-runs.ts';
import { createAdminApp, operatorKey, viewerKey } from './admin-app-fixture.ts';

/** Put into whatever is sent; it must come back from nowhere. */
const marker = 'zq7-secret';

const routes = [
  '/',
  '/livez',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/docs',
  '/problems/internal',
  '/admin/v1/config',
  '/admin/v1/config/validate',
  '/admin/v1/config/reload',
  '/admin/v1/topology',
  '/admin/v1/explain',
  '/admin/v1/cache',
  '/admin/v1/cache/shop/products',
  '/admin/v1/limits',
  '/admin/v1/limits?dryRun=true',
  '/admin/v1/limits/storefront/read',
  '/admin/v1/limits/class:backend/scan?dryRun=false',
  '/admin/v1/limits-history',
  '/admin/v1/applications/storefront/pause',
  '/admin/v1/applications/storefront/resume',
  '/admin/v1/usage?window=9',
  '/admin/v1/guard',
  '/admin/v1/log-level',
  '/admin/v1/drain',
];

const url = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...routes) },
  fc
    .tuple(fc.constantFrom(...routes), fc.webQueryParameters())
    .map(([route, query]) => `${route}${route.includes('?') ? '&' : '?'}${marker}=${query}`),
  fc.webPath().map((path) => `/admin/v1${path}/${marker}`),
  fc.constantFrom(`/problems/${marker}`, `/docs/${marker}`, `/%ff${marker}`, '/admin/v1/%', `//${marker}/`),
);

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
const headerValues = {
  authorization: fc.oneof(
    fc.constantFrom(`Bearer ${operatorKey}`, `Bearer ${viewerKey}`, `Bearer ${marker}`, 'Bearer', 'Basic x'),
    printable,
  ),
  host: fc.oneof(fc.constantFrom('localhost', '127.0.0.1:8081', marker, '[', 'a:b:c', ''), printable),
  origin: fc.oneof(fc.constantFrom('null', 'http://localhost', `https://${marker}`, ''), printable),
  'sec-fetch-site': fc.constantFrom('same-origin', 'none', 'cross-site', marker),
  'content-type': fc.oneof(
    fc.constantFrom('application/json', 'application/yaml', 'text/yaml; charset=utf-8', 'text/plain', marker),
    printable,
  ),
  'content-encoding': fc.constantFrom('gzip', marker),
  accept: fc.constantFrom('text/html', '*/*', marker),
  'accept-version': fc.constantFrom('1.x', marker),
  'if-match': fc.oneof(printable, fc.constantFrom('*', '"7-a"', `"${marker}"`, `W/"a", "${marker}"`)),
  'x-request-id': fc.oneof(printable, fc.constant(`"${marker}"`)),
};
const headers = fc.record(headerValues, { requiredKeys: [] });

const json = fc.json({ maxDepth: 3 });
const payload = fc.oneof(
  json,
  fc.constantFrom('', '{}', 'null', '{"level":"debug"}', `{"level":"${marker}"}`, `data: ${marker}`),
  fc
    .record(
      { application: json, keyspace: json, table: json, lookup: json, keys: json, limits: json, rate: json },
      { requiredKeys: [] },
    )
    .map((members) => `{${Object.entries(members).map(([name, value]) => `"${name}":${value}`)}}`),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.concat([bytes, Buffer.from(marker)])),
  json.map((text) => `${text.slice(0, text.length / 2)}${marker}`),
);

const request = fc.record(
  {
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'),
    url,
    headers,
    payload,
  },
  { requiredKeys: ['method', 'url', 'headers'] },
);

/** Tried first, whatever the seed: without one of each kind the rest would prove little. */
const plain = [
  { method: 'GET', url: '/livez', headers: {} },
  { method: 'POST', url: '/admin/v1/drain', headers: {} },
  { method: 'GET', url: '/nowhere', headers: {} },
] as const;

describe('whatever is sent to the admin port', () => {
  it('gets an answer that is not 5xx, and comes back from nowhere', async () => {
    const { app, log, audit } = createAdminApp({ logLevel: 'debug' });
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const response = await app.inject(sent as { method: 'POST'; url: string });
        seen.add(response.statusCode);
        expect(response.statusCode).toBeLessThan(500);
        expect(response.headers['x-request-id']).toBeDefined();
        if (response.statusCode >= 400) {
          expect(response.headers['content-type']).toBe('application/problem+json');
        }
        expect(response.body + JSON.stringify(response.headers)).not.toContain(marker);
      }),
      { numRuns: propertyRuns(600), examples: plain.map((sent): [typeof sent] => [sent]) },
    );
    expect([...seen]).toEqual(expect.arrayContaining([200, 401, 404]));
    expect(log()).not.toContain(marker);
    for (const { outcome, key } of audit()) expect([outcome, key ?? null]).not.toEqual(['done', null]);
  });

  it('changes nothing without the key of an operator', async () => {
    const { app, changes } = createAdminApp({
      access: () => ({ operator: new Set(), viewer: new Set(), openMetrics: true, openViewing: true }),
    });
    const change = fc.record({
      method: fc.constantFrom('POST', 'PUT', 'DELETE'),
      url: fc.constantFrom(
        '/admin/v1/config/reload',
        '/admin/v1/log-level',
        '/admin/v1/cache/shop/products',
        '/admin/v1/limits',
        '/admin/v1/limits/storefront/read',
        '/admin/v1/applications/storefront/pause',
        '/admin/v1/applications/storefront/resume',
        '/admin/v1/drain',
      ),
      headers,
      payload: fc.constantFrom('', '{}', '{"level":"debug"}', '{"limits":{}}'),
    });
    await fc.assert(
      fc.asyncProperty(change, async (sent) => {
        const { statusCode } = await app.inject(sent as { method: 'POST'; url: string });
        expect([400, 401, 403, 405, 421]).toContain(statusCode);
      }),
      { numRuns: propertyRuns(300) },
    );
    expect(changes).toEqual({ reload: 0, logLevel: 0, purge: 0, limits: 0, pause: 0, guard: 0, drain: 0 });
  });
});
