import { createConnection, type Socket } from 'node:net';

/** Little enough that the reader, and not its buffer, sets the pace. */
const bufferBytes = 2_048;
const tickMs = 20;
const newline = 10;
const carriageReturn = 13;

/**
 * Counts the lines of a streamed answer. Those of its frame, head and lengths of pieces, end with CR and LF, those of
 * its text with LF alone.
 */
export class LineCount {
  #lines = 0;
  #last = 0;

  get lines(): number {
    return this.#lines;
  }

  take(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === newline && this.#last !== carriageReturn) this.#lines += 1;
      this.#last = byte;
    }
  }
}

/** Reads one answer as slowly as told, from a socket of its own: what it does not read, the system or the server has to keep. */
export class SlowReader {
  readonly #url: URL;
  readonly #request: Buffer;
  readonly #linesPerSecond: number;
  readonly #count = new LineCount();
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #head = '';
  #fault: string | undefined;

  constructor(url: URL, request: Buffer, linesPerSecond: number) {
    this.#url = url;
    this.#request = request;
    this.#linesPerSecond = linesPerSecond;
  }

  get lines(): number {
    return this.#count.lines;
  }

  start(): void {
    const startedMs = performance.now();
    const isAhead = (): boolean =>
      this.#count.lines > ((performance.now() - startedMs) / 1_000) * this.#linesPerSecond;
    const socket = createConnection({
      host: this.#url.hostname,
      port: Number(this.#url.port),
      onread: {
        buffer: Buffer.alloc(bufferBytes),
        callback: (length, buffer) => {
          this.#take(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return !isAhead();
        },
      },
    });
    this.#socket = socket;
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => this.#fail('the connection was closed'));
    socket.write(this.#request);
    this.#timer = setInterval(() => {
      if (!isAhead()) socket.resume();
    }, tickMs);
  }

  /** Throws when the answer is not a stream that is still running. */
  check(): void {
    if (this.#fault !== undefined) throw new Error(`the slow reader stopped early: ${this.#fault}`);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#socket?.removeAllListeners('close').destroy();
  }

  #take(bytes: Buffer): void {
    const status = 'HTTP/1.1 200 ';
    if (this.#head.length < status.length) {
      this.#head += bytes.toString('latin1');
      if (this.#head.length >= status.length && !this.#head.startsWith(status)) {
        this.#fail(this.#head.split('\r\n', 1)[0] ?? '');
      }
    }
    this.#count.take(bytes);
    // The last piece of a stream in pieces has no length; the connection would stay open.
    if (bytes.includes('\r\n0\r\n\r\n')) this.#fail('the scan is over');
  }

  #fail(reason: string): void {
    this.#fault ??= reason;
  }
}
