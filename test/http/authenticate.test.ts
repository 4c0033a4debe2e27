import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import { type Authenticator, createAuthenticator } from '../../src/http/authenticate.ts';
import { createDataApp, storefront } from './data-app-fixture.ts';

const key = 'weir_Zm9vYmFyYmF6cXV4.-~+/==';
const digest = createHash('sha256').update(key).digest('hex');

function slugOf(authenticate: () => unknown): string | undefined {
  try {
    authenticate();
    return undefined;
  } catch (error) {
    if (error instanceof RequestError) return error.slug;
    throw error;
  }
}

describe('bearer keys', () => {
  const authenticator = createAuthenticator({ mode: 'keys', keys: new Map([[digest, storefront]]) });

  it.each([
    [`Bearer ${key}`, 'the usual form'],
    [`bearer ${key}`, 'schemes have no case'],
    [`Bearer   ${key}`, 'several spaces'],
  ])('%s names the application: %s', (authorization) => {
    expect(authenticator.authenticate({ authorization }, '203.0.113.9')).toBe(storefront);
  });

  it.each<[string | undefined, string]>([
    [undefined, 'no header'],
    ['', 'an empty header'],
    [key, 'no scheme'],
    [`Basic ${key}`, 'another scheme'],
    ['Bearer ', 'no key'],
    [`Bearer ${key}x`, 'another key'],
    [`Bearer ${digest}`, 'the hash in place of the key'],
    [`Bearer ${key} ${key}`, 'two keys'],
    [`Bearer ${'x'.repeat(600)}`, 'longer than any key'],
  ])('%s is unauthenticated: %s', (authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    expect(slugOf(() => authenticator.authenticate(headers, '127.0.0.1'))).toBe('unauthenticated');
  });

  it('are good again, and others do not become good by it', () => {
    const asked = createAuthenticator({ mode: 'keys', keys: new Map([[digest, storefront]]) });
    const authenticate = (authorization: string) => asked.authenticate({ authorization }, '203.0.113.9');
    expect(authenticate(`Bearer ${key}`)).toBe(storefront);
    expect(authenticate(`Bearer ${key}`)).toBe(storefront);
    expect(slugOf(() => authenticate(`Bearer ${key}x`))).toBe('unauthenticated');
    expect(slugOf(() => authenticate(`Bearer ${key}x`))).toBe('unauthenticated');
  });

  it('are not replaced by a name, not even from loopback', () => {
    const headers = { 'x-weir-app': 'storefront' };
    expect(slugOf(() => authenticator.authenticate(headers, '127.0.0.1'))).toBe('unauthenticated');
  });
});

describe('the trusted header', () => {
  const trusting = (...trustedProxies: string[]): Authenticator =>
    createAuthenticator({
      mode: 'trusted',
      applications: new Map([['storefront', storefront]]),
      trustedProxies,
    });
  const headers = { 'x-weir-app': 'storefront' };

  it.each([
    ['10.0.0.7', '10.0.0.7', 'the address itself'],
    ['10.0.0.0/8', '10.255.1.2', 'inside of the network'],
    ['10.0.0.7', '::ffff:10.0.0.7', 'IPv4 on a socket of both families'],
    ['::1', '::1', 'IPv6'],
    ['fe80::/10', 'fe80::1%eth0', 'a link-local peer with its zone'],
    ['0.0.0.0/0', '198.51.100.1', 'everyone'],
  ])('is believed with %s from %s: %s', (proxy, remoteAddress) => {
    expect(trusting(proxy).authenticate(headers, remoteAddress)).toBe(storefront);
  });

  it.each<[string, string | undefined, string]>([
    ['10.0.0.7', '10.0.0.8', 'another address'],
    ['10.0.0.0/8', '11.0.0.1', 'outside of the network'],
    ['10.0.0.7', undefined, 'a socket that is closed already'],
    ['10.0.0.7', 'nonsense', 'no address'],
  ])('is not believed with %s from %s: %s', (proxy, remoteAddress) => {
    expect(slugOf(() => trusting(proxy).authenticate(headers, remoteAddress))).toBe('unauthenticated');
  });

  it('is believed from nobody when no proxy is trusted', () => {
    expect(slugOf(() => trusting().authenticate(headers, '127.0.0.1'))).toBe('unauthenticated');
  });

  it.each<IncomingHttpHeaders>([{}, { 'x-weir-app': 'nobody' }, { 'x-weir-app': 'toString' }])(
    'has to name an application: %j',
    (given) => {
      expect(slugOf(() => trusting('::1').authenticate(given, '::1'))).toBe('unauthenticated');
    },
  );

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129', '10.0.0'])(
    'refuses %j as a proxy',
    (proxy) => {
      expect(() => trusting(proxy)).toThrow(/neither an address nor a network/);
    },
  );
});

describe('a caller that is not known', () => {
  it('gets 401 with the challenge, before its body is looked at', async () => {
    const { lookUp, calls } = createDataApp();
    const response = await lookUp({ headers: { 'x-weir-app': 'nobody' }, payload: '{' });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('X-Weir-App realm="weir"');
    expect(response.json().type).toBe('/problems/unauthenticated');
    expect(calls).toEqual([]);
  });

  it('is asked for a bearer key where keys are in use', async () => {
    const authenticator = createAuthenticator({ mode: 'keys', keys: new Map([[digest, storefront]]) });
    const { lookUp, log } = createDataApp(undefined, { authenticator });
    const response = await lookUp({ headers: { authorization: 'Bearer zq7-secret' } });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="weir"');
    expect(response.body + log()).not.toContain('zq7-secret');
  });
});
