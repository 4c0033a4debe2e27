import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { createPageReader } from '../../../src/adapters/cassandra/page-reader.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { PageRead, ScanStatement } from '../../../src/core/ports.ts';
import { largestToken, smallestToken } from '../../../src/core/token/token.ts';
import { address, type DriverAnswer, responseError, scriptedTarget, someNode } from './scripted-client.ts';
import { tableOf } from './tables.ts';

const table = tableOf({ region: 'text', price: 'decimal' }, { shelf: 'int' }, { title: 'text' });
const statement: ScanStatement = {
  table,
  columns: table.columns.filter(({ name }) => name === 'title' || name === 'price'),
  area: 'range',
};
const request: PageRead = {
  node: someNode,
  statement,
  area: { kind: 'range', after: smallestToken, upTo: largestToken },
  pageState: undefined,
  rows: 20,
  consistency: 'LOCAL_ONE',
  timeoutMs: 100,
};
const price = (digit: number): Buffer => Buffer.from([0, 0, 0, 2, digit]);

function readerThatAnswers(answer: () => DriverAnswer) {
  const { calls, target } = scriptedTarget(answer);
  return { calls, read: createPageReader(() => target, nodeText) };
}

describe('reading a page', () => {
  it('sends one prepared statement to the node, with its tokens and so many rows', async () => {
    const { calls, read } = readerThatAnswers(() => ({}));
    await read({ ...request, traceparent: '00-trace' });
    expect(calls).toMatchObject([
      {
        texts: [
          expect.stringMatching(
            /^SELECT "region" AS c0, decimalAsBlob\("price"\) AS c1, "title" AS c2 FROM .* > \? AND .* <= \?$/,
          ),
        ],
        parameters: [[Buffer.from('8000000000000000', 'hex'), Buffer.from('7fffffffffffffff', 'hex')]],
        options: { host: { address }, prepare: true, autoPage: false, fetchSize: 20 },
      },
    ]);
    expect(calls[0]?.options).not.toHaveProperty('pageState');
    expect(calls[0]?.options.customPayload).toEqual({ traceparent: Buffer.from('00-trace') });
  });

  it('asks for a partition by its bytes', async () => {
    const { calls, read } = readerThatAnswers(() => ({}));
    const key = [new Uint8Array([110]), price(1)];
    await read({
      ...request,
      statement: { ...statement, area: 'partition' },
      area: { kind: 'partition', key },
    });
    expect(calls[0]?.parameters).toEqual([[Buffer.from('n'), price(1)]]);
  });

  it('gives the wanted columns and the key of the last row', async () => {
    const { read } = readerThatAnswers(() => ({
      rows: [
        { c0: 'north', c1: price(7), c2: 'Lamp' },
        { c0: 'south', c1: price(9), c2: null },
      ],
    }));
    expect(await read(request)).toEqual({
      rows: [
        [{ unscaled: 7n, scale: 2 }, 'Lamp'],
        [{ unscaled: 9n, scale: 2 }, null],
      ],
      lastKey: [Buffer.from('south'), price(9)].map((bytes) => new Uint8Array(bytes)),
      pageState: undefined,
    });
  });

  it('does not keep the received bytes for the sake of the key', async () => {
    const received = Buffer.alloc(1_000);
    const { read } = readerThatAnswers(() => ({
      rows: [{ c0: 'north', c1: received.subarray(0, 5), c2: null }],
    }));
    const { lastKey } = await read(request);
    expect(lastKey?.[1]?.buffer).not.toBe(received.buffer);
    expect(lastKey?.[1]).toHaveLength(5);
  });

  it('passes page states in and out as bytes, also with a page that has no rows', async () => {
    const { calls, read } = readerThatAnswers(() => ({ pageState: '00ff' }));
    const page = await read({ ...request, pageState: new Uint8Array([1, 2]) });
    expect(calls[0]?.options.pageState).toEqual(Buffer.from([1, 2]));
    expect(page).toEqual({ rows: [], lastKey: undefined, pageState: Buffer.from([0, 0xff]) });
  });

  it('asks nobody for a partition that cannot be stored', async () => {
    const { calls, read } = readerThatAnswers(() => ({}));
    const key = [new Uint8Array(70_000), price(1)];
    const page = await read({ ...request, area: { kind: 'partition', key } });
    expect(page).toEqual({ rows: [], lastKey: undefined, pageState: undefined });
    expect(calls).toEqual([]);
  });

  it('fails by the name of what the node says, and where there is no such node', async () => {
    const { read } = readerThatAnswers(() => {
      throw responseError(0x1200, 'secret');
    });
    await expect(read(request)).rejects.toMatchObject({ kind: 'read-timeout', message: 'read-timeout' });
    const lost = createPageReader(() => undefined, nodeText);
    await expect(lost(request)).rejects.toMatchObject({ kind: 'node-gone' });
  });
});
