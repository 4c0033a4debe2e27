import { generateKeyPairSync } from 'node:crypto';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { goodConfig, refusalOf, writeConfig } from '../../support/config-file.ts';

const begin = new Date('2026-01-01T00:00:00Z');
const end = new Date('2027-01-01T00:00:00Z');
const nowMs = Date.parse('2026-06-01T00:00:00Z');
let files: Readonly<Record<string, string>> = {};
let cert = '';
let key = '';

async function newCertificate() {
  const name = [{ name: 'commonName', value: 'weir.test' }];
  return generate(name, { keyType: 'ec', curve: 'P-256', notBeforeDate: begin, notAfterDate: end });
}

beforeAll(async () => {
  const [one, other] = [await newCertificate(), await newCertificate()];
  const name = [{ name: 'commonName', value: 'weir.test' }];
  const weak = await generate(name, { keySize: 1_024, notBeforeDate: begin, notAfterDate: end });
  cert = one.cert;
  key = one.private;
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pass' },
  });
  files = {
    'cert.pem': cert,
    'chain.pem': `${cert}\n${other.cert}`,
    'key.pem': key,
    'other-key.pem': other.private,
    'locked-key.pem': privateKey,
    'damaged.pem': cert.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
    'damaged-key.pem': '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    'text.pem': 'nothing of the kind\n',
    'weak.pem': weak.cert,
    'weak-key.pem': weak.private,
  };
});

function withTls(certFile: string, keyFile: string): string {
  return `${goodConfig}admin: { tls: { certFile: ${certFile}, keyFile: ${keyFile} } }\n`;
}

function contacting(tls: string): string {
  return goodConfig.replace(
    /cassandra:\n.*\n/,
    `cassandra: { contactPoints: [10.0.0.1], datacenter: a, tls: ${tls} }\n`,
  );
}

describe('the certificate of a port', () => {
  it('and its key are read, alone or with the rest of the chain', () => {
    for (const certFile of ['cert.pem', 'chain.pem']) {
      const file = writeConfig(withTls(certFile, 'key.pem'), files);
      const { admin, data } = loadConfig({ file, env: {}, nowMs });
      expect(admin.tls).toEqual({ cert: files[certFile]?.trimEnd(), key: key.trimEnd() });
      expect(data.tls).toBeUndefined();
    }
  });

  it.each([
    ['none.pem', 'key.pem', '9:27: admin.tls.certFile cannot be read (there is no such file)'],
    ['text.pem', 'key.pem', '9:27: admin.tls.certFile holds no certificate'],
    ['damaged.pem', 'key.pem', '9:27: admin.tls.certFile holds a certificate that cannot be read'],
    ['cert.pem', 'text.pem', '9:46: admin.tls.keyFile holds no private key'],
    ['cert.pem', 'damaged-key.pem', '9:46: admin.tls.keyFile holds a private key that cannot be read'],
    ['cert.pem', 'locked-key.pem', '9:46: admin.tls.keyFile has a pass phrase'],
    ['cert.pem', 'other-key.pem', '9:46: admin.tls.keyFile does not belong to admin.tls.certFile'],
    // Well-formed, and TLS refuses it: taken over by a reload, it would have ended the process.
    ['weak.pem', 'weak-key.pem', '9:27: admin.tls.certFile cannot be used (TLS refuses it'],
  ])('%s with %s is refused', (certFile, keyFile, message) => {
    expect(refusalOf(withTls(certFile, keyFile), { others: files, nowMs })).toContain(`weir.yaml:${message}`);
  });

  it.each([
    [end.getTime(), 'has expired (it was valid until 2027-01-01T00:00:00Z)'],
    [begin.getTime() - 1, 'is not valid yet (it will be from 2026-01-01T00:00:00Z)'],
    [begin.getTime(), 'accepted'],
    [end.getTime() - 1, 'accepted'],
  ])('is held to its dates: at %s', (atMs, message) => {
    expect(refusalOf(withTls('cert.pem', 'key.pem'), { others: files, nowMs: atMs })).toContain(message);
  });

  it('needs its key beside it', () => {
    const text = `${goodConfig}admin: { tls: { certFile: cert.pem } }\n`;
    expect(refusalOf(text, { others: files, nowMs })).toContain('admin.tls.keyFile is missing');
  });
});

describe('TLS to the nodes', () => {
  const loaded = (tls: string) => {
    const { cassandra } = loadConfig({ file: writeConfig(contacting(tls), files), env: {}, nowMs });
    return cassandra.kind === 'contact-points' ? cassandra.tls : undefined;
  };

  it('is checked unless it is said otherwise', () => {
    expect(loaded('{}')).toEqual({ verify: true });
    expect(loaded('{ verify: false }')).toEqual({ verify: false });
  });

  it('takes authorities, a certificate of its own and the name of the nodes', () => {
    const tls = '{ caFile: chain.pem, certFile: cert.pem, keyFile: key.pem, serverName: nodes.test }';
    expect(loaded(tls)).toEqual({
      verify: true,
      ca: files['chain.pem']?.trimEnd(),
      cert: cert.trimEnd(),
      key: key.trimEnd(),
      serverName: 'nodes.test',
    });
  });

  it.each([
    [
      '{ certFile: cert.pem }',
      'cassandra.tls.certFile needs keyFile (a certificate and its key go together)',
    ],
    ['{ keyFile: key.pem }', 'cassandra.tls.keyFile needs certFile'],
    ['{ caFile: text.pem }', 'cassandra.tls.caFile holds no certificate'],
    ['{ certFile: cert.pem, keyFile: other-key.pem }', 'cassandra.tls.keyFile does not belong to'],
    ['{ certFile: weak.pem, keyFile: weak-key.pem }', 'cassandra.tls.certFile cannot be used'],
    ['{ serverName: 10.0.0.1 }', 'cassandra.tls.serverName is an address'],
    ['true', 'cassandra.tls must be a mapping'],
  ])('%s is refused', (tls, message) => {
    expect(refusalOf(contacting(tls), { others: files, nowMs })).toContain(message);
  });
});
