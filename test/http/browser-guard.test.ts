import { describe, expect, it } from 'vitest';
import { createDataApp, rowUrl, tableUrl } from './data-app-fixture.ts';

const names = new Set(['weir.internal']);
const createGuarded = () => createDataApp(undefined, { allowedHosts: () => names });

describe('a port that a browser on this machine could reach', () => {
  it.each([
    ['localhost:8080', 'the usual name'],
    ['LOCALHOST', 'in any case'],
    ['127.0.0.1:8080', 'an address'],
    ['[::1]:8080', 'an IPv6 address'],
    ['10.1.2.3', 'another address'],
    ['weir.internal', 'a name that is allowed'],
  ])('takes calls to %s: %s', async (host) => {
    const { lookUp } = createGuarded();
    expect((await lookUp({ headers: { host } })).statusCode).toBe(200);
  });

  it.each([
    ['evil.example', 'a name of its own'],
    ['evil.example:8080', 'with the port'],
    ['localhost.evil.example', 'one that begins like it'],
    ['weir.internal.evil.example', 'one that begins like an allowed one'],
    ['127.0.0.1.evil.example', 'one that begins like an address'],
    ['localhost@evil.example', 'no host at all'],
  ])('refuses a page that rebinds %j: %s', async (host) => {
    const { lookUp, calls } = createGuarded();
    const response = await lookUp({ headers: { host } });
    expect(response.statusCode).toBe(421);
    expect(response.json().type).toBe('/problems/host-not-allowed');
    expect(calls).toEqual([]);
  });

  it.each([
    ['http://evil.example', 'another site'],
    ['http://localhost:8081', 'another port'],
    ['https://localhost:8080', 'another scheme'],
    ['http://127.0.0.1:8080', 'another name of this port'],
    ['null', 'a sandboxed page'],
    ['', 'an empty one'],
    ['http://localhost:8080, http://localhost:8080', 'two of them'],
  ])('refuses calls from %j: %s', async (origin) => {
    const { lookUp, calls } = createGuarded();
    const response = await lookUp({ headers: { host: 'localhost:8080', origin } });
    expect(response.statusCode).toBe(403);
    expect(response.json().type).toBe('/problems/cross-origin');
    expect(calls).toEqual([]);
  });

  it('takes calls from its own page', async () => {
    const { lookUp } = createGuarded();
    const headers = { host: 'localhost:8080', origin: 'http://localhost:8080' };
    expect((await lookUp({ headers })).statusCode).toBe(200);
  });

  it.each([rowUrl, tableUrl, '/docs', '/openapi.json', '/nowhere'])('guards %s as well', async (url) => {
    const { get } = createGuarded();
    expect((await get({ url, headers: { host: 'evil.example' } })).statusCode).toBe(421);
  });

  it.each(['/livez', '/readyz?verbose'])('leaves %s to probes under any name', async (url) => {
    const { get } = createGuarded();
    expect((await get({ url, headers: { host: 'evil.example' } })).statusCode).toBe(200);
  });

  it('follows names that change while it is open', async () => {
    let allowed = new Set<string>();
    const { get } = createDataApp(undefined, { allowedHosts: () => allowed });
    const headers = { host: 'weir.internal' };
    expect((await get({ headers })).statusCode).toBe(421);
    allowed = new Set(['weir.internal']);
    expect((await get({ headers })).statusCode).toBe(200);
  });
});

describe('a port that takes nobody at their word', () => {
  it('answers under any name, to callers of any origin', async () => {
    const { lookUp } = createDataApp();
    const headers = { host: 'weir.example', origin: 'http://evil.example' };
    expect((await lookUp({ headers })).statusCode).toBe(200);
  });
});
