import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import type { LookUp } from '../../src/core/reads/look-up.ts';
import { createDataApp, foundAnswer } from './data-app-fixture.ts';

const refuse: LookUp = async () => {
  throw new RequestError('not-found', 'there is no such table');
};

describe('the log line of a request', () => {
  it('has counts and names, and nothing that was asked or found', async () => {
    const { lookUp, log } = createDataApp(async () => ({ ...foundAnswer, keys: 50, groups: 4 }));
    await lookUp({ headers: { 'x-request-id': 'r-6' }, payload: '{"keys":["zq7-secret"]}' });
    const line = JSON.parse(log());
    expect(line).toEqual({
      level: 30,
      time: expect.any(Number),
      pid: expect.any(Number),
      hostname: expect.any(String),
      msg: 'request',
      requestId: 'r-6',
      application: 'storefront',
      operation: 'read',
      table: 'shop.products',
      keys: 50,
      groups: 4,
      status: 200,
      durationMs: 0,
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
