import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PlainConnections, requestBytes } from '../../../loadtest/plain-connections.ts';

const servers: Server[] = [];
const clients: PlainConnections[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) server.close();
});

/** A server that does `answer` with the socket for each request, which has to come as one piece. */
async function connect(count: number, answer: (socket: Socket, request: string) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => answer(socket, chunk.toString()));
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = new URL(`http://127.0.0.1:${address.port}/lookup`);
  const client = new PlainConnections(url, count);
  clients.push(client);
  return { client, request: requestBytes(url, { authorization: 'Bearer x' }, '{"keys":["ä"]}') };
}

describe('a request as bytes', () => {
  it('has the path, the headers, and the length of its body in bytes', () => {
    const bytes = requestBytes(new URL('http://h:1/a'), { x: 'y' }, '"ä"');
    expect(bytes.toString()).toBe('POST /a HTTP/1.1\r\nHost: h:1\r\nx: y\r\nContent-Length: 4\r\n\r\n"ä"');
  });
});

describe('plain connections', () => {
  it('send as many requests as asked for, on all connections, and count the bytes of the bodies', async () => {
    const seen = new Set<Socket>();
    let requests = 0;
    const { client, request } = await connect(2, (socket) => {
      seen.add(socket);
      requests += 1;
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc');
    });
    expect(await client.run([request], 7)).toBe(21);
    expect(requests).toBe(7);
    expect(seen.size).toBe(2);
  });

  it('read an answer that comes in pieces, cut in its head and in its body', async () => {
    const { client, request } = await connect(1, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Le');
      setImmediate(() => {
        socket.write('ngth: 5\r\n\r\nab');
        setImmediate(() => socket.write('cde'));
      });
    });
    expect(await client.run([request], 2)).toBe(10);
  });

  it.each([
    ['HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n', 'an answer that was not expected', 'another status'],
    ['HTTP/1.1 200 OK\r\n\r\n', 'an answer that was not expected', 'no length'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc', 'more bytes than were announced', 'too many bytes'],
  ])('fail on %j: %s', async (answer, message) => {
    const { client, request } = await connect(1, (socket) => socket.write(answer));
    await expect(client.run([request], 1)).rejects.toThrow(message);
  });

  it('fail when the server closes the connection', async () => {
    const { client, request } = await connect(1, (socket) => socket.destroy());
    await expect(client.run([request], 1)).rejects.toThrow();
  });
});
