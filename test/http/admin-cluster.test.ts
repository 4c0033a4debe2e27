import { describe, expect, it } from 'vitest';
import type { Administration } from '../../src/core/administration.ts';
import { RequestError } from '../../src/core/errors.ts';
import { createAdminApp, explanation, topologyView } from './admin-app-fixture.ts';

const call = { application: 'storefront', keyspace: 'shop', table: 'products', lookup: { keys: ['zq7'] } };

const json = { 'content-type': 'application/json' };

function explain(body: unknown, administration: Partial<Administration> = {}) {
  const fixture = createAdminApp({ administration });
  return fixture.ask('POST', '/admin/v1/explain', {
    headers: json,
    payload: JSON.stringify(body),
  });
}

describe('GET /admin/v1/topology', () => {
  it('gives the cluster as it is seen', async () => {
    const { ask } = createAdminApp();
    expect((await ask('GET', '/admin/v1/topology')).json()).toEqual(topologyView);
  });
});

describe('POST /admin/v1/explain', () => {
  it('hands the look-up on and gives the explanation', async () => {
    const calls: unknown[] = [];
    const response = await explain(call, {
      explain: async (explained) => {
        calls.push(explained);
        return explanation;
      },
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(explanation);
    const { lookup: body, ...names } = call;
    expect(calls).toEqual([{ ...names, body }]);
  });

  it('points to the faults of the look-up in the body that was sent', async () => {
    const faults = [{ pointer: '/keys/0', detail: 'must be a string' }];
    const response = await explain(call, {
      explain: () => Promise.reject(new RequestError('invalid-request', 'malformed', faults)),
    });
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toEqual([{ pointer: '/lookup/keys/0', detail: 'must be a string' }]);
  });

  it('is 404 for an application that there is not', async () => {
    const response = await explain(call, {
      explain: () => Promise.reject(new RequestError('not-found', 'no such application')),
    });
    expect(response.statusCode).toBe(404);
  });

  it('is 504 when the answer does not come', async () => {
    const asked = Promise.withResolvers<void>();
    const { ask, clock } = createAdminApp({
      administration: {
        explain: () => {
          asked.resolve();
          return new Promise(() => {});
        },
      },
    });
    const answer = ask('POST', '/admin/v1/explain', { headers: json, payload: JSON.stringify(call) });
    await asked.promise;
    await clock.advance(10_000);
    expect((await answer).statusCode).toBe(504);
  });

  it.each([
    ['a field that there is not', { ...call, 'lo/okup': 1 }, '/lo~1okup', 'is not a field of this request'],
    ['no table', { ...call, table: undefined }, '/table', 'is missing'],
    ['no look-up', { ...call, lookup: undefined }, '/lookup', 'is missing'],
    ['a number as the table', { ...call, table: 7 }, '/table', 'must be of the type string'],
    ['an empty name', { ...call, table: '' }, '/table', 'must not be empty'],
    ['an endless name', { ...call, table: 'x'.repeat(257) }, '/table', 'must have at most 256 characters'],
    ['no object', ['zq7'], '', 'must be of the type object'],
  ])('refuses %s by pointer, and quotes nothing', async (_what, body, pointer, detail) => {
    const response = await explain(body);
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toEqual([{ pointer, detail }]);
    expect(response.body).not.toContain('zq7');
  });

  it.each([
    ['another media type', 'text/plain', '{}', 415],
    ['half of a body', 'application/json', '{"zq7', 400],
    ['a member named __proto__', 'application/json', '{"__proto__":{}}', 400],
    ['bytes that are not UTF-8', 'application/json', Buffer.from([0x22, 0xff, 0x22]), 400],
    ['an empty body', 'application/json', '', 400],
    ['more than a mebibyte', 'application/json', `"${'x'.repeat(1_048_576)}"`, 413],
  ])('refuses %s', async (_what, media, payload, status) => {
    const { ask } = createAdminApp();
    const response = await ask('POST', '/admin/v1/explain', {
      headers: { 'content-type': media },
      payload,
    });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.body).not.toContain('zq7');
  });
});
