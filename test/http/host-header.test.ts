import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createAdminApp } from './admin-app-fixture.ts';
import { createDataApp } from './data-app-fixture.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function send(app: FastifyInstance, text: string): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => app.close());
  const socket: Socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const asked = (version: string, ...lines: string[]): string =>
  [`GET /livez HTTP/${version}`, ...lines, 'Connection: close', '', ''].join('\r\n');

describe.each([
  ['data', () => createDataApp().app],
  ['admin', () => createAdminApp().app],
])('the %s port', (_name, createApp) => {
  it.each([
    [[], 'none, where Node alone answers without a body and a request id'],
    [['Host: localhost', 'Host: evil.example'], 'two, of which a proxy may have gone by the other'],
    [['Host: localhost', 'hOST: localhost'], 'two that are the same'],
  ])('refuses other than one Host with a problem: case %#, %s', async (lines) => {
    const response = await send(createApp(), asked('1.1', ...lines));
    expect(response).toMatch(/^HTTP\/1\.1 400 /);
    expect(response.toLowerCase()).toContain('content-type: application/problem+json');
    expect(response.toLowerCase()).toContain('x-request-id: ');
    expect(response).toContain('/problems/invalid-request');
  });

  it('ignores an expectation that it does not know, where Node alone answers 417 without a body', async () => {
    const response = await send(createApp(), asked('1.1', 'Host: localhost', 'Expect: tea'));
    expect(response).toMatch(/^HTTP\/1\.1 200 /);
  });
});

it('HTTP/1.0 may leave the Host out', async () => {
  expect(await send(createDataApp().app, asked('1.0'))).toMatch(/^HTTP\/1\.1 200 /);
});
