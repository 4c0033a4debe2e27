import { once } from 'node:events';
import { request as requestOverTls } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { createAdminApp, operatorKey } from './admin-app-fixture.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(fixture: ReturnType<typeof createAdminApp>): Promise<number> {
  await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => fixture.app.close());
  return (fixture.app.server.address() as AddressInfo).port;
}

/** All that comes until the server closes the connection. */
async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('a connection to the admin port', () => {
  it.each([
    ['what is not HTTP', 'zq7-secret\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['two Host headers', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', /^HTTP\/1\.1 4/],
    ['endless headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 413 /],
  ])('gets a problem for %s', async (_what, text, statusLine) => {
    const port = await listen(createAdminApp());
    const socket = connect(port, '127.0.0.1');
    closers.push(() => socket.destroy());
    await once(socket, 'connect');
    socket.end(text);
    const answer = await readToEnd(socket);
    expect(answer).toMatch(statusLine);
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(answer).not.toContain('zq7-secret');
  });
});

describe('closing the admin port', () => {
  it('answers what is under way, refuses what comes after as draining, and closes the connection', async () => {
    const asked = Promise.withResolvers<void>();
    const closing = Promise.withResolvers<void>();
    const metrics = Promise.withResolvers<{ contentType: string; body: string }>();
    const fixture = createAdminApp({
      metricsText: () => {
        asked.resolve();
        return metrics.promise;
      },
    });
    fixture.app.addHook('preClose', (done) => {
      closing.resolve();
      done();
    });
    const port = await listen(fixture);
    const socket = connect(port, '127.0.0.1');
    closers.push(() => socket.destroy());
    await once(socket, 'connect');
    const credential = `Host: localhost\r\nAuthorization: Bearer ${operatorKey}\r\n\r\n`;
    socket.write(`GET /metrics HTTP/1.1\r\n${credential}`);
    await asked.promise;
    const closed = fixture.app.close();
    await closing.promise;
    const second = once(fixture.app.server, 'request');
    socket.write(`POST /admin/v1/drain HTTP/1.1\r\n${credential}`);
    await second;
    metrics.resolve({ contentType: 'text/plain', body: 'weir_ring_epoch 4' });
    const answer = await readToEnd(socket);
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer).toContain('weir_ring_epoch 4');
    expect(fixture.changes.drain).toBe(0);
    expect(fixture.audit()).toMatchObject([{ change: 'drain', outcome: 'refused', problem: 'draining' }]);
  });
});

describe('the admin port over TLS', () => {
  it('serves who trusts its certificate, with Origins of https', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    });
    const fixture = createAdminApp({ tls: { cert, key } });
    const port = await listen(fixture);
    const drain = (origin: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const request = requestOverTls(
          {
            host: '127.0.0.1',
            port,
            servername: 'localhost',
            ca: cert,
            method: 'POST',
            path: '/admin/v1/drain',
            agent: false,
            headers: { host: `localhost:${port}`, authorization: `Bearer ${operatorKey}`, origin },
          },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        );
        request.on('error', reject);
        request.end();
      });
    expect(await drain(`http://localhost:${port}`)).toBe(403);
    expect(await drain(`https://localhost:${port}`)).toBe(202);
    expect(fixture.changes.drain).toBe(1);
  });
});
