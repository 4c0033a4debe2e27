import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import type { SplitsCall, TellSplits } from '../../src/core/scans/splits.ts';
import { type OpenApiDocument, openApiFaults } from '../support/open-api-document.ts';
import { createDataApp, storefront, tableUrl } from './data-app-fixture.ts';

const url = `${tableUrl}/splits`;
const answer = '{"splits":[],"ringEpoch":4}';

function openPort(tellSplits: TellSplits = async () => answer) {
  const calls: SplitsCall[] = [];
  const port = createDataApp(undefined, {
    tellSplits: (call) => {
      calls.push(call);
      return tellSplits(call);
    },
  });
  return { ...port, calls };
}

describe('GET /v1/{keyspace}/{table}/splits', () => {
  it('hands the call to the core and its answer to the caller', async () => {
    const { get, calls } = openPort();
    const response = await get({ url: `${url}?target=8`, headers: { 'x-request-timeout-ms': '250' } });
    expect(calls).toEqual([
      { application: storefront, keyspace: 'shop', table: 'products', target: 8, deadlineMs: 250 },
    ]);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'private, no-cache',
    });
    expect(response.body).toBe(answer);
  });

  it.each([
    ['', 64, 'nothing said'],
    ['?target=1', 1, 'the fewest'],
    ['?target=10000', 10_000, 'the most'],
    ['?target=%31%30', 10, 'digits however they are written'],
  ])('takes %s as %i splits: %s', async (query, target) => {
    const { get, calls } = openPort();
    expect((await get({ url: `${url}${query}` })).statusCode).toBe(200);
    expect(calls).toMatchObject([{ target }]);
  });

  it.each([
    ['?target=0', 'whole number'],
    ['?target=10001', 'whole number'],
    ['?target=', 'whole number'],
    ['?target=-5', 'whole number'],
    ['?target=1e2', 'whole number'],
    ['?target=6.5', 'whole number'],
    ['?target=8&target=8', 'more than once'],
    ['?targt=8', 'no other parameter'],
    ['?target=8&size=1', 'no other parameter'],
    ['?target=%', 'percent-encoded'],
  ])('refuses %s: %s', async (query, told) => {
    const { get, calls } = openPort();
    const response = await get({ url: `${url}${query}` });
    expect([response.statusCode, response.json().type]).toEqual([400, '/problems/invalid-request']);
    expect(response.json().detail).toContain(told);
    expect(calls).toEqual([]);
  });

  it('is for callers that are known', async () => {
    const { get, calls } = openPort();
    const response = await get({ url, headers: { 'x-weir-app': 'nobody' } });
    expect(response.statusCode).toBe(401);
    expect(calls).toEqual([]);
  });

  it('tells what the core refuses', async () => {
    const { get } = openPort(async () => {
      throw new RequestError('operation-not-granted', 'the application may not scan this table');
    });
    const response = await get({ url });
    expect([response.statusCode, response.json().type]).toEqual([403, '/problems/operation-not-granted']);
  });

  it('counts as a scan, of a table that is known, and tells of no limit', async () => {
    const { get, app, ends, log } = openPort();
    const response = await get({ url });
    await app.close();
    expect(ends).toMatchObject([{ operation: 'scan', table: 'shop.products', status: 200 }]);
    expect(log()).toContain('"route":"/v1/:keyspace/:table/splits"');
    expect(response.headers).not.toHaveProperty('ratelimit');
  });

  it('is described: the example fits its schema', async () => {
    const { app } = openPort();
    const document: OpenApiDocument = (await app.inject({ method: 'GET', url: '/openapi.json' })).json();
    expect(document.paths['/v1/{keyspace}/{table}/splits']?.['get']).toBeDefined();
    expect(openApiFaults(document)).toEqual([]);
  });
});
