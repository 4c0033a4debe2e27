import { describe, expect, it } from 'vitest';
import { usageView } from './admin-limits-fixture.ts';
import { openLimits as open } from './admin-limits-port.ts';

describe('GET /admin/v1/usage and /admin/v1/limits-history', () => {
  it('ask for what is usual where nothing is said', async () => {
    const { ask, asked } = open();
    expect((await ask('GET', '/admin/v1/usage')).json()).toEqual(usageView);
    expect((await ask('GET', '/admin/v1/limits-history')).json().lines).toHaveLength(1);
    expect(asked).toEqual([
      ['usage', 60],
      ['history', 50],
    ]);
  });

  it.each([
    ['usage?window=1', ['usage', 1]],
    ['usage?window=300', ['usage', 300]],
    ['limits-history?most=1', ['history', 1]],
    ['limits-history?most=1000', ['history', 1_000]],
  ])('take %s', async (url, call) => {
    const { ask, asked } = open();
    expect((await ask('GET', `/admin/v1/${url}`)).statusCode).toBe(200);
    expect(asked).toEqual([call]);
  });

  it.each([
    ['usage?window=0', '?window'],
    ['usage?window=301', '?window'],
    ['usage?window=1.5', '?window'],
    ['usage?window=', '?window'],
    ['usage?window=5&window=6', '?window'],
    ['limits-history?most=0', '?most'],
    ['limits-history?most=1001', '?most'],
    ['limits-history?most=-1', '?most'],
  ])('refuse %s', async (url, pointer) => {
    const { ask, asked } = open();
    const response = await ask('GET', `/admin/v1/${url}`);
    expect([response.statusCode, response.json().errors[0].pointer]).toEqual([400, pointer]);
    expect(asked).toEqual([]);
  });
});
