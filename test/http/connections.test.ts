import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { LookUpAnswer } from '../../src/core/reads/look-up.ts';
import type { RequestEnd } from '../../src/http/request-metrics.ts';
import { eventually } from '../support/eventually.ts';
import { createDataApp, type DataAppFixture, foundAnswer, lookUpUrl } from './data-app-fixture.ts';

interface Signal<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

const signal = <T = void>(): Signal<T> => Promise.withResolvers<T>();

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen({ app }: DataAppFixture): Promise<Socket> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => app.close());
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the server closes the connection. */
async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const head = (...lines: string[]): string =>
  [
    `POST ${lookUpUrl} HTTP/1.1`,
    'Host: weir',
    'X-Weir-App: storefront',
    'Content-Type: application/json',
    ...lines,
    '',
    '',
  ].join('\r\n');

const body = '{"keys":["sku-1"]}';
const request = (...lines: string[]): string => head(`Content-Length: ${body.length}`, ...lines) + body;

describe('a connection', () => {
  it('carries a look-up', async () => {
    const socket = await listen(createDataApp());
    socket.write(request('Connection: close'));
    const response = await readToEnd(socket);
    expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(response).toContain(foundAnswer.body);
  });

  it('takes a body that comes in pieces, cut inside of a character', async () => {
    const fixture = createDataApp();
    const socket = await listen(fixture);
    const bytes = Buffer.from('{"keys":["é"]}');
    const cut = bytes.indexOf(0xc3) + 1;
    const started = once(fixture.app.server, 'request');
    socket.write(head(`Content-Length: ${bytes.length}`, 'Connection: close'));
    socket.write(bytes.subarray(0, cut));
    await started;
    socket.write(bytes.subarray(cut));
    await readToEnd(socket);
    expect(fixture.calls[0]?.body).toEqual({ keys: ['é'] });
  });

  it.each([
    ['NONSENSE\r\n\r\n', 400, 'not HTTP'],
    ['GET / HTTP/1.1\r\nHost: weir\r\nContent-Length: x\r\n\r\n', 400, 'a length that is no number'],
    [`GET / HTTP/1.1\r\nHost: weir\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 413, 'headers without end'],
  ])('answers %j with a problem of %d and closes: %s', async (text, status) => {
    const socket = await listen(createDataApp());
    socket.write(text);
    const response = await readToEnd(socket);
    expect(response).toContain(`HTTP/1.1 ${status} `);
    expect(response).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(response.slice(response.indexOf('\r\n\r\n')))).toMatchObject({ status });
  });

  it('gets 413 for a body without a length that grows beyond the bound', async () => {
    const fixture = createDataApp();
    const socket = await listen(fixture);
    const chunk = 'x'.repeat(100_000);
    socket.write(head('Transfer-Encoding: chunked'));
    for (let sent = 0; sent < 11; sent += 1) socket.write(`186a0\r\n${chunk}\r\n`);
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 413 /);
    expect(fixture.calls).toEqual([]);
  });
});

describe('a body that does not arrive', () => {
  it('is 504 at the deadline, and the connection closes', async () => {
    const fixture = createDataApp();
    const socket = await listen(fixture);
    const started = once(fixture.app.server, 'request');
    socket.write(head('Content-Length: 1000', 'X-Request-Timeout-Ms: 250'));
    await started;
    await fixture.clock.advance(250);
    const response = await readToEnd(socket);
    expect(response).toMatch(/^HTTP\/1\.1 504 /);
    expect(response).toContain('/problems/deadline-exceeded');
    expect(fixture.calls).toEqual([]);
  });

  it('leaves no timer behind when it does arrive', async () => {
    const { lookUp, clock } = createDataApp();
    await lookUp();
    expect(clock.pending()).toBe(0);
  });
});

describe('a caller that goes away', () => {
  it('ends its request, recorded as 499', async () => {
    const called = signal();
    const answer = signal<LookUpAnswer>();
    const ended = signal<RequestEnd>();
    const fixture = createDataApp(
      () => {
        called.resolve();
        return answer.promise;
      },
      { metrics: { requestStarted: () => {}, requestEnded: ended.resolve } },
    );
    const socket = await listen(fixture);
    socket.write(request());
    await called.promise;
    socket.destroy();
    expect(await ended.promise).toMatchObject({ application: 'storefront', status: 499 });
    answer.resolve(foundAnswer);
  });

  it('in the middle of its body does not reach the core', async () => {
    const ended = signal<RequestEnd>();
    const fixture = createDataApp(undefined, {
      metrics: { requestStarted: () => {}, requestEnded: ended.resolve },
    });
    const socket = await listen(fixture);
    const started = once(fixture.app.server, 'request');
    socket.write(head('Content-Length: 1000'));
    await started;
    socket.destroy();
    expect((await ended.promise).application).toBe('storefront');
    expect(fixture.calls).toEqual([]);
    expect(fixture.log()).not.toContain('"level":50');
  });
});

describe('what is no HTTP behind a request that is being answered', () => {
  it('is answered after it, not in its place', async () => {
    const called = signal();
    const answer = signal<LookUpAnswer>();
    const fixture = createDataApp(() => {
      called.resolve();
      return answer.promise;
    });
    const socket = await listen(fixture);
    const faulty = once(fixture.app.server, 'clientError');
    socket.write(`${request()}NONSENSE\r\n\r\n`);
    await called.promise;
    await faulty;
    answer.resolve(foundAnswer);
    const responses = await readToEnd(socket);
    expect(responses.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(responses.indexOf(foundAnswer.body)).toBeLessThan(responses.indexOf('HTTP/1.1 400'));
  });

  it('is answered after several', async () => {
    const answers = [signal<LookUpAnswer>(), signal<LookUpAnswer>()];
    const called = signal();
    let calls = 0;
    const fixture = createDataApp(() => {
      const answer = answers[calls] ?? signal<LookUpAnswer>();
      calls += 1;
      if (calls === answers.length) called.resolve();
      return answer.promise;
    });
    const socket = await listen(fixture);
    const faulty = once(fixture.app.server, 'clientError');
    socket.write(`${request()}${request()}NONSENSE\r\n\r\n`);
    await called.promise;
    await faulty;
    // The answer of the second has to wait for the first, and the problem for both.
    answers[1]?.resolve(foundAnswer);
    answers[0]?.resolve(foundAnswer);
    const responses = await readToEnd(socket);
    expect(responses.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('is answered at once where it is in the body of the only request', async () => {
    const fixture = createDataApp();
    const socket = await listen(fixture);
    const started = once(fixture.app.server, 'request');
    socket.write(head('Transfer-Encoding: chunked'));
    await started;
    socket.write('no length\r\n');
    expect((await readToEnd(socket)).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(fixture.calls).toEqual([]);
  });
});

describe('closing', () => {
  const hold = () => {
    const called = signal();
    const closing = signal();
    const answer = signal<LookUpAnswer>();
    const fixture = createDataApp(() => {
      called.resolve();
      return answer.promise;
    });
    fixture.app.addHook('preClose', (done) => {
      closing.resolve();
      done();
    });
    return { fixture, called, closing, answer };
  };

  it('answers what is under way, and closes its connection', async () => {
    const { fixture, called, closing, answer } = hold();
    const socket = await listen(fixture);
    socket.write(request());
    await called.promise;
    const closed = fixture.app.close();
    await closing.promise;
    answer.resolve(foundAnswer);
    const response = await readToEnd(socket);
    await closed;
    expect(response).toMatch(/^HTTP\/1\.1 200 /);
    expect(response).toContain('connection: close');
    expect(response).toContain(foundAnswer.body);
  });

  it('refuses as draining what arrives while another request is under way', async () => {
    const { fixture, called, closing, answer } = hold();
    const busy = await listen(fixture);
    const accepted = once(fixture.app.server, 'connection') as Promise<[Socket]>;
    const late = connect((fixture.app.server.address() as AddressInfo).port, '127.0.0.1');
    closers.push(() => late.destroy());
    busy.write(request());
    await called.promise;
    // Begun before the port closed: a connection on which nothing has come would just be closed.
    const bytes = request();
    late.write(bytes.slice(0, 20));
    const [lateAtServer] = await accepted;
    await eventually('the beginning of the head', () => lateAtServer.bytesRead >= 20 || undefined, {
      pauseMs: 1,
    });
    const closed = fixture.app.close();
    await closing.promise;
    late.write(bytes.slice(20));
    const response = await readToEnd(late);
    answer.resolve(foundAnswer);
    await readToEnd(busy);
    await closed;
    expect(response).toMatch(/^HTTP\/1\.1 503 /);
    expect(response).toContain('/problems/draining');
    expect(response).toContain('retry-after: 1');
    expect(response).toContain('"retryAfterMs":1000');
    expect(fixture.calls).toHaveLength(1);
  });

  it('is announced: answers close their connections once the shutdown has begun', async () => {
    let draining = false;
    const { lookUp } = createDataApp(undefined, { draining: () => draining });
    expect((await lookUp()).headers.connection).toBe('keep-alive');
    draining = true;
    const response = await lookUp();
    expect(response.statusCode).toBe(200);
    expect(response.headers.connection).toBe('close');
  });
});
