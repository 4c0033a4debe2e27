import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import { account, createDataApp, foundRow, rowUrl, storefront } from './data-app-fixture.ts';

describe('GET /v1/{keyspace}/{table}/row', () => {
  it('hands the call to the core: who, which table, the query in order', async () => {
    const { get, rowCalls } = createDataApp();
    await get({ url: `${rowUrl}?region=eu&sku=sku-1&$columns=title,price` });
    expect(rowCalls).toEqual([
      {
        application: storefront,
        keyspace: 'shop',
        table: 'products',
        parameters: [
          ['region', 'eu'],
          ['sku', 'sku-1'],
          ['$columns', 'title,price'],
        ],
        deadlineMs: 1_000,
        traceparent: undefined,
        speculativeRetry: undefined,
        noCache: false,
        waitMs: undefined,
        caller: { gone: expect.any(Boolean), onGone: expect.any(Function) },
      },
    ]);
  });

  it('returns the bytes of the row as they are', async () => {
    const { get } = createDataApp();
    const response = await get();
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.body).toBe(foundRow);
  });

  it('answers HEAD with the headers of GET', async () => {
    const { app, get } = createDataApp();
    const response = await app.inject({
      method: 'HEAD',
      url: `${rowUrl}?sku=sku-1`,
      headers: { 'x-weir-app': 'storefront' },
    });
    const names = ['content-length', 'content-type', 'etag', 'cache-control', 'vary'];
    const shown = ({ headers }: { headers: object }) => names.map((name) => Reflect.get(headers, name));
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe('');
    expect(shown(response)).toEqual(shown(await get()));
  });

  it('is 401 with the challenge for a caller that is not known', async () => {
    const { get, rowCalls } = createDataApp();
    const response = await get({ headers: { 'x-weir-app': 'nobody' } });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('X-Weir-App realm="weir"');
    expect(rowCalls).toEqual([]);
  });

  it('is 404 of its own kind where there is no row', async () => {
    const { get } = createDataApp(undefined, {
      readRow: async () => {
        throw new RequestError('row-not-found', 'no such row');
      },
    });
    const response = await get();
    expect(response.statusCode).toBe(404);
    expect(response.json().type).toBe('/problems/row-not-found');
    expect(response.headers).not.toHaveProperty('etag');
  });

  it('tells with X-Debug: 1 what Cassandra and the whole took', async () => {
    const readRow = async () => ({
      body: foundRow,
      ageMs: undefined,
      account: { ...account, cassandraMs: 1.5 },
    });
    const { get } = createDataApp(undefined, { readRow });
    const response = await get({ headers: { 'x-debug': '1' } });
    expect(response.headers['server-timing']).toBe('cassandra;dur=1.50, total;dur=0.00');
  });
});

describe('the query of a row', () => {
  it.each<[string, readonly (readonly [string, string])[], string]>([
    ['', [], 'no query'],
    ['?', [], 'an empty one'],
    ['?&&', [], 'empty parts'],
    [
      '?a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
      'a name given twice',
    ],
    ['?a', [['a', '']], 'a name without a value'],
    ['?=1', [['', '1']], 'a value without a name'],
    ['?a=b=c', [['a', 'b=c']], 'a value with an equals sign'],
    [
      '?a=b+c&d%2Be=%2B',
      [
        ['a', 'b c'],
        ['d+e', '+'],
      ],
      'a plus is a space, an encoded one is not',
    ],
    ['?%C3%A4=%E2%82%AC%00', [['ä', '€\0']], 'UTF-8, with a zero'],
    ['?a=1;b=2', [['a', '1;b=2']], 'a semicolon separates nothing'],
    [
      '?__proto__=1&constructor=2',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
      'names that objects have',
    ],
    [
      '?a[]=1&a[b]=2',
      [
        ['a[]', '1'],
        ['a[b]', '2'],
      ],
      'brackets mean nothing',
    ],
    ['?a=x?y', [['a', 'x?y']], 'a question mark in a value'],
  ])('%s is read in order: %j (%s)', async (query, parameters) => {
    const { get, rowCalls } = createDataApp();
    await get({ url: rowUrl + query });
    expect(rowCalls[0]?.parameters).toEqual(parameters);
  });

  it.each(['?a=%', '?a=%zz', '?%=1', '?a=%ff', '?a=%C3', '?a=%ED%A0%80'])('%s is 400', async (query) => {
    const { get, rowCalls } = createDataApp();
    const response = await get({ url: rowUrl + query });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ type: '/problems/invalid-request' });
    expect(rowCalls).toEqual([]);
  });
});

