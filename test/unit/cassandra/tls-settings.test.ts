import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkTlsSettings, tlsOptions } from '../../../src/adapters/cassandra/tls-settings.ts';

describe('TLS to the cluster', () => {
  let one: Awaited<ReturnType<typeof generate>>;
  let other: typeof one;

  beforeAll(async () => {
    const ec = { keyType: 'ec', algorithm: 'sha256' } as const;
    [one, other] = await Promise.all([generate([], ec), generate([], ec)]);
  });

  it('takes authorities, one or several, and a certificate with its key', () => {
    const { cert, private: key } = one;
    for (const tls of [{}, { ca: cert }, { ca: `# mine\n${cert}\n${other.cert}` }, { cert, key }]) {
      expect(() => checkTlsSettings({ verify: true, ...tls })).not.toThrow();
    }
  });

  it.each([
    [
      'an authority that is no PEM',
      () => ({ ca: 'secret' }),
      /^tls\.ca: PEM text with a certificate is needed/,
    ],
    [
      'a key for an authority',
      () => ({ ca: one.private }),
      /^tls\.ca: PEM text with a certificate is needed/,
    ],
    [
      'a mangled authority',
      () => ({ ca: `${one.cert}${other.cert.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA')}` }),
      /^tls\.ca: a certificate in it cannot be read$/,
    ],
    ['a certificate without its key', () => ({ cert: one.cert }), /belong together/],
    ['a key without its certificate', () => ({ key: one.private }), /belong together/],
    [
      'the key of another',
      () => ({ cert: one.cert, key: other.private }),
      /^tls\.key: .*private key of tls\.cert/,
    ],
    ['an address for a name', () => ({ serverName: '10.0.0.1' }), /^tls\.serverName: .*got an address$/],
  ])('refuses %s, and quotes none of it', (_, wrong, message) => {
    const check = (): void => checkTlsSettings({ verify: true, ...wrong() });
    expect(check).toThrow(RangeError);
    expect(check).toThrow(message);
    expect(check).not.toThrow(/secret|-----|10\.0/);
  });

  it('is verified by the given name, or else by the address', () => {
    expect(tlsOptions({ verify: true, serverName: 'cluster.example' })).toMatchObject({
      rejectUnauthorized: true,
      servername: 'cluster.example',
    });
    expect(tlsOptions({ verify: true })).not.toHaveProperty('servername');
  });
});
