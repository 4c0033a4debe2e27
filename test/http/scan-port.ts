import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ProblemSlug } from '../../src/core/errors.ts';
import type { Scan, ScanAccount, ScanCall, ScanStream } from '../../src/core/scans/scan.ts';
import type { DataAppOptions } from '../../src/http/app.ts';
import { createDataApp } from './data-app-fixture.ts';

const scanUrl = '/v1/shop/products/scan';
export const lastLine = '{"end":{"rows":2,"complete":true}}\n';

export interface ScriptedStream extends ScanStream {
  /** How often lines were asked for, and how often the scan was given up. */
  readonly asked: () => number;
  readonly cancelled: () => number;
}

/** A scan that gives these chunks, each when the function says so; then its end, for that problem where there is one. */
export function scriptedStream(
  chunks: readonly string[],
  ready: (chunk: number) => Promise<void> = async () => {},
  problem?: ProblemSlug,
): ScriptedStream {
  let asked = 0;
  let cancelled = 0;
  return {
    asked: () => asked,
    cancelled: () => cancelled,
    async next() {
      const chunk = asked;
      asked += 1;
      await ready(chunk);
      return chunks[chunk];
    },
    cancel() {
      cancelled += 1;
    },
    account(): ScanAccount {
      const ended = problem === undefined ? 'complete' : 'failed';
      const outcome = cancelled > 0 ? 'cancelled' : asked > chunks.length ? ended : 'running';
      const pages = Math.min(asked, chunks.length);
      return { rows: 2, pages, retries: 1, waitedMs: 12.345, outcome, problem };
    },
  };
}

/** A data port in front of `scan`. */
export function openScanPort(scan: Scan, overrides: Partial<DataAppOptions> = {}) {
  const calls: ScanCall[] = [];
  const fixture = createDataApp(undefined, {
    scan: (call) => {
      calls.push(call);
      return scan(call);
    },
    ...overrides,
  });
  const post = (headers: Record<string, string> = {}, payload = '{}') =>
    fixture.app.inject({
      method: 'POST',
      url: scanUrl,
      headers: { 'content-type': 'application/json', 'x-weir-app': 'storefront', ...headers },
      payload,
    });
  return { ...fixture, calls, post };
}

export type ScanPort = ReturnType<typeof openScanPort>;

/** Listens, and asks for a scan on a connection that nobody reads yet. */
export async function askOverSocket({ app }: ScanPort): Promise<Socket> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  askForScan(socket);
  return socket;
}

export function askForScan(socket: Socket): void {
  const head = ['Host: weir', 'X-Weir-App: storefront', 'Content-Type: application/json'];
  socket.write(`POST ${scanUrl} HTTP/1.1\r\n${head.join('\r\n')}\r\nContent-Length: 2\r\n\r\n{}`);
}

/** What comes until the text is there that ends it. */
export async function readUntil(socket: Socket, end: string): Promise<string> {
  const pieces: string[] = [];
  let tail = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    const piece = (chunk as Buffer).toString('latin1');
    pieces.push(piece);
    tail = (tail + piece).slice(-end.length);
    if (tail === end) break;
  }
  return pieces.join('');
}
