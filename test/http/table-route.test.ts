import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import { createDataApp, description, storefront, tableUrl } from './data-app-fixture.ts';

describe('GET /v1/{keyspace}/{table}', () => {
  it('hands the call to the core', async () => {
    const { get, describeCalls } = createDataApp();
    await get({ url: tableUrl, headers: { 'x-request-timeout-ms': '250' } });
    expect(describeCalls).toEqual([
      { application: storefront, keyspace: 'shop', table: 'products', deadlineMs: 250 },
    ]);
  });

  it('returns the description as it is', async () => {
    const { get } = createDataApp();
    const response = await get({ url: tableUrl });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'private, no-cache',
    });
    expect(response.body).toBe(description);
  });

  it('is for callers that are known', async () => {
    const { get, describeCalls } = createDataApp();
    const response = await get({ url: tableUrl, headers: { 'x-weir-app': 'nobody' } });
    expect(response.statusCode).toBe(401);
    expect(describeCalls).toEqual([]);
  });

  it('tells what the core refuses', async () => {
    const { get } = createDataApp(undefined, {
      describe: async () => {
        throw new RequestError('not-found', 'there is no such table');
      },
    });
    const response = await get({ url: tableUrl });
    expect(response.statusCode).toBe(404);
    expect(response.json().type).toBe('/problems/not-found');
  });
});
