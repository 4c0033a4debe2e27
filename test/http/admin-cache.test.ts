import { describe, expect, it } from 'vitest';
import type { CacheAdministration } from '../../src/core/administration.ts';
import { RequestError } from '../../src/core/errors.ts';
import { cacheStats, createAdminApp, operatorPrefix } from './admin-app-fixture.ts';

const json = { 'content-type': 'application/json', 'x-request-id': 'r-1' };
const url = '/admin/v1/cache/shop/products';

function open(purge: CacheAdministration['purge'] = async () => ({ partitions: 'all', reach: 'fleet' })) {
  const asked: unknown[] = [];
  const fixture = createAdminApp({
    administration: {
      cache: {
        stats: () => cacheStats,
        purge: (what) => {
          asked.push(what);
          return purge(what);
        },
      },
    },
  });
  const drop = (payload?: string, headers: Record<string, string> = json, address = url) =>
    fixture.ask('DELETE', address, payload === undefined ? {} : { headers, payload });
  return { ...fixture, asked, drop };
}

describe('GET /admin/v1/cache', () => {
  it('gives what the cache holds and did', async () => {
    const response = await createAdminApp().ask('GET', '/admin/v1/cache');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(cacheStats);
  });
});

describe('DELETE /admin/v1/cache/{keyspace}/{table}', () => {
  it.each([undefined, '{}'])('drops the whole table with the body %s', async (payload) => {
    const { drop, asked } = open();
    const response = await drop(payload);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ partitions: 'all', reach: 'fleet' });
    expect(asked).toEqual([{ keyspace: 'shop', table: 'products' }]);
  });

  it('refuses a body with a Content-Encoding, and one that is announced and empty', async () => {
    const { drop, asked } = open();
    const encoded = await drop('{"keys":["a"]}', { ...json, 'content-encoding': 'gzip' });
    expect([encoded.statusCode, encoded.json().type]).toEqual([415, '/problems/unsupported-media-type']);
    const empty = await drop('', json);
    expect([empty.statusCode, empty.json().detail]).toEqual([
      400,
      'the body is empty; without one there is no Content-Type either',
    ]);
    expect(asked).toEqual([]);
  });

  it('drops the keys that are named, and hands them on as they are', async () => {
    const { drop, asked } = open(async () => ({ partitions: 2, reach: 'instance' }));
    const response = await drop('{"keys":["sku-1",{"sku":7},null]}');
    expect(response.json()).toEqual({ partitions: 2, reach: 'instance' });
    expect(asked).toEqual([{ keyspace: 'shop', table: 'products', keys: ['sku-1', { sku: 7 }, null] }]);
  });

  it('decodes names in the address', async () => {
    const { drop, asked } = open();
    await drop(undefined, json, '/admin/v1/cache/Shop%20A/%C3%A4rzte');
    expect(asked).toEqual([{ keyspace: 'Shop A', table: 'ärzte' }]);
  });

  it.each([
    ['null', '', 'must be of the type object', 'not a whole table by accident'],
    ['["zq7"]', '', 'must be of the type object', 'no object'],
    ['{"keys":[]}', '/keys', 'must not be empty', 'not a whole table by accident'],
    ['{"keys":"zq7"}', '/keys', 'must be of the type array', 'no list'],
    ['{"key":["zq7"]}', '/key', 'is not a field of this request', 'a typing error'],
    [JSON.stringify({ keys: Array(1_001).fill('zq7') }), '/keys', 'must have at most 1000 members', 'many'],
  ])(
    'refuses %.20s by pointer, drops nothing and quotes nothing: %s %s (%s)',
    async (payload, pointer, detail) => {
      const { drop, asked } = open();
      const response = await drop(payload);
      expect(response.statusCode).toBe(400);
      expect(response.json().errors).toEqual([{ pointer, detail }]);
      expect(response.body).not.toContain('zq7');
      expect(asked).toEqual([]);
    },
  );

  it('takes a thousand keys', async () => {
    const { drop, asked } = open();
    expect((await drop(JSON.stringify({ keys: Array(1_000).fill('a') }))).statusCode).toBe(200);
    expect(asked).toHaveLength(1);
  });

  it('refuses a body that does not say what it is', async () => {
    const { drop, asked } = open();
    expect((await drop('{"keys":["a"]}', { 'content-type': 'text/plain' })).statusCode).toBe(415);
    expect((await drop('{"keys":["a"]}', {})).statusCode).toBe(415);
    expect(asked).toEqual([]);
  });

  it('tells every bad key where it stands in the body', async () => {
    const faults = [{ pointer: '/keys/1', detail: 'must be a string' }];
    const { drop } = open(() => Promise.reject(new RequestError('invalid-request', 'malformed', faults)));
    const response = await drop('{"keys":["a",7]}');
    expect([response.statusCode, response.json().errors]).toEqual([400, faults]);
  });

  it('is 404 for a table that there is not', async () => {
    const { drop } = open(() => Promise.reject(new RequestError('not-found', 'no such table')));
    expect((await drop()).statusCode).toBe(404);
  });

  it('is 504 when the table is not known in time', async () => {
    const { drop } = open(() => Promise.reject(new RequestError('deadline-exceeded', 'not ready in time')));
    expect((await drop()).statusCode).toBe(504);
  });
});

describe('the audit line of a purge', () => {
  it.each([
    [undefined, 'all', 'all'],
    ['{"keys":["zq7-secret",{"sku":"zq7-secret"}]}', 2, 1],
  ] as const)(
    'of %s tells the table, how many keys were named and what was dropped',
    async (payload, keys, partitions) => {
      const { drop, audit, log } = open(async () => ({ partitions, reach: 'fleet' }));
      await drop(payload);
      expect(audit()).toMatchObject([
        {
          role: 'operator',
          key: operatorPrefix,
          change: 'cache-purge',
          outcome: 'done',
          before: { table: 'shop.products', keys },
          after: { partitions, reach: 'fleet' },
        },
      ]);
      expect(log()).not.toContain('zq7-secret');
    },
  );

  it('of a refused one tells the problem, and nothing that was named', async () => {
    const { drop, audit, log } = open(() => Promise.reject(new RequestError('not-found', 'no such table')));
    await drop('{"keys":["zq7-secret"]}', json, '/admin/v1/cache/shop/zq7-secret');
    expect(audit()).toMatchObject([{ change: 'cache-purge', outcome: 'refused', problem: 'not-found' }]);
    expect(log()).not.toContain('zq7-secret');
  });
});
