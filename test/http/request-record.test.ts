import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import type { LookUp, ReadAccount } from '../../src/core/reads/look-up.ts';
import { RowRefusal } from '../../src/core/reads/row.ts';
import { account, createDataApp, foundAnswer, tableUrl } from './data-app-fixture.ts';

const refuse: LookUp = async () => {
  throw new RequestError('not-found', 'there is no such table');
};

describe('the log line of a request', () => {
  it('has counts and names, and nothing that was asked or found', async () => {
    const counts: ReadAccount = {
      keys: 50,
      groups: 4,
      hedges: 1,
      cacheHits: 30,
      joined: 2,
      found: 40,
      missing: 7,
      error: 2,
      unprocessed: 1,
      cassandraMs: 3.456,
      cache: { use: 'read', keys: 48, stale: 3 },
      quota: { asked: 20, refused: 4, used: 16, waitedMs: 12.345, verdictMs: 13 },
    };
    const { lookUp, log } = createDataApp(async () => ({ ...foundAnswer, account: counts }));
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await lookUp({ headers: { 'x-request-id': 'r-6', traceparent }, payload: '{"keys":["zq7-secret"]}' });
    const line = JSON.parse(log());
    expect(line).toEqual({
      level: 30,
      time: expect.any(Number),
      pid: expect.any(Number),
      hostname: expect.any(String),
      msg: 'request',
      requestId: 'r-6',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      method: 'POST',
      route: '/v1/:keyspace/:table/lookup',
      application: 'storefront',
      class: 'frontend',
      operation: 'read',
      table: 'shop.products',
      keys: 50,
      found: 40,
      missing: 7,
      error: 2,
      unprocessed: 1,
      groups: 4,
      hedges: 1,
      cacheHits: 30,
      stale: 3,
      joined: 2,
      unitsUsed: 16,
      unitsRefused: 4,
      waitedMs: 12.35,
      status: 200,
      durationMs: 0,
      cassandraMs: 3.46,
    });
  });

  it('names the problem of a refusal', async () => {
    const { lookUp, log } = createDataApp(refuse);
    await lookUp();
    expect(JSON.parse(log())).toMatchObject({ status: 404, problem: 'not-found', table: 'shop.products' });
  });

  it('leaves out a table on which nothing is granted: its name is the caller’s invention', async () => {
    const { lookUp, log } = createDataApp(refuse);
    await lookUp({ url: '/v1/zq7-secret/products/lookup' });
    expect(log()).toContain('"status":404');
    expect(log()).not.toContain('zq7-secret');
  });

  it('of a row has the same, and nothing of the query', async () => {
    const { get, log } = createDataApp();
    await get({ url: '/v1/shop/products/row?sku=zq7-secret' });
    expect(JSON.parse(log())).toMatchObject({
      operation: 'read',
      table: 'shop.products',
      keys: 1,
      groups: 1,
    });
    expect(log()).not.toContain('zq7-secret');
  });

  it('of a description has the table and no operation', async () => {
    const { get, log } = createDataApp();
    await get({ url: tableUrl });
    const line = JSON.parse(log());
    expect(line).toMatchObject({ application: 'storefront', table: 'shop.products', status: 200 });
    expect(line).not.toHaveProperty('operation');
  });

  it('has what became of the keys also where none could be answered', async () => {
    const body = '{"type":"/problems/overload"}';
    const counts = { ...account, found: 0, unprocessed: 1 };
    const { lookUp, log } = createDataApp(async () => ({ problem: 'overload', body, account: counts }));
    await lookUp();
    expect(JSON.parse(log())).toMatchObject({ level: 30, status: 503, problem: 'overload', unprocessed: 1 });
  });

  it('has the time since the arrival of the headers', async () => {
    const fixture = createDataApp(async () => {
      await fixture.clock.advance(12.345);
      return foundAnswer;
    });
    await fixture.lookUp();
    expect(JSON.parse(fixture.log())).toMatchObject({ durationMs: 12.35 });
  });
});

describe('the metrics of a request', () => {
  it('begin and end once for a look-up', async () => {
    const { lookUp, starts, ends } = createDataApp();
    await lookUp();
    expect(starts()).toBe(1);
    expect(ends).toEqual([
      {
        application: 'storefront',
        className: 'frontend',
        operation: 'read',
        table: 'shop.products',
        status: 200,
        durationMs: 0,
      },
    ]);
  });

  it('know no more than what was found out before a refusal', async () => {
    const { lookUp, ends } = createDataApp();
    await lookUp({ headers: { 'x-weir-app': 'nobody' } });
    expect(ends).toEqual([
      expect.objectContaining({ application: undefined, operation: 'read', table: undefined, status: 401 }),
    ]);
  });

  it.each([
    ['/nowhere', 404],
    ['/%zz', 400],
  ])('count what came to %s', async (url, status) => {
    const { app, starts, ends } = createDataApp();
    await app.inject({ method: 'GET', url });
    expect(starts()).toBe(1);
    expect(ends).toEqual([expect.objectContaining({ status, operation: undefined })]);
  });
});

describe('the log line of a row', () => {
  it('has the counts where the row was read for and is not there', async () => {
    const counts = { ...account, keys: 1, groups: 1, found: 0, missing: 1, cassandraMs: 2 };
    const { get, log } = createDataApp(undefined, {
      readRow: async () => {
        throw new RowRefusal('row-not-found', 'no row has this primary key', counts);
      },
    });
    const { headers, statusCode } = await get({ headers: { 'x-debug': '1' } });
    expect(statusCode).toBe(404);
    expect(headers['server-timing']).toContain('cassandra;dur=2');
    expect(JSON.parse(log())).toMatchObject({ keys: 1, missing: 1, status: 404, problem: 'row-not-found' });
  });
});
