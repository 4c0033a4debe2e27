import { describe, expect, it } from 'vitest';
import { createDataApp } from './data-app-fixture.ts';

const reason = 'no node of us-east-1-frontend is up';
const condition = { name: 'cluster', state: 'failed', reason, ageMs: 1_500 } as const;
const unready = { readiness: () => ({ ready: false, conditions: [condition] }) };

describe('the health of the data port', () => {
  it('is live while the process answers, ready or not', async () => {
    const { app } = createDataApp(undefined, unready);
    const response = await app.inject({ method: 'GET', url: '/livez' });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ live: true });
  });

  it('is ready with 200', async () => {
    const { app } = createDataApp();
    const response = await app.inject({ method: 'GET', url: '/readyz' });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ ready: true });
  });

  it('is not ready with 503', async () => {
    const { app } = createDataApp(undefined, unready);
    const response = await app.inject({ method: 'GET', url: '/readyz' });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ ready: false });
  });

  it.each(['/readyz?verbose', '/readyz?verbose=1', '/readyz?verbose&verbose'])(
    'tells why at %s',
    async (url) => {
      const { app } = createDataApp(undefined, unready);
      expect((await app.inject({ method: 'GET', url })).json()).toEqual({
        ready: false,
        reasons: [reason],
        conditions: [condition],
      });
    },
  );

  it('answers HEAD', async () => {
    const { app } = createDataApp();
    expect((await app.inject({ method: 'HEAD', url: '/readyz' })).statusCode).toBe(200);
  });

  it('is neither counted nor logged', async () => {
    const { app, starts, ends, log } = createDataApp();
    await app.inject({ method: 'GET', url: '/livez' });
    await app.inject({ method: 'GET', url: '/readyz?verbose' });
    expect([starts(), ends.length, log()]).toEqual([0, 0, '']);
  });
});
