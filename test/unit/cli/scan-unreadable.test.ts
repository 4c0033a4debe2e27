import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readScanLines } from '../../../src/cli/scan-lines.ts';
import { runVerb } from '../../support/run-cli.ts';
import { streamOf } from './scan-source.ts';

const unreadable = '{"unreadable":{"columns":["at"],"row":{"n":1}}}';
const checkpoint = (rows: number): string => JSON.stringify({ checkpoint: { cursor: `c${rows}`, rows } });
const end = (rows: number): string => JSON.stringify({ end: { rows, complete: true } });

/** Answers with these lines, one list a scan; what has no last line breaks off. */
async function serve(answers: readonly (readonly string[])[]): Promise<{ url: string; bodies: object[] }> {
  const bodies: object[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const lines = answers[bodies.length] ?? [];
    bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as object);
    response.end(lines.map((line) => `${line}\n`).join(''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

const scan = (url: string, ...options: readonly string[]) =>
  runVerb([
    ...['scan', '--table', 'shop.products', '--url', url, '--application', 'report', '--split', '0,9'],
    ...options,
  ]);

describe('a row that cannot be read', () => {
  it('is a line of its own', async () => {
    const lines = [];
    const opened = streamOf(['{"row":{"n":0}}', unreadable]);
    if (opened.kind !== 'stream') throw new Error('refused');
    for await (const some of readScanLines(opened.chunks)) lines.push(...some);
    expect(lines).toEqual([{ kind: 'row', row: '{"n":0}' }, { kind: 'unreadable' }]);
  });

  it('is not printed, but told at the end with the exit code 1', async () => {
    const { url } = await serve([['{"row":{"n":0}}', unreadable, '{"row":{"n":2}}', end(3)]]);
    const { exitCode, stdout, stderr } = await scan(url);
    expect([exitCode, stdout]).toEqual([1, '{"n":0}\n{"n":2}\n']);
    expect(stderr).toBe('rows: 2\nweir: rows left out, since they have values that cannot be read: 1\n');
  });

  it('is counted once where its answer breaks off, and keeps the place of those behind it', async () => {
    const first = ['{"row":{"n":0}}', checkpoint(1), unreadable, '{"row":{"n":2}}'];
    const { url, bodies } = await serve([first, [unreadable, '{"row":{"n":2}}', '{"row":{"n":3}}', end(4)]]);
    const { exitCode, stdout, stderr } = await scan(url);
    expect([exitCode, stdout]).toEqual([1, '{"n":0}\n{"n":2}\n{"n":3}\n']);
    expect(stderr).toContain('cannot be read: 1\n');
    expect(bodies[1]).toMatchObject({ cursor: 'c1' });
  });

  it('counts for the limit', async () => {
    const cut = JSON.stringify({ end: { rows: 2, complete: false, cursor: 'c2' } });
    const { url, bodies } = await serve([['{"row":{"n":0}}', unreadable, cut]]);
    const { exitCode, stdout, stderr } = await scan(url, '--limit', '2');
    expect([exitCode, stdout, bodies.length]).toEqual([1, '{"n":0}\n', 1]);
    expect(stderr).toContain('go on with --cursor c2');
  });
});
