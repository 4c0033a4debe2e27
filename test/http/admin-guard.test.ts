import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import type { GuardAdministration } from '../../src/core/guard/guard.ts';
import { createAdminApp, operatorPrefix } from './admin-app-fixture.ts';
import { guardView, noGuard } from './admin-guard-fixture.ts';

const json = { 'content-type': 'application/json', 'x-request-id': 'r-1' };
const url = '/admin/v1/guard';

function open(guard?: Partial<GuardAdministration>) {
  const asked: unknown[] = [];
  const override: GuardAdministration['override'] = async (...call) => {
    asked.push(call);
    return guard?.override?.(...call) ?? guardView;
  };
  const fixture = createAdminApp(
    guard === undefined ? {} : { administration: { guard: { view: () => guardView, ...guard, override } } },
  );
  const put = (payload: string, headers: Record<string, string> = json, address = url) =>
    fixture.ask('PUT', address, { headers, payload });
  return { ...fixture, asked, put };
}

describe('GET /admin/v1/guard', () => {
  it('tells what the guard sees and does', async () => {
    const response = await open().ask('GET', url);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    expect(response.json()).toEqual(guardView);
  });

  it('tells that there is none', async () => {
    const { latency, ...steering } = noGuard.steering;
    const { samples } = latency;
    const response = await open({ view: async () => noGuard }).ask('GET', url);
    expect(response.json()).toEqual({ ...noGuard, steering: { ...steering, latency: { samples } } });
  });

  it('takes no parameter', async () => {
    expect((await open().ask('GET', `${url}?dryRun=true`)).statusCode).toBe(400);
  });
});

describe('PUT /admin/v1/guard', () => {
  it.each([0.01, 0.5, 1, null])('sets the factor %s, in the name of who asks', async (factor) => {
    const { put, asked } = open({});
    const response = await put(JSON.stringify({ factor }));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(guardView);
    expect(asked).toEqual([[factor, `operator ${operatorPrefix}`]]);
  });

  it.each([
    ['{"factor":0}', '/factor', 'must be at least 0.01'],
    ['{"factor":1.01}', '/factor', 'must be at most 1'],
    ['{"factor":"0.5"}', '/factor', 'must be of the type number,null'],
    ['{}', '/factor', 'is missing'],
    ['{"factor":0.5,"zq7":1}', '/zq7', 'is not a field of this request'],
    ['[]', '', 'must be of the type object'],
  ])('refuses %s by pointer: %s %s', async (payload, pointer, detail) => {
    const { put, asked } = open({});
    const response = await put(payload);
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toEqual([{ pointer, detail }]);
    expect(asked).toEqual([]);
  });

  it('refuses a parameter that it does not know: a trial would be a change', async () => {
    const { put, asked } = open({});
    expect((await put('{"factor":0.5}', json, `${url}?dryRun=true`)).statusCode).toBe(400);
    expect(asked).toEqual([]);
  });

  it('refuses a body that does not say what it is', async () => {
    const { put, asked } = open({});
    expect((await put('{"factor":0.5}', { 'content-type': 'text/plain' })).statusCode).toBe(415);
    expect(asked).toEqual([]);
  });

  it.each([
    ['invalid-request', 400],
    ['limiter-unavailable', 503],
  ] as const)('answers %s with %d', async (slug, status) => {
    const { put, audit } = open({ override: () => Promise.reject(new RequestError(slug, 'why')) });
    const response = await put('{"factor":0.5}');
    expect([response.statusCode, response.json().detail]).toEqual([status, 'why']);
    expect(audit()).toMatchObject([{ change: 'guard', outcome: 'refused', problem: slug }]);
  });

  it('takes only PUT, and GET', async () => {
    const response = await open().ask('DELETE', url);
    expect(response.statusCode).toBe(405);
    expect(response.headers['allow']).toContain('PUT');
  });
});

describe('the audit line of an override', () => {
  it('tells who, and the override before and after', async () => {
    const { put, audit } = open();
    await put('{"factor":0.5}');
    await put('{"factor":0.2}');
    await put('{"factor":null}');
    const set = (factor: number) => ({
      override: { factor, by: `operator ${operatorPrefix}`, at: expect.any(String) },
    });
    const line = {
      requestId: 'r-1',
      role: 'operator',
      key: operatorPrefix,
      change: 'guard',
      outcome: 'done',
    };
    expect(audit()).toMatchObject([
      { ...line, before: { override: null }, after: set(0.5) },
      { ...line, before: set(0.5), after: set(0.2) },
      { ...line, before: set(0.2), after: { override: null } },
    ]);
  });
});
