import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  askForScan,
  askOverSocket,
  lastLine,
  openScanPort,
  readUntil,
  type ScriptedStream,
  scriptedStream,
} from './scan-port.ts';

const mebibyte = 1_048_576;
const page = `{"row":{"text":"${'x'.repeat(mebibyte - 20)}"}}\n`;
/** Of a chunked body. */
const end = '\r\n0\r\n\r\n';
const never = new Promise<void>(() => {});

async function open(stream: ScriptedStream) {
  const port = openScanPort(async () => ({ kind: 'stream', stream }));
  const connected = once(port.app.server, 'connection');
  const socket = await askOverSocket(port);
  const [served] = (await connected) as [Socket];
  return { ...port, socket, served };
}

/** When so many looks, one after another, have seen the same. */
async function standstill(look: () => number): Promise<void> {
  let before = Number.NaN;
  let alike = 0;
  await eventually(
    'a standstill',
    () => {
      alike = look() === before ? alike + 1 : 0;
      before = look();
      return (alike > 20 && before > 0) || undefined;
    },
    { pauseMs: 2 },
  );
}

describe('a scan whose caller does not read', () => {
  it('is asked for no more than the socket took, and one page', async () => {
    const stream = scriptedStream(Array<string>(1_000).fill(page));
    const { served } = await open(stream);
    await standstill(() => stream.asked());
    expect(stream.asked()).toBeLessThanOrEqual(Math.ceil(served.bytesWritten / mebibyte) + 1);
    expect(served.writableLength).toBeLessThan(mebibyte);
    expect(stream.asked()).toBeLessThan(50);
  });

  it('goes on where it reads again, and loses nothing', async () => {
    const stream = scriptedStream([...Array<string>(30).fill(page), lastLine]);
    const { socket } = await open(stream);
    await standstill(() => stream.asked());
    const before = stream.asked();
    const text = await readUntil(socket, end);
    expect(stream.asked()).toBe(32);
    expect(before).toBeLessThan(32);
    expect(text.match(/\{"row":/g)).toHaveLength(30);
    expect(text).toContain(lastLine);
  });

  it('is cut when it has taken nothing for too long, and the scan is given up', async () => {
    const stream = scriptedStream(Array<string>(1_000).fill(page));
    const { clock, socket, served, log } = await open(stream);
    await standstill(() => stream.asked());
    await clock.advance(69_999);
    expect(served.destroyed).toBe(false);
    await clock.advance(1);
    expect(served.destroyed).toBe(true);
    socket.on('error', () => {}).resume();
    await once(socket, 'close');
    expect(stream.cancelled()).toBe(1);
    expect(JSON.parse(log())).toMatchObject({ status: 499, outcome: 'cancelled', operation: 'scan' });
  });

  it('is not cut while it takes a little now and then', async () => {
    const stream = scriptedStream([...Array<string>(16).fill(page), lastLine]);
    const { clock, socket } = await open(stream);
    let length = 0;
    let last = '';
    socket.on('data', (chunk: Buffer) => {
      length += chunk.length;
      last = (last + chunk.toString('latin1')).slice(-end.length);
      socket.pause();
    });
    for (let aMinute = 0; last !== end; aMinute += 1) {
      const before = length;
      const upTo = Math.min(before + 4 * mebibyte, 16 * mebibyte);
      await eventually(
        'some more',
        () => {
          socket.resume();
          return length >= upTo && (upTo < 16 * mebibyte || last === end) ? true : undefined;
        },
        { pauseMs: 0 },
      );
      await standstill(() => stream.asked());
      await clock.advance(60_000);
      expect(aMinute).toBeLessThan(100);
    }
    expect(stream.cancelled()).toBe(0);
  });
});

describe('a scan that waits for units', () => {
  it('has told its caller that it has begun', async () => {
    const { socket } = await open(scriptedStream([], () => never));
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    expect(bytes.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(bytes.toString()).toContain('content-type: application/x-ndjson');
  });

  it('keeps its caller, however long nothing moves', async () => {
    const turn = Promise.withResolvers<void>();
    const stream = scriptedStream(['{"row":{}}\n', lastLine], async (chunk) => {
      if (chunk > 0) await turn.promise;
    });
    const { clock, socket, served } = await open(stream);
    await eventually('the wait', () => stream.asked() === 2 || undefined, { pauseMs: 2 });
    await clock.advance(3_600_000);
    // As where nothing has moved on the connection for longer than the server lets it be.
    served.emit('timeout');
    expect(served.destroyed).toBe(false);
    turn.resolve();
    expect(await readUntil(socket, end)).toContain(lastLine);
  });
});

describe('a caller who goes', () => {
  it('ends the scan that it read', async () => {
    const stream = scriptedStream(['{"row":{}}\n'], (chunk) => (chunk === 0 ? Promise.resolve() : never));
    const { socket, log } = await open(stream);
    await once(socket, 'readable');
    socket.destroy();
    await eventually('the end', () => log() !== '' || undefined, { pauseMs: 2 });
    expect(stream.cancelled()).toBe(1);
    expect(JSON.parse(log())).toMatchObject({ status: 499, outcome: 'cancelled', rows: 2 });
  });

  it('before its scan has begun leaves none behind', async () => {
    const stream = scriptedStream(['{"row":{}}\n', lastLine]);
    const admitted = Promise.withResolvers<void>();
    const port = openScanPort(async ({ caller }) => {
      await admitted.promise;
      expect(caller?.gone).toBe(true);
      return { kind: 'stream', stream };
    });
    const socket = await askOverSocket(port);
    await eventually('the call', () => port.calls.length === 1 || undefined, { pauseMs: 2 });
    socket.destroy();
    await eventually('the end', () => port.log() !== '' || undefined, { pauseMs: 2 });
    admitted.resolve();
    await eventually('the cancellation', () => stream.cancelled() === 1 || undefined, { pauseMs: 2 });
  });
});

describe('a connection', () => {
  it('carries one scan after another', async () => {
    const port = openScanPort(async () => ({ kind: 'stream', stream: scriptedStream([lastLine]) }));
    const socket = await askOverSocket(port);
    expect(await readUntil(socket, end)).toContain(lastLine);
    askForScan(socket);
    expect(await readUntil(socket, end)).toContain(lastLine);
    expect(port.ends).toHaveLength(2);
  });

  it('is broken off without a last line where the scan fails against its word', async () => {
    const stream = scriptedStream(['{"row":{}}\n'], async (chunk) => {
      if (chunk === 1) throw new TypeError('x');
    });
    const { socket } = await open(stream);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await once(socket, 'close');
    expect(text).toContain('{"row":{}}');
    expect(text).not.toContain('\r\n0\r\n');
  });
});

describe('a port that closes', () => {
  it('waits for the last line of a scan, and for no more than that', async () => {
    const drained = Promise.withResolvers<void>();
    const cut = '{"end":{"rows":1,"complete":false,"cursor":"c"}}\n';
    const stream = scriptedStream(['{"row":{}}\n', cut], (chunk) =>
      chunk === 0 ? Promise.resolve() : drained.promise,
    );
    const { app, socket } = await open(stream);
    await once(socket, 'readable');
    const closed = app.close();
    drained.resolve();
    const gone = once(socket, 'close');
    expect(await readUntil(socket, end)).toContain(cut);
    socket.resume();
    await gone;
    await closed;
    expect(stream.cancelled()).toBe(0);
  });
});
