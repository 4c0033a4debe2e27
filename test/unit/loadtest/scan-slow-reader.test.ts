import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { requestBytes } from '../../../loadtest/plain-connections.ts';
import { residentBytes } from '../../../loadtest/scan-memory.ts';
import { LineCount, SlowReader } from '../../../loadtest/scan-slow-reader.ts';

const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const row = `{"row":{"body":"${'x'.repeat(500)}"}}\n`;
const piece = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

describe('the count of lines', () => {
  it('leaves out the lines of the frame, wherever the bytes are cut', () => {
    const bytes = Buffer.from(head + piece(row + row) + piece('{"checkpoint":{}}\n'));
    const whole = new LineCount();
    whole.take(bytes);
    expect(whole.lines).toBe(3);
    const cut = new LineCount();
    for (const byte of bytes) cut.take(Uint8Array.of(byte));
    expect(cut.lines).toBe(3);
  });
});

const servers: Server[] = [];
const sockets: Socket[] = [];
const readers: SlowReader[] = [];

afterEach(() => {
  for (const reader of readers.splice(0)) reader.stop();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function readSlowly(linesPerSecond: number, answer: (socket: Socket) => void): Promise<SlowReader> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = new URL(`http://127.0.0.1:${address.port}/scan`);
  const reader = new SlowReader(url, requestBytes(url, {}, '{}'), linesPerSecond);
  readers.push(reader);
  reader.start();
  return reader;
}

describe('a slow reader', () => {
  it('takes few lines where many lie ready, and goes on taking them', async () => {
    const reader = await readSlowly(20, (socket) => socket.write(head + piece(row.repeat(1_000))));
    await vi.waitFor(() => expect(reader.lines).toBeGreaterThan(4), { timeout: 5_000 });
    // Far below what lies in the sockets: its own pace, not what it is given, is what it takes.
    expect(reader.lines).toBeLessThan(500);
    expect(() => reader.check()).not.toThrow();
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['is refused', (socket) => socket.write('HTTP/1.1 429 Too Many Requests\r\n\r\n'), '429'],
    ['is over', (socket) => socket.write(`${head}${piece(row)}0\r\n\r\n`), 'over'],
    ['breaks off', (socket) => socket.destroy(), 'closed'],
  ])('tells that the stream %s', async (_, answer, message) => {
    const reader = await readSlowly(1_000, answer);
    await vi.waitFor(() => expect(() => reader.check()).toThrow(message), { timeout: 5_000 });
  });
});

describe('the memory of a process', () => {
  it('is read as the system tells it', () => {
    expect(residentBytes('VmHWM:\t  999 kB\nVmRSS:\t  1024 kB\nRssAnon:\t 1 kB\n')).toBe(2 ** 20);
    expect(residentBytes('State: Z\n')).toBeNaN();
  });
});
