import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Mishap, scanLines } from './scan-source.ts';

export interface ReceivedScan {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: object;
}

/** What happens to the `number`-th scan; a number is the status of a refusal. */
export type Fate = (number: number, body: object) => Mishap | number | undefined;

/** The splits that it tells: of rows 0 to 12. */
const toldSplits = ['0', '3', '8', '12']
  .map((end, index, ends) => ({ id: `s${index - 1}`, start: ends[index - 1] ?? '', end, owners: [] }))
  .slice(1);

/** A server whose table has the rows of `scanLines`; what breaks is the connection. */
export async function startScanInstance(
  fate: Fate = () => undefined,
): Promise<{ readonly url: string; readonly scans: ReceivedScan[]; readonly most: () => number }> {
  const scans: ReceivedScan[] = [];
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', headers } = request;
      if (url.includes('/splits')) {
        response.end(JSON.stringify({ splits: toldSplits, ringEpoch: 1 }));
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as object;
      scans.push({ path: url, headers, body });
      const fatal = fate(scans.length, body);
      if (typeof fatal === 'number') {
        response.writeHead(fatal).end(JSON.stringify({ title: 'No', errors: [{ pointer: '/columns/0' }] }));
        return;
      }
      open += 1;
      most = Math.max(most, open);
      response.once('close', () => {
        open -= 1;
      });
      setTimeout(() => answer(response, scanLines(body, 2, fatal), fatal), 5);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, scans, most: () => most };
}

function answer(response: ServerResponse, lines: readonly string[], mishap: Mishap | undefined): void {
  const text = lines.map((line) => `${line}\n`).join('');
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  if (mishap?.kind === 'throws') response.write(text, () => response.destroy());
  else if (mishap?.kind === 'silent') response.write(text);
  else response.end(text);
}
