import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { callHttp } from '../../../src/cli/http-call.ts';

let identity: { readonly cert: string; readonly key: string };
let otherAuthority: string;

beforeAll(async () => {
  const made = await generate([{ name: 'commonName', value: 'weir.test' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  identity = { cert: made.cert, key: made.private };
  otherAuthority = (await generate([{ name: 'commonName', value: 'other.test' }], { keyType: 'ec' })).cert;
});

async function listenOn(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function startTls(): Promise<number> {
  return listenOn(createTlsServer(identity, (_request, response) => response.end('{}')));
}

const get = (url: string, authorities?: string, timeoutMs = 10_000) =>
  callHttp({ url: new URL(url), method: 'GET', timeoutMs, authorities });

describe('a call over TLS', () => {
  it('is answered by a server of a trusted authority', async () => {
    expect(await get(`https://localhost:${await startTls()}/`, identity.cert)).toEqual({
      status: 200,
      text: '{}',
    });
  });

  it.each<[string, () => string | undefined, string, string]>([
    ['localhost', () => undefined, 'no trusted authority', 'an unknown authority'],
    ['localhost', () => otherAuthority, 'no trusted authority', 'another authority'],
    ['127.0.0.1', () => identity.cert, 'another host name', 'another name than the certificate has'],
  ])('to %s fails, and says %s', async (host, authorities, told) => {
    const url = `https://${host}:${await startTls()}/`;
    await expect(get(url, authorities())).rejects.toMatchObject({
      kind: 'tls',
      message: expect.stringContaining(told),
    });
  });

  it('to a port without TLS fails, and says so', async () => {
    const port = await listenOn(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    await expect(get(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('a port without TLS'),
    });
  });
});

describe('a call that has no answer', () => {
  it('says that nobody listens', async () => {
    const server = createServer();
    const port = await listenOn(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      kind: 'unreachable',
      message: `http://127.0.0.1:${port}: nobody listens there`,
    });
  });

  it.each([
    ['', 'closed before the answer', 'nothing at all'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{', 'closed before the answer', 'the beginning of one'],
    ['what is this?\r\n\r\n', 'this is no HTTP', 'another protocol'],
  ])('from a server that says "%s" tells: %s', async (said, told) => {
    const port = await listenOn(createServer((socket) => socket.once('data', () => socket.end(said))));
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(told),
    });
  });

  it('ends when its time is over', async () => {
    const port = await listenOn(
      createServer((socket) => {
        onTestFinished(() => {
          socket.destroy();
        });
      }),
    );
    await expect(get(`http://127.0.0.1:${port}/`, undefined, 20)).rejects.toMatchObject({ kind: 'timeout' });
  });
});
