import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface DelayingProxyOptions {
  readonly listen: Endpoint;
  readonly target: Endpoint;
  readonly delayMs: number;
}

/** What one connection may hold back; beyond that its sender is not read until some of it has gone. */
const mostHeldBytes = 8 * 1_048_576;

/** Stands in front of a server and hands each of its answers on later than it came; questions pass at once. */
export class DelayingProxy {
  readonly #options: DelayingProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #answerBytes = 0;

  constructor(options: DelayingProxyOptions) {
    this.#options = options;
    // Half open, so that an end is handed on like everything else: after what came before it.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  /** What the server behind has sent so far. */
  get answerBytes(): number {
    return this.#answerBytes;
  }

  /** Where it listens. */
  get endpoint(): Endpoint {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') throw new Error('the proxy does not listen');
    return { address: bound.address, port: bound.port };
  }

  async start(): Promise<void> {
    const { address, port } = this.#options.listen;
    this.#server.listen(port, address);
    await once(this.#server, 'listening');
  }

  /** Breaks the connections; does nothing when it was not started. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    const { address, port } = this.#options.target;
    const server = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      // The error itself says nothing that the close does not.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        if (socket === client || socket.errored !== null) other.destroy();
      });
    }
    client.pipe(server);
    this.#handOnLater(server, client);
  }

  /** Timers of one duration fire in the order in which they were set: nothing overtakes. */
  #handOnLater(server: Socket, client: Socket): void {
    const { delayMs } = this.#options;
    let heldBytes = 0;
    server.on('data', (chunk: Buffer) => {
      this.#answerBytes += chunk.length;
      heldBytes += chunk.length;
      if (heldBytes > mostHeldBytes) server.pause();
      setTimeout(() => {
        heldBytes -= chunk.length;
        if (client.writable) client.write(chunk);
        if (heldBytes <= mostHeldBytes && server.isPaused()) server.resume();
      }, delayMs);
    });
    server.once('end', () => setTimeout(() => client.end(), delayMs));
  }
}
