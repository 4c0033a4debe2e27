import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that a job has sent, and what it got. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly session: string | undefined;
  readonly body: string;
  readonly atMs: number;
  readonly status: number;
  /** The answer; of one that was cut off, what the job was given of it. */
  readonly answer: string;
  readonly isCut: boolean;
}

/** A way to Weir on which answers break off. */
export interface RoughWay {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/** What the first scan gets in place of its answer. */
export const firstPauseMs = 700;

/**
 * The first scan is told to come again. Of those after it, until `cuts` were cut, every other one is cut off within its
 * first lines, and every other one behind its first checkpoint; each in the middle of a line.
 */
export async function openRoughWay(weirUrl: string, cuts: number): Promise<RoughWay> {
  const seen: SeenRequest[] = [];
  const plan = { scans: 0, cuts };
  const server = createServer((asked, reply) => {
    void pass(asked, reply, weirUrl, plan).then(
      (request) => seen.push(request),
      () => reply.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function pass(
  asked: IncomingMessage,
  reply: ServerResponse,
  weirUrl: string,
  plan: { scans: number; cuts: number },
): Promise<SeenRequest> {
  const { method = '', url = '', headers } = asked;
  const atMs = performance.now();
  const body = Buffer.concat(await asked.toArray()).toString('utf8');
  const session = headers['x-weir-session'];
  const about = { method, path: url, session: typeof session === 'string' ? session : undefined, body, atMs };
  const isScan = url.endsWith('/scan');
  if (isScan) plan.scans += 1;
  if (isScan && plan.scans === 1) {
    reply.writeHead(429, { 'retry-after': '1', 'retry-after-ms': String(firstPauseMs) }).end('{}');
    return { ...about, status: 429, answer: '', isCut: false };
  }
  const isLate = plan.scans % 2 === 0;
  const upstream = request(new URL(url, weirUrl), { method, headers });
  upstream.end(body);
  const [answered] = (await once(upstream, 'response')) as [IncomingMessage];
  reply.writeHead(answered.statusCode ?? 0, answered.headers);
  let answer = '';
  let isCut = false;
  for await (const chunk of answered as AsyncIterable<Buffer>) {
    const text = chunk.toString('utf8');
    const at = isScan && plan.cuts > 0 ? cutAt(answer, text, isLate) : undefined;
    if (at === undefined) {
      answer += text;
      if (!reply.write(chunk)) await once(reply, 'drain');
      continue;
    }
    plan.cuts -= 1;
    isCut = true;
    answer += text.slice(0, at);
    // Sent first, and only then the end of the connection.
    await new Promise((resolve) => reply.write(text.slice(0, at), resolve));
    reply.destroy();
    upstream.destroy();
    break;
  }
  if (!isCut) reply.end();
  return { ...about, status: answered.statusCode ?? 0, answer, isCut };
}

/** Where in a new piece of the answer it is to break off, if there. A line is longer than so many characters. */
function cutAt(before: string, piece: string, isLate: boolean): number | undefined {
  const whole = before + piece;
  const checkpoint = whole.indexOf('{"checkpoint"');
  if (isLate && checkpoint === -1) return undefined;
  const from = isLate ? whole.indexOf('\n', checkpoint) : 0;
  const end = whole.indexOf('{"end"');
  const at = whole.indexOf('{"row"', from + 1) + 10;
  const isInRows = at > from + 10 && (end === -1 || at < end);
  return isInRows && at >= before.length ? at - before.length : undefined;
}
