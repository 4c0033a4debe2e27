import { describe, expect, it } from 'vitest';
import { isAllowedHost } from '../../src/web/host-check.ts';
import { createAdminApp } from './admin-app-fixture.ts';

const hosts = () => new Set(['weir.INTERNAL']);

describe('the Host header of the admin port', () => {
  it.each([
    ['localhost', 'the name of loopback'],
    ['LOCALHOST:8081', 'names have no case'],
    ['127.0.0.1:8081', 'loopback'],
    ['[::1]:8081', 'loopback, IPv6'],
    ['10.1.2.3:8081', 'an address cannot be rebound'],
    ['weir.internal:8081', 'configured'],
    ['Weir.Internal', 'configured, in another case'],
  ])('%s is served: %s', async (host) => {
    const { ask } = createAdminApp({ hosts });
    expect((await ask('GET', '/admin/v1/config', { headers: { host } })).statusCode).toBe(200);
  });

  it.each([
    ['evil.example', 'a name that was rebound'],
    ['localhost.evil.example', 'begins like a good one'],
    ['127.0.0.1.evil.example', 'begins like an address'],
    ['evil.example:8081@localhost', 'a disguise'],
    ['[evil.example]', 'brackets without an address'],
    ['localhost, evil.example', 'two of them'],
  ])('%j is refused on every address, whatever key comes with it: %s', async (host) => {
    const { ask, changes } = createAdminApp({ hosts });
    const headers = { host, origin: `http://${host}` };
    for (const url of ['/livez', '/', '/docs', '/metrics', '/nowhere', '/admin/v1/config']) {
      const response = await ask('GET', url, { headers });
      expect(response.statusCode).toBe(421);
      expect(response.json()).toMatchObject({ type: '/problems/host-not-allowed' });
      expect(response.body).not.toContain('evil');
    }
    expect((await ask('POST', '/admin/v1/drain', { headers })).statusCode).toBe(421);
    expect(changes.drain).toBe(0);
  });

  it('is held against the names of the moment', async () => {
    let names = new Set<string>();
    const { ask } = createAdminApp({ hosts: () => names });
    const headers = { host: 'weir.internal' };
    expect((await ask('GET', '/livez', { headers })).statusCode).toBe(421);
    names = new Set(['weir.internal']);
    expect((await ask('GET', '/livez', { headers })).statusCode).toBe(200);
  });

  it.each([undefined, '', ':8081'])('%j is not allowed', (header) => {
    expect(isAllowedHost(header, new Set(['']))).toBe(false);
  });
});
