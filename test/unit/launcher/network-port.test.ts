import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, isListening, whyTaken } from '../../../topology/launcher/network-port.ts';

describe('a port', () => {
  let server: Server;
  let port: number;

  beforeEach(async () => {
    port = await freePort('127.0.0.1');
    server = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });
  afterEach(() => server.close());

  it('that is listened on accepts connections and is taken', async () => {
    expect(await isListening('127.0.0.1', port)).toBe(true);
    expect(await whyTaken('127.0.0.1', port)).toBe('is taken by another program');
  });

  it('that nobody listens on does neither, and checking leaves it free', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect(await isListening('127.0.0.1', port)).toBe(false);
    expect(await whyTaken('127.0.0.1', port)).toBeUndefined();
    expect(await whyTaken('127.0.0.1', port)).toBeUndefined();
  });
});
