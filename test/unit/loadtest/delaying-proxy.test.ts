import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DelayingProxy } from '../../../loadtest/delaying-proxy.ts';

const ended: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

async function listeningServer(serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ended.push(async () => server.close());
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}

/** A client by way of a proxy to a server that serves as told. */
async function through(serve: (socket: Socket) => void, delayMs: number) {
  const server = await listeningServer(serve);
  const proxy = new DelayingProxy({
    listen: { address: '127.0.0.1', port: 0 },
    target: { address: '127.0.0.1', port: portOf(server) },
    delayMs,
  });
  await proxy.start();
  ended.push(() => proxy.stop());
  const client = connect(proxy.endpoint.port, '127.0.0.1');
  await once(client, 'connect');
  return { proxy, client };
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('a delaying proxy', () => {
  it('hands answers on whole and in order, and counts them', async () => {
    const sent = Buffer.from(Array.from({ length: 500_000 }, (_, index) => index % 251));
    const { client, proxy } = await through((socket) => {
      for (let from = 0; from < sent.length; from += 7_919) socket.write(sent.subarray(from, from + 7_919));
      socket.end();
    }, 2);
    client.end();
    expect((await readAll(client)).equals(sent)).toBe(true);
    expect(proxy.answerBytes).toBe(sent.length);
  });

  it('holds an answer back for its delay, and a question not at all', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    ended.push(async () => vi.useRealTimers());
    const { client, proxy } = await through((socket) => {
      socket.once('data', (question: Buffer) => socket.end(`${question.toString()}!`));
    }, 50);
    let received = '';
    client.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    client.end('who');
    while (proxy.answerBytes < 4) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(49);
    await new Promise((resolve) => setImmediate(resolve));
    expect(received).toBe('');
    const closed = once(client, 'close');
    while (!client.closed) {
      vi.advanceTimersByTime(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    expect(received).toBe('who!');
  });

  it('breaks the connection of a client whose server is gone', async () => {
    const { client } = await through((socket) => socket.resetAndDestroy(), 2);
    client.on('error', () => undefined);
    await once(client, 'close');
    expect(client.destroyed).toBe(true);
  });

  it('lets go of the server when the client is gone', async () => {
    const accepted = Promise.withResolvers<Socket>();
    const { client } = await through((socket) => accepted.resolve(socket.on('error', () => undefined)), 2);
    const server = await accepted.promise;
    server.resume();
    client.destroy();
    await once(server, 'end');
    expect(server.readableEnded).toBe(true);
    server.destroy();
  });

  it('may be stopped without having been started', async () => {
    const proxy = new DelayingProxy({
      listen: { address: '127.0.0.1', port: 0 },
      target: { address: '127.0.0.1', port: 9 },
      delayMs: 1,
    });
    await proxy.stop();
    expect(() => proxy.endpoint).toThrow('does not listen');
  });
});
