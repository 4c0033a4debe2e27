import { once } from 'node:events';
import { Agent, createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { readScan, ScanLines } from '../../../loadtest/scan-lines.ts';

const row = (id: number): string => `${JSON.stringify({ row: { id } })}\n`;
const checkpoint = '{"checkpoint":{"cursor":"c","rows":1}}\n';
const end = (rows: number, complete = true): string => `${JSON.stringify({ end: { rows, complete } })}\n`;

function linesOf(texts: readonly string[]) {
  const ids: number[] = [];
  const lines = new ScanLines<{ id: number }>(({ id }) => ids.push(id));
  for (const text of texts) lines.take(text);
  lines.finish();
  return ids;
}

describe('the lines of a scan', () => {
  it('are its rows, wherever the text is cut', () => {
    const text = row(1) + checkpoint + row(2) + end(2);
    expect(linesOf([text])).toEqual([1, 2]);
    expect(linesOf([...text])).toEqual([1, 2]);
  });

  it.each<[string, string, string]>([
    ['there is no last line', row(1), 'no last line'],
    ['the last line has no end', row(1) + end(1).trimEnd(), 'no last line'],
    ['there is a line after the last', end(0) + row(1), 'after the last'],
    ['it was cut short', row(1) + end(1, false), 'cut short'],
    ['rows were lost on the way', row(1) + end(2), 'says 2 rows and sent 1'],
    [
      'it failed',
      '{"error":{"type":"/problems/replica-timeout","title":"…"}}\n',
      '/problems/replica-timeout',
    ],
    ['a line is unknown', '{}\n', 'unknown line'],
  ])('are refused when %s', (_, text, message) => {
    expect(() => linesOf([text])).toThrow(message);
  });
});

const servers: Server[] = [];
const agents: Agent[] = [];

afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function scanOf(answer: (response: ServerResponse) => void): Promise<readonly number[]> {
  const server = createServer((_request, response) => answer(response));
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const agent = new Agent();
  agents.push(agent);
  const ids: number[] = [];
  const url = new URL(`http://127.0.0.1:${address.port}/scan`);
  await readScan<{ id: number }>(agent, url, {}, '{}', ({ id }) => ids.push(id));
  return ids;
}

describe('a scan over HTTP', () => {
  it('is read to its end', async () => {
    expect(await scanOf((response) => response.end(row(1) + row(2) + end(2)))).toEqual([1, 2]);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['refused', (response) => response.writeHead(429).end('over-quota'), '429: over-quota'],
    ['without a last line', (response) => response.end(row(1)), 'no last line'],
    ['with a wrong line', (response) => response.end(row(1) + end(2)), 'says 2 rows'],
    [
      'broken off',
      (response) => {
        response.write(row(1), () => response.destroy());
      },
      'aborted',
    ],
  ])('fails when it is %s', async (_, answer, message) => {
    await expect(scanOf(answer)).rejects.toThrow(message);
  });
});
