import { Agent, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Longer than any answer may take: a server that says nothing must not hang the load test. */
const silenceMs = 60_000;

/** How long an unused connection is kept: shorter than any server does, or a request could meet the end of its connection. */
const idleMs = 20_000;

/** Keeps its connections for a while. The plainest client that Node has, since its cost is on the machine under test. */
export class HttpClient {
  readonly #agent: Agent;

  constructor(connections: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: idleMs });
  }

  post(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<HttpAnswer> {
    return this.#send('POST', url, { ...headers, 'content-length': String(Buffer.byteLength(body)) }, body);
  }

  get(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    return this.#send('GET', url, headers, '');
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, url: URL, headers: Record<string, string>, body: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, timeout: silenceMs };
      const outgoing = request(url, options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () =>
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }),
        );
      });
      outgoing.once('timeout', () => outgoing.destroy(new Error(`${url.pathname}: no answer`)));
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }
}
