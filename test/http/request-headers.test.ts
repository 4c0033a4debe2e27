import { describe, expect, it } from 'vitest';
import { defaultBounds } from '../../src/core/reads/settings.ts';
import type { SpeculativeRetry } from '../../src/core/speculation/speculative-retry.ts';
import { createDataApp } from './data-app-fixture.ts';

const generated = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('X-Request-Id', () => {
  it.each([
    ['a', 'the shortest'],
    ['Trace_1.2-3', 'every kind of character'],
    ['x'.repeat(64), 'the longest'],
  ])('%s is kept: %s', async (id) => {
    const { lookUp } = createDataApp();
    expect((await lookUp({ headers: { 'x-request-id': id } })).headers['x-request-id']).toBe(id);
  });

  it.each([
    ['', 'empty'],
    ['x'.repeat(65), 'too long'],
    ['a b', 'a space'],
    ['a"b', 'a quote, which would end a string'],
    ['a,b', 'two headers joined'],
  ])('%j is replaced: %s', async (id) => {
    const { lookUp } = createDataApp();
    const response = await lookUp({ headers: { 'x-request-id': id } });
    expect(response.headers['x-request-id']).toMatch(generated);
  });

  it.each([
    ['GET', '/nowhere'],
    ['GET', '/livez'],
    ['GET', '/%zz'],
  ] as const)('stands on the answer to %s %s too', async (method, url) => {
    const { app } = createDataApp();
    const response = await app.inject({ method, url, headers: { 'x-request-id': 'r-5' } });
    expect(response.headers['x-request-id']).toBe('r-5');
  });
});

describe('Cache-Control', () => {
  it.each([
    ['no-cache', 'by itself'],
    ['No-Cache', 'in any case'],
    ['max-age=0, no-cache', 'after another'],
    ['no-cache,no-store', 'before another'],
    ['\tno-cache ', 'between tabs and spaces'],
    ['x="a,b", no-cache', 'after a quoted comma'],
    ['no-cache="set-cookie"', 'with an argument that it does not have'],
    [', ,no-cache', 'after empty members'],
  ])('%j asks for no cached row: %s', async (value) => {
    const { lookUp, get, calls, rowCalls } = createDataApp();
    await lookUp({ headers: { 'cache-control': value } });
    await get({ headers: { 'cache-control': value } });
    expect([calls[0]?.noCache, rowCalls[0]?.noCache]).toEqual([true, true]);
  });

  it.each([
    ['', 'nothing'],
    ['no-store', 'about keeping the answer'],
    ['max-age=0', 'another directive'],
    ['no-cache-at-all', 'a longer name'],
    ['x-no-cache', 'another name'],
    ['x="no-cache"', 'a value'],
    ['x="a, no-cache', 'a quote that is never closed'],
    ['no cache', 'two words'],
  ])('%j asks for nothing: %s', async (value) => {
    const { lookUp, get, calls, rowCalls } = createDataApp();
    await lookUp({ headers: { 'cache-control': value } });
    await get({ headers: { 'cache-control': value } });
    expect([calls[0]?.noCache, rowCalls[0]?.noCache]).toEqual([false, false]);
  });

  it('is the only header that does: Pragma says nothing', async () => {
    const { lookUp, calls } = createDataApp();
    await lookUp({ headers: { pragma: 'no-cache' } });
    expect(calls[0]?.noCache).toBe(false);
  });
});

describe('X-Weir-Speculative-Retry', () => {
  it.each<[string | undefined, SpeculativeRetry | undefined]>([
    [undefined, undefined],
    ['NONE', { kind: 'none' }],
    ['15ms', { kind: 'fixed', delayMs: 15 }],
    [
      'max(99p, 40ms)',
      {
        kind: 'max',
        first: { kind: 'percentile', percentile: 99 },
        second: { kind: 'fixed', delayMs: 40 },
      },
    ],
  ])('%s is handed on as %j, of look-ups and rows', async (value, rule) => {
    const { lookUp, get, calls, rowCalls } = createDataApp();
    const headers: Record<string, string> = value === undefined ? {} : { 'x-weir-speculative-retry': value };
    await lookUp({ headers });
    await get({ headers });
    expect([calls[0]?.speculativeRetry, rowCalls[0]?.speculativeRetry]).toEqual([rule, rule]);
  });

  it.each(['', 'zq7', '15', '101p', '-1ms', 'MIN(99p)', 'NONE, NONE', '9'.repeat(4_000)])(
    '%j is 400, says what it may be and quotes nothing',
    async (value) => {
      const { lookUp, get, calls, rowCalls } = createDataApp();
      const headers = { 'x-weir-speculative-retry': value };
      for (const response of [await lookUp({ headers }), await get({ headers })]) {
        expect(response.statusCode).toBe(400);
        expect(response.json().detail).toContain('X-Weir-Speculative-Retry must be NONE, ALWAYS');
        expect(response.body).not.toContain('zq7');
      }
      expect([calls, rowCalls]).toEqual([[], []]);
    },
  );
});

describe('X-Request-Timeout-Ms', () => {
  it.each<[string | undefined, number, string]>([
    [undefined, 1_000, 'the default'],
    ['1', 1, 'the shortest'],
    ['250', 250, 'as asked'],
    ['10000', 10_000, 'the longest'],
    ['10001', 10_000, 'capped'],
    ['9'.repeat(400), 10_000, 'beyond any number, capped'],
  ])('%s gives a deadline %d ms after the arrival: %s', async (value, deadlineMs) => {
    const { lookUp, calls } = createDataApp();
    await lookUp({ headers: value === undefined ? {} : { 'x-request-timeout-ms': value } });
    expect(calls[0]?.deadlineMs).toBe(deadlineMs);
  });

  it.each(['0', '-5', '1.5', '1e3', '0x10', 'soon', '', '100, 200', '007'])('%j is 400', async (value) => {
    const { lookUp, calls } = createDataApp();
    const response = await lookUp({ headers: { 'x-request-timeout-ms': value } });
    expect(response.statusCode).toBe(400);
    expect(response.json().detail).toContain('X-Request-Timeout-Ms');
    expect(calls).toEqual([]);
  });

  it('keeps the default within the bound', async () => {
    const { lookUp, calls } = createDataApp(undefined, {
      bounds: { ...defaultBounds, defaultTimeoutMs: 60_000 },
    });
    await lookUp();
    expect(calls[0]?.deadlineMs).toBe(10_000);
  });

  it('follows bounds that change while the port is open', async () => {
    let timeoutMs = 500;
    const bounds = {
      ...defaultBounds,
      get timeoutMs() {
        return timeoutMs;
      },
    };
    const { get, rowCalls } = createDataApp(undefined, { bounds });
    await get();
    timeoutMs = 200;
    await get();
    expect(rowCalls.map(({ deadlineMs }) => deadlineMs)).toEqual([500, 200]);
  });
});

describe('Cache-Control', () => {
  it.each(['no-cache', 'max-age=0', 'no-store, nonsense='])('%s is taken', async (value) => {
    const { lookUp } = createDataApp();
    expect((await lookUp({ headers: { 'cache-control': value } })).statusCode).toBe(200);
  });
});
