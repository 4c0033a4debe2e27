import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDataApp, lookUpUrl } from './data-app-fixture.ts';

/** Put into everything that is sent; it must come back from nowhere. */
const marker = 'zq7-secret';

const headerNames = [
  'accept',
  'accept-version',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-type',
  'expect',
  'prefer',
  'traceparent',
  'x-debug',
  'x-request-id',
  'x-request-timeout-ms',
  'x-weir-app',
  'x-weir-session',
];

const headerValue = fc.oneof(
  fc.constantFrom('application/json', 'identity', 'gzip', 'storefront', '1', '0', '-1', '250'),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
  fc.constant(`${marker} "${marker}"`),
);

const headers = fc.dictionary(fc.constantFrom(...headerNames), headerValue, { maxKeys: 6 });

const bytes = fc
  .tuple(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 64 }))
  .map(([before, after]) => Buffer.concat([before, Buffer.from(marker), after]));

const json = fc.json().map((text) => Buffer.from(`{"${marker}":${text},"keys":["${marker}"]}`));
const brokenJson = fc
  .tuple(json, fc.nat())
  .map(([text, at]) => Buffer.concat([text.subarray(0, at % text.length), Buffer.from(marker)]));
const payload = fc.oneof(bytes, json, brokenJson);

const url = fc.oneof(
  { weight: 3, arbitrary: fc.constant(lookUpUrl) },
  fc.webPath().map((path) => `/v1${path}/${marker}`),
  fc.string().map((name) => `/v1/${encodeURIComponent(name)}/${marker}/lookup`),
  fc.constantFrom('/v1/%/x/lookup', `/problems/${marker}`, `/%ff${marker}`, `/${marker}?${marker}=${marker}`),
);

describe('whatever is sent', () => {
  it('gets an answer that is not 5xx, and comes back from nowhere', async () => {
    const { app, log } = createDataApp();
    const request = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
      url,
      headers,
      payload,
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, ...rest }) => {
        const response = await app.inject({ method: method as 'POST', ...rest });
        expect(response.statusCode).toBeLessThan(500);
        expect(response.body + JSON.stringify(response.headers)).not.toContain(marker);
      }),
      { numRuns: 500 },
    );
    expect(log()).toContain('"msg":"request"');
    expect(log()).not.toContain(marker);
  });

  it('with the credential and the media type, is 200 or 400: the core gets whole JSON or nothing', async () => {
    const { lookUp, calls } = createDataApp();
    await fc.assert(
      fc.asyncProperty(payload, async (body) => {
        calls.length = 0;
        const response = await lookUp({ payload: body });
        expect([200, 400]).toContain(response.statusCode);
        expect(calls).toHaveLength(response.statusCode === 200 ? 1 : 0);
      }),
      { numRuns: 300 },
    );
  });
});
