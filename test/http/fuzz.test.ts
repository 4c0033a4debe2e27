import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSpeculativeRetry } from '../../src/core/speculation/speculative-retry.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { createDataApp, lookUpUrl, rowUrl, tableUrl } from './data-app-fixture.ts';

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
  'host',
  'if-none-match',
  'origin',
  'prefer',
  'traceparent',
  'x-debug',
  'x-request-id',
  'x-request-timeout-ms',
  'x-weir-app',
  'x-weir-session',
  'x-weir-speculative-retry',
];

/** As a server gets them: any byte but control characters, as latin-1. */
const headerCharacter = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }), fc.constant(0x09))
  .map((code) => String.fromCharCode(code));

/** Forms of which a single character decides. */
const nearlyRight = fc.constantFrom(
  'application/json',
  'identity',
  'gzip',
  'storefront',
  '1',
  '0',
  '-1',
  '250',
  '*',
  'null',
  'localhost:8080',
  'http://localhost:8080',
  '[::1]:8080',
  'text/html',
  'no-cache',
  'MIN(99p,15ms)',
  'handling=strict',
  'handling="strict"; x="\\"",wait=5',
  'W/"abc", "def"',
  'Bearer abc.def',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
);

const mutated = fc
  .tuple(nearlyRight, fc.nat({ max: 60 }), fc.string({ unit: headerCharacter, maxLength: 3 }))
  .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1));

const headerValue = fc.oneof(
  nearlyRight,
  mutated,
  fc.string({ unit: headerCharacter }),
  fc.string({ unit: fc.constantFrom('"', '\\', ',', ';', '=', ' ', 'W/', '-', '0', '[', ']', ':') }),
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
  fc
    .string({ unit: fc.constantFrom('a', '=', '&', '%', '%zz', '+', '?', marker) })
    .map((query) => `${rowUrl}?${query}`),
  fc.constantFrom(rowUrl, tableUrl, '/docs', '/docs/start.js', `/docs/${marker}`, '/readyz?verbose'),
  fc.constantFrom('/v1/%/x/lookup', `/problems/${marker}`, `/%ff${marker}`, `/${marker}?${marker}=${marker}`),
);

describe('whatever is sent', () => {
  it('gets an answer that is not 5xx, and comes back from nowhere', async () => {
    const { app, log } = createDataApp(undefined, { allowedHosts: () => new Set(['weir.internal']) });
    const request = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
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
      { numRuns: propertyRuns(500) },
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
      { numRuns: propertyRuns(300) },
    );
  });

  it('with the credential and headers of any kind, is answered by the core or refused for a header', async () => {
    const { lookUp, get, calls, rowCalls } = createDataApp();
    const own = new Set(['x-weir-app', 'content-type', 'content-encoding', 'expect']);
    const optional = headers.map((given) =>
      // On the wire the space around a value is no part of it.
      Object.fromEntries(
        Object.entries(given).flatMap(([name, value]) => (own.has(name) ? [] : [[name, value.trim()]])),
      ),
    );
    await fc.assert(
      fc.asyncProperty(optional, async (given) => {
        calls.length = 0;
        rowCalls.length = 0;
        const [answer, row] = [await lookUp({ headers: given }), await get({ headers: given })];
        const rule = given['x-weir-speculative-retry'];
        const isFault =
          ('x-request-timeout-ms' in given && !/^[1-9][0-9]*$/.test(given['x-request-timeout-ms'])) ||
          (rule !== undefined && parseSpeculativeRetry(rule) === undefined);
        expect([answer.statusCode, calls.length]).toEqual(isFault ? [400, 0] : [200, 1]);
        expect([[200, 304].includes(row.statusCode), rowCalls.length]).toEqual(
          isFault ? [false, 0] : [true, 1],
        );
        expect(answer.headers['x-request-id']).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
        const passedOn = calls[0]?.traceparent ?? `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00`;
        expect(passedOn).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});
