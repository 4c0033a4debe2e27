import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import type { Scan } from '../../src/core/scans/scan.ts';
import { refusedCall } from '../../src/core/throttle/refused-call.ts';
import { lastLine, openScanPort, scriptedStream } from './scan-port.ts';

const rows = '{"row":{"sku":"é"}}\n{"row":{"sku":"b"}}\n';
const stream = () => scriptedStream([rows, lastLine]);
const streaming: Scan = async () => ({ kind: 'stream', stream: stream() });

describe('POST …/scan', () => {
  it('streams the lines as they are, and says what they are', async () => {
    const response = await openScanPort(streaming).post();
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe(`${rows}${lastLine}`);
    expect(response.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
      'x-request-id': expect.any(String),
    });
    expect(response.headers).not.toHaveProperty('content-length');
  });

  it('streams lines that are longer than any piece that is sent at once', async () => {
    const long = `{"row":{"sku":"${'é'.repeat(500_000)}"}}\n`;
    const { post } = openScanPort(async () => ({
      kind: 'stream',
      stream: scriptedStream([long, '', long, lastLine]),
    }));
    expect((await post()).body).toBe(`${long}${long}${lastLine}`);
  });

  it('hands on who asks, for what, and until when a page may take', async () => {
    const { post, calls, clock } = openScanPort(streaming);
    await clock.advance(1_000);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await post(
      { 'x-request-timeout-ms': '250', 'x-weir-session': 'a-session', traceparent },
      '{"limit":7,"odd":[]}',
    );
    expect(calls).toMatchObject([
      {
        application: { name: 'storefront' },
        keyspace: 'shop',
        table: 'products',
        body: { limit: 7, odd: [] },
        sessionId: 'a-session',
        pageTimeoutMs: 250,
        deadlineMs: 1_250,
        traceparent,
      },
    ]);
    await post();
    expect(calls[1]).toMatchObject({ pageTimeoutMs: 1_000, sessionId: undefined });
  });

  it.each([
    [{ 'x-weir-app': 'nobody' }, '{}', 401],
    [{ 'content-type': 'text/plain' }, '{}', 415],
    [{ 'content-encoding': 'gzip' }, '{}', 415],
    [{ 'x-request-timeout-ms': '0' }, '{}', 400],
    [{}, '{', 400],
  ])('with %j and the body %j is %d, and nothing is scanned', async (headers, payload, status) => {
    const { post, calls } = openScanPort(streaming);
    const response = await post(headers, payload);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(calls).toEqual([]);
  });

  it('tells where the limit stood when it began', async () => {
    const standing = () => ({ policy: 'scan', rate: 100, burst: 200, remaining: 150, fullInMs: 500 });
    const { headers } = await openScanPort(streaming, { standing }).post();
    expect(headers).toMatchObject({ 'ratelimit-policy': '"scan";q=200;w=2', ratelimit: '"scan";r=150;t=1' });
  });
});

describe('a scan that does not begin', () => {
  it('is refused by limits with its problem, and when to come again', async () => {
    const refused = { ...refusedCall('queue-full', 'too many wait'), retryAfterMs: 40.2, violated: ['scan'] };
    const { post, ends } = openScanPort(async () => refused);
    const response = await post();
    expect(response.statusCode).toBe(429);
    expect(response.headers).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '41' });
    expect(response.json()).toMatchObject({
      type: '/problems/queue-full',
      detail: 'too many wait',
      'violated-policies': ['scan'],
      retryAfterMs: 41,
    });
    expect(ends).toMatchObject([{ operation: 'scan', table: 'shop.products', status: 429 }]);
  });

  it.each([
    ['session-required', 428],
    ['limiter-unavailable', 503],
  ] as const)('is %s with the status %d', async (slug, status) => {
    const { post } = openScanPort(async () => refusedCall(slug, 'why'));
    expect((await post()).statusCode).toBe(status);
  });

  it('tells every bad place', async () => {
    const faults = [{ pointer: '/range/start', detail: 'must be a token' }];
    const { post, log } = openScanPort(async () => {
      throw new RequestError('invalid-request', 'malformed', faults);
    });
    const response = await post();
    expect([response.statusCode, response.json().errors]).toEqual([400, faults]);
    expect(JSON.parse(log())).toMatchObject({ status: 400, problem: 'invalid-request', operation: 'scan' });
  });

  it.each([{ range: { start: '-5', end: '7' } }, { key: { sku: 'a' } }])(
    'whose cursor is stale tells to begin anew at %j',
    async (restart) => {
      const { post, log } = openScanPort(async () => {
        throw Object.assign(new RequestError('cursor-stale', 'a column is gone'), { restart });
      });
      const response = await post();
      expect(response.statusCode).toBe(410);
      expect(response.json()).toEqual({
        type: '/problems/cursor-stale',
        title: 'The table has changed since the cursor was given',
        status: 410,
        detail: 'a column is gone',
        instance: response.headers['x-request-id'],
        restart,
      });
      expect(JSON.parse(log())).toMatchObject({ status: 410, problem: 'cursor-stale' });
    },
  );

  it('tells nothing of a fault of its own', async () => {
    const { post, log } = openScanPort(async () => {
      throw new TypeError('zq7-secret');
    });
    const response = await post();
    expect([response.statusCode, response.json().type]).toEqual([500, '/problems/internal']);
    expect(JSON.parse(log())).toMatchObject({ fault: 'TypeError', status: 500 });
    expect(response.body + log()).not.toContain('zq7');
  });
});

describe('the record of a scan', () => {
  it('has what was delivered, and how it ended', async () => {
    const { post, log, ends } = openScanPort(streaming);
    await post({}, '{"key":"zq7-secret"}');
    expect(JSON.parse(log())).toMatchObject({
      route: '/v1/:keyspace/:table/scan',
      operation: 'scan',
      table: 'shop.products',
      rows: 2,
      pages: 2,
      retries: 1,
      waitedMs: 12.35,
      outcome: 'complete',
      status: 200,
    });
    expect(JSON.parse(log())).not.toHaveProperty('problem');
    expect(log()).not.toContain('zq7');
    expect(ends).toMatchObject([{ operation: 'scan', status: 200 }]);
  });

  it('tells why it failed', async () => {
    const error = '{"error":{"type":"/problems/replica-timeout","title":"x","cursor":"c"}}\n';
    const failed = scriptedStream([rows, error], undefined, 'replica-timeout');
    const { post, log } = openScanPort(async () => ({ kind: 'stream', stream: failed }));
    await post();
    expect(JSON.parse(log())).toMatchObject({ status: 200, outcome: 'failed', problem: 'replica-timeout' });
  });

  it('is of a scan that is not given up where it was read to its end', async () => {
    const read = stream();
    await openScanPort(async () => ({ kind: 'stream', stream: read })).post();
    expect([read.asked(), read.cancelled()]).toEqual([3, 0]);
  });
});
