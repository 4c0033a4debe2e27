import { describe, expect, it } from 'vitest';
import { createAdminApp } from './admin-app-fixture.ts';

const host = 'localhost:8081';

describe('a page of another site', () => {
  it.each([
    ['https://evil.example', 'another site'],
    ['null', 'a sandboxed frame or a file'],
    ['http://localhost', 'another port'],
    ['http://localhost:3000', 'another port, the same site'],
    ['https://localhost:8081', 'another scheme'],
    ['http://127.0.0.1:8081', 'the same place under another name'],
    ['http://localhost:8081.evil.example', 'begins like the own one'],
    ['http://localhost:8081, https://evil.example', 'two of them'],
    ['http://localhost:8081/', 'not the form that browsers send'],
    ['', 'empty'],
  ])('is refused with the Origin %j, also with a good key: %s', async (origin) => {
    const { ask, changes } = createAdminApp();
    const headers = { host, origin };
    for (const [method, url] of [
      ['GET', '/admin/v1/config'],
      ['GET', '/metrics'],
      ['OPTIONS', '/admin/v1/drain'],
      ['POST', '/admin/v1/drain'],
    ] as const) {
      const response = await ask(method, url, { headers });
      expect(response.statusCode).toBe(403);
      expect(response.json()).toMatchObject({ type: '/problems/cross-origin' });
      expect(response.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect(changes.drain).toBe(0);
  });

  it.each(['cross-site', 'same-site', 'zq7'])(
    'changes nothing with Sec-Fetch-Site: %s and no Origin',
    async (site) => {
      const { ask, changes } = createAdminApp();
      const headers = { host, 'sec-fetch-site': site };
      expect((await ask('POST', '/admin/v1/drain', { headers })).json()).toMatchObject({
        type: '/problems/cross-origin',
      });
      expect(changes.drain).toBe(0);
    },
  );

  it('may link here', async () => {
    const { ask } = createAdminApp();
    const headers = { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await ask('GET', '/', { headers })).statusCode).toBe(200);
  });

  it('cannot load an answer as a part of itself, nor have it guessed at', async () => {
    const { ask } = createAdminApp();
    expect((await ask('GET', '/admin/v1/config')).headers).toMatchObject({
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });
});

describe('a page of this port', () => {
  it.each([
    ['localhost:8081', 'http://localhost:8081'],
    ['LOCALHOST:8081', 'http://localhost:8081'],
    ['[::1]:8081', 'http://[::1]:8081'],
    ['localhost', 'http://localhost'],
  ])('at %s is served with the Origin %s', async (address, origin) => {
    const { ask, changes } = createAdminApp();
    const headers = { host: address, origin, 'sec-fetch-site': 'same-origin' };
    expect((await ask('POST', '/admin/v1/drain', { headers })).statusCode).toBe(202);
    expect(changes.drain).toBe(1);
  });
});
