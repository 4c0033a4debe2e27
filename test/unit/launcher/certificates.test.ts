import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureAuthority, issueCertificate } from '../../../topology/launcher/certificates.ts';
import { defaultSpec, planNode } from '../../../topology/launcher/cluster-spec.ts';
import { accessOf } from '../../../topology/launcher/node-access.ts';

const node = planNode(defaultSpec, 3, 'us-east-1-frontend', 'us-east-1c');

describe('the certificates of a cluster', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weir-certificates-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const issue = () => issueCertificate(directory, 'demo', node, join(directory, node.name));

  it('are signed by its authority, and bear the address and the names of the node', async () => {
    await ensureAuthority(directory, 'demo');
    const { keyPath, caPath } = await issue();
    const pem = readFileSync(keyPath, 'utf8');
    const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')));
    const authority = new X509Certificate(readFileSync(caPath, 'utf8'));
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIP('127.0.0.13')).toBe('127.0.0.13');
    expect(certificate.checkHost('demo.test')).toBe('demo.test');
    expect(certificate.checkHost('node-3.demo.test')).toBe('node-3.demo.test');
    expect(certificate.checkIP('127.0.0.14')).toBeUndefined();
    expect(() => createSecureContext({ cert: pem, key: pem })).not.toThrow();
  });

  it('have keys that only their owner can read', async () => {
    await ensureAuthority(directory, 'demo');
    const { keyPath } = await issue();
    for (const path of [keyPath, join(directory, 'ca-key.pem')]) {
      expect(statSync(path).mode & 0o077).toBe(0);
    }
  });

  it('keep their authority when a node comes later', async () => {
    await ensureAuthority(directory, 'demo');
    const before = readFileSync(join(directory, 'ca.pem'), 'utf8');
    await ensureAuthority(directory, 'demo');
    expect(readFileSync(join(directory, 'ca.pem'), 'utf8')).toBe(before);
  });
});

describe('the access to a cluster', () => {
  it.each([
    [{}, undefined],
    [{ password: true }, { login: { username: 'cassandra', password: 'cassandra' } }],
    [{ tls: true }, { caPath: '/clusters/demo/ca.pem' }],
  ])('of %j is %j', (change, access) => {
    expect(accessOf({ ...defaultSpec, ...change }, '/clusters/demo')).toEqual(access);
  });
});
