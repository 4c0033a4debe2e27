import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataAppOptions } from '../../src/http/app.ts';
import { type Identity, replaceIdentity } from '../../src/web/tls.ts';
import { createDataApp, foundRow, rowUrl } from './data-app-fixture.ts';

let first: Identity;
let second: Identity;

async function createIdentity(name: string): Promise<Identity> {
  const subjects = [{ name: 'commonName', value: name }];
  const { cert, private: key } = await generate(subjects, { keyType: 'ec' });
  return { cert, key };
}

beforeAll(async () => {
  first = await createIdentity('first.weir.test');
  second = await createIdentity('second.weir.test');
});

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(identity: Identity, overrides: Partial<DataAppOptions> = {}) {
  const fixture = createDataApp(undefined, { tls: identity, ...overrides });
  await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => fixture.app.close());
  return { ...fixture, port: (fixture.app.server.address() as AddressInfo).port };
}

async function getRow(
  port: number,
  ca: string,
  servername: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  const sent = request({
    host: '127.0.0.1',
    port,
    path: `${rowUrl}?sku=sku-1`,
    headers: { 'x-weir-app': 'storefront', connection: 'close', ...headers },
    ca,
    servername,
  });
  sent.end();
  const [response] = await once(sent, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
}

async function handshake(port: number, options: ConnectionOptions): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  closers.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  return String(socket.getProtocol());
}

describe('a data port with a certificate', () => {
  it('answers over TLS to a caller that verifies it', async () => {
    const { port } = await listen(first);
    expect(await getRow(port, first.cert, 'first.weir.test')).toEqual({ status: 200, body: foundRow });
  });

  it('is refused by a caller that expects another', async () => {
    const { port } = await listen(first);
    await expect(getRow(port, second.cert, 'first.weir.test')).rejects.toThrow(/self-signed/);
    await expect(getRow(port, first.cert, 'other.weir.test')).rejects.toThrow(/does not match/);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const { port } = await listen(first);
    expect(await handshake(port, { minVersion: version, maxVersion: version })).toBe(version);
  });

  it('does not speak TLS 1.1', async () => {
    const { port } = await listen(first);
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(handshake(port, old)).rejects.toThrow(/protocol version|unsupported protocol/i);
  });

  it('does not answer plain HTTP', async () => {
    const { port, calls } = await listen(first);
    const sent = httpRequest({ host: '127.0.0.1', port, path: '/livez' });
    sent.end();
    await expect(once(sent, 'response')).rejects.toThrow();
    expect(calls).toEqual([]);
  });

  it('takes another certificate without being closed', async () => {
    const { port, app } = await listen(first);
    replaceIdentity(app, second);
    expect((await getRow(port, second.cert, 'second.weir.test')).status).toBe(200);
    await expect(getRow(port, first.cert, 'first.weir.test')).rejects.toThrow();
  });

  it.each([
    ['https://localhost:8443', 200, 'its own page'],
    ['http://localhost:8443', 403, 'a page that came without TLS'],
  ])('answers %s with %d where it is guarded: %s', async (origin, status) => {
    const { port } = await listen(first, { allowedHosts: () => new Set() });
    const headers = { host: 'localhost:8443', origin };
    expect((await getRow(port, first.cert, 'first.weir.test', headers)).status).toBe(status);
  });
});

describe('a data port without a certificate', () => {
  it('has none to replace', () => {
    const { app } = createDataApp();
    expect(() => replaceIdentity(app, first)).toThrow('opened without TLS');
  });
});