describe('the tag of a row', () => {
  const tagOf = async (body: string): Promise<string> => {
    const { get } = createDataApp(undefined, { readRow: async () => ({ body, ageMs: undefined, account }) });
    return String((await get()).headers.etag);
  };

  it('is weak, and the same for the same row', async () => {
    const tag = await tagOf(foundRow);
    expect(tag).toMatch(/^W\/"[A-Za-z0-9_-]{22}"$/);
    expect(await tagOf(foundRow)).toBe(tag);
  });

  it('is another for another row', async () => {
    expect(await tagOf('{"sku":"sku-1","title":null}')).not.toBe(await tagOf(foundRow));
  });

  it.each<[(tag: string) => string, string]>([
    [(tag) => tag, 'the tag itself'],
    [(tag) => tag.slice(2), 'compared weakly'],
    [(tag) => `"other", ${tag}`, 'one of a list'],
    [(tag) => `"a,b",W/"",${tag}`, 'after one with a comma and an empty one'],
    [() => '*', 'any'],
    [() => ' * ', 'any, with spaces'],
  ])('makes If-None-Match a 304 without a body: case %#, %s', async (header) => {
    const { get } = createDataApp();
    const tag = await tagOf(foundRow);
    const response = await get({ headers: { 'if-none-match': header(tag) } });
    expect(response.statusCode).toBe(304);
    expect(response.body).toBe('');
    expect(response.headers).toMatchObject({ etag: tag, 'cache-control': 'private, no-cache' });
    expect(response.headers).not.toHaveProperty('content-type');
  });

  it.each<[(tag: string) => string, string]>([
    [() => '"other"', 'another tag'],
    [() => '', 'empty'],
    [(tag) => tag.slice(3, -1), 'without quotes'],
    [(tag) => tag.slice(0, -1), 'a quote that is never closed'],
    [() => '*, *', 'no list of stars'],
  ])('leaves other headers alone: case %#, %s', async (header) => {
    const { get } = createDataApp();
    const tag = await tagOf(foundRow);
    const response = await get({ headers: { 'if-none-match': header(tag) } });
    expect(response.statusCode).toBe(200);
  });

  it('tells HEAD the length that the row has, also in a 304', async () => {
    const { app } = createDataApp();
    const tag = await tagOf(foundRow);
    const headers = { 'x-weir-app': 'storefront', 'if-none-match': tag };
    const response = await app.inject({ method: 'HEAD', url: `${rowUrl}?sku=sku-1`, headers });
    expect(response.statusCode).toBe(304);
    expect(response.body).toBe('');
    expect(response.headers['content-length']).toBe(String(Buffer.byteLength(foundRow)));
  });

  it('does not hide that there is no row', async () => {
    const { get } = createDataApp(undefined, {
      readRow: async () => {
        throw new RequestError('row-not-found', 'no such row');
      },
    });
    expect((await get({ headers: { 'if-none-match': '*' } })).statusCode).toBe(404);
  });
});

describe('a cache between', () => {
  it.each<[string, Record<string, string>]>([
    ['a row', {}],
    ['a refusal', { 'x-weir-app': 'nobody' }],
  ])('may keep %s for its own caller only, and has to ask', async (_, headers) => {
    const { get } = createDataApp();
    const response = await get({ headers });
    expect(response.headers['cache-control']).toBe('private, no-cache');
    expect(response.headers.vary).toBe('Authorization, X-Weir-App');
  });
});
