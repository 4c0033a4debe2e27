import { createConnection, type Socket } from 'node:net';

/** Longer than any answer may take. */
const silenceMs = 60_000;
const headEnd = Buffer.from('\r\n\r\n');

/** One request as it goes over the wire; an HTTP client would cost more than the servers that it is to measure. */
export function requestBytes(url: URL, headers: Readonly<Record<string, string>>, body: string): Buffer {
  const lines = [
    `POST ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/**
 * Connections that are kept, each with one request under way at a time. Of an answer only the status and the length
 * are read; an answer without `Content-Length`, or with another status than 200, is an error.
 */
export class PlainConnections {
  readonly #connections: readonly PlainConnection[];

  constructor(url: URL, count: number) {
    this.#connections = Array.from({ length: count }, () => new PlainConnection(url));
  }

  /** Sends `count` requests, the i-th of them `requests[i % requests.length]`. Resolves with the bytes of all bodies. */
  async run(requests: readonly Buffer[], count: number): Promise<number> {
    let next = 0;
    let bytes = 0;
    const work = async (connection: PlainConnection): Promise<void> => {
      while (next < count) {
        const request = requests[next++ % requests.length];
        if (request === undefined) throw new Error('no requests were given');
        const received = await connection.ask(request);
        bytes += received;
      }
    };
    await Promise.all(this.#connections.map(work));
    return bytes;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

class PlainConnection {
  readonly #socket: Socket;
  #pending: PromiseWithResolvers<number> | undefined;
  #head: Buffer | undefined;
  #bodyBytes = 0;
  #missingBytes = 0;

  constructor(url: URL) {
    this.#socket = createConnection({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket.setTimeout(silenceMs, () => this.#fail(new Error('no answer')));
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  /** Resolves with the length of the answer's body. */
  ask(request: Buffer): Promise<number> {
    this.#pending = Promise.withResolvers();
    this.#socket.write(request);
    return this.#pending.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#missingBytes > 0) {
      this.#count(chunk.length);
      return;
    }
    const head = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
    const end = head.indexOf(headEnd);
    if (end < 0) {
      this.#head = head;
      return;
    }
    this.#head = undefined;
    const text = head.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    if (!text.startsWith('HTTP/1.1 200 ') || length === undefined) {
      this.#fail(new Error(`an answer that was not expected: ${text.split('\r\n', 1)[0]}`));
      return;
    }
    this.#bodyBytes = Number(length);
    this.#missingBytes = this.#bodyBytes;
    this.#count(head.length - end - headEnd.length);
  }

  #count(bytes: number): void {
    this.#missingBytes -= bytes;
    if (this.#missingBytes < 0) this.#fail(new Error('more bytes than were announced'));
    else if (this.#missingBytes === 0) {
      const pending = this.#pending;
      this.#pending = undefined;
      pending?.resolve(this.#bodyBytes);
    }
  }

  #fail(error: Error): void {
    this.#socket.destroy();
    this.#pending?.reject(error);
    this.#pending = undefined;
  }
}
