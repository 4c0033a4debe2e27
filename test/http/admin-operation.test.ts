import { describe, expect, it } from 'vitest';
import { logLevels } from '../../src/core/administration.ts';
import { createAdminApp } from './admin-app-fixture.ts';

const headers = { 'content-type': 'application/json' };

describe('/admin/v1/log-level', () => {
  it.each(logLevels)('can be set to %s and says so', async (level) => {
    const { ask } = createAdminApp();
    const put = await ask('PUT', '/admin/v1/log-level', { headers, payload: JSON.stringify({ level }) });
    expect(put.statusCode).toBe(200);
    expect(put.json()).toEqual({ level });
    expect((await ask('GET', '/admin/v1/log-level')).json()).toEqual({ level });
  });

  it.each([
    ['{"level":"zq7"}', '/level', 'must be one of fatal,error,warn,info,debug,trace,silent'],
    ['{"level":"debug","forSeconds":60}', '/forSeconds', 'is not a field of this request'],
    ['{}', '/level', 'is missing'],
    ['null', '', 'must be of the type object'],
  ])('refuses %s and changes nothing', async (payload, pointer, detail) => {
    const { ask, changes } = createAdminApp();
    const response = await ask('PUT', '/admin/v1/log-level', { headers, payload });
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toEqual([{ pointer, detail }]);
    expect(response.body).not.toContain('zq7');
    expect(changes.logLevel).toBe(0);
  });

  it('refuses a request without a body', async () => {
    const { ask } = createAdminApp();
    expect((await ask('PUT', '/admin/v1/log-level')).statusCode).toBe(400);
  });
});

describe('POST /admin/v1/drain', () => {
  it.each([undefined, '{}'])('begins the shutdown with the body %s', async (payload) => {
    const { ask, changes } = createAdminApp();
    const response = await ask('POST', '/admin/v1/drain', payload === undefined ? {} : { headers, payload });
    expect(response.statusCode).toBe(202);
    expect(response.json()).toEqual({ inFlight: 3 });
    expect(changes.drain).toBe(1);
  });

  it('refuses a field that there is not, and goes on', async () => {
    const { ask, changes } = createAdminApp();
    const response = await ask('POST', '/admin/v1/drain', { headers, payload: '{"now":true}' });
    expect(response.statusCode).toBe(400);
    expect(changes.drain).toBe(0);
  });
});
