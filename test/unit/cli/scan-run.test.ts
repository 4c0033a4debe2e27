import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallError } from '../../../src/cli/http-call.ts';
import type { OpenedScan } from '../../../src/cli/scan-connection.ts';
import { createScanOutput } from '../../../src/cli/scan-output.ts';
import { runScan, type ScanMeans, type ScanTask } from '../../../src/cli/scan-run.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { type Mishap, rowTexts, scanLines, streamOf } from './scan-source.ts';

const range = { start: '0', end: '12' };
const task: ScanTask = {
  area: { range },
  columns: undefined,
  pageSize: undefined,
  cursor: undefined,
  split: undefined,
};

/** The answer to the scan of a body, the `number`-th of all. */
type Answer = (body: object, number: number) => OpenedScan | Promise<OpenedScan>;

function openScene(answer: Answer, more: Partial<ScanMeans> = {}, json?: true) {
  const bodies: object[] = [];
  const pauses: number[] = [];
  let printed = '';
  const stdout = {
    write: (text: string) => {
      printed += text;
    },
  };
  const means: ScanMeans = {
    open: async (body) => answer(body, bodies.push(body)),
    output: createScanOutput({ stdout, stderr: stdout }, json === undefined ? {} : { json }),
    budget: { rows: Number.POSITIVE_INFINITY },
    resumes: true,
    history: { hasBegun: false, resumed: 0 },
    pause: async (ms) => {
      pauses.push(ms);
    },
    signal: new AbortController().signal,
    ...more,
  };
  const lines = () => printed.split('\n').slice(0, -1);
  return {
    means,
    bodies,
    pauses,
    lines,
    run: (given: Partial<ScanTask> = {}) => runScan({ ...task, ...given }, means),
  };
}

function answerWith(mishaps: readonly Mishap[], every: number, size = 7): Answer {
  return (body, number) => {
    const mishap = mishaps[number - 1];
    const lines = scanLines(body, every, mishap);
    if (mishap?.kind === 'unfinished-line') return streamOf([...lines, '{"row":{"n":'], size, '');
    if (mishap?.kind === 'throws') {
      return { kind: 'stream', chunks: brokenOff(streamOf(lines, size)) };
    }
    return streamOf(lines, size);
  };
}

async function* brokenOff(opened: OpenedScan): AsyncGenerator<Uint8Array> {
  if (opened.kind === 'stream') yield* opened.chunks;
  throw new CallError('unreachable', 'the connection was closed');
}

describe('a scan', () => {
  it('prints rows as they came, number for number, and ends with its last line', async () => {
    const { run, lines, bodies } = openScene(answerWith([], 5));
    expect((await run({ columns: ['n', 'price'], pageSize: 5 })).kind).toBe('complete');
    expect(lines()).toEqual(rowTexts(0, 12));
    expect(bodies).toEqual([{ range, columns: ['n', 'price'], pageSize: 5 }]);
  });

  it('prints each row once and in order, however often and wherever answers break off', async () => {
    const anyMishap = fc.record({
      kind: fc.constantFrom('broken', 'drained', 'unfinished-line', 'throws'),
      after: fc.nat(13),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyMishap, { maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 200 }),
        async (mishaps, every, size) => {
          const { run, lines } = openScene(answerWith(mishaps, every, size));
          expect((await run()).kind).toBe('complete');
          expect(lines()).toEqual(rowTexts(0, 12));
        },
      ),
      { numRuns: propertyRuns(300) },
    );
  });

  it('prints no more than its limit, however often answers break off', async () => {
    const anyMishap = fc.record({ kind: fc.constantFrom('broken', 'drained'), after: fc.nat(12) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyMishap, { maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 11 }),
        async (mishaps, every, limit) => {
          const { run, lines } = openScene(answerWith(mishaps, every), { budget: { rows: limit } });
          const { kind, place } = await run();
          expect([kind, place.cursor]).toEqual(['limit', expect.any(String)]);
          expect(lines()).toEqual(rowTexts(0, limit));
        },
      ),
      { numRuns: propertyRuns(200) },
    );
  });

  it('never asks for no rows, also where the answer with the last of them breaks off', async () => {
    const broken = answerWith([{ kind: 'broken', after: 5 }], 5);
    const { run, lines, bodies } = openScene(broken, { budget: { rows: 5 } });
    const { kind, place } = await run();
    expect([kind, place.cursor, bodies]).toEqual(['limit', '5:12', [{ range, limit: 5 }]]);
    expect(lines()).toEqual(rowTexts(0, 5));
  });

  it('goes on from its last checkpoint, and leaves out what was printed since', async () => {
    const { run, bodies, pauses } = openScene(answerWith([{ kind: 'broken', after: 8 }], 5));
    const { place } = await run();
    expect(bodies).toEqual([{ range }, { range, cursor: '5:12' }]);
    expect([pauses, place.printed]).toEqual([[200], 12]);
  });

  it('begins at the cursor that it was given', async () => {
    const { run, lines, bodies } = openScene(answerWith([{ kind: 'broken', after: 3 }], 5));
    await run({ area: {}, cursor: '4:9' });
    expect(bodies).toEqual([{ cursor: '4:9' }, { cursor: '4:9' }]);
    expect(lines()).toEqual(rowTexts(4, 9));
  });

  it('prints the lines with what they are when asked, and one end for all answers', async () => {
    const { run, lines } = openScene(answerWith([{ kind: 'drained', after: 7 }], 5), {}, true);
    await run();
    const [r0, ...others] = lines();
    expect(r0).toBe(`{"row":${rowTexts(0, 1)[0]}}`);
    expect(others.filter((line) => !line.startsWith('{"row"'))).toEqual([
      '{"checkpoint":{"cursor":"5:12","rows":5}}',
      '{"checkpoint":{"cursor":"12:12","rows":12}}',
    ]);
    expect(others).toHaveLength(13);
  });
});

describe('a scan that cannot go on', () => {
  it('that is not to resume tells the last cursor, and how many rows came after it', async () => {
    const { run, bodies } = openScene(answerWith([{ kind: 'broken', after: 8 }], 5), { resumes: false });
    const { kind, place } = await run();
    expect([kind, place.cursor, place.rowsAhead]).toEqual(['stopped', '5:12', 3]);
    expect(bodies).toHaveLength(1);
  });

  it('gives up after ten answers in a row that brought nothing, with longer and longer pauses', async () => {
    const mishaps = Array.from({ length: 30 }, () => ({ kind: 'broken', after: 3 }) as const);
    const { run, bodies, pauses, lines } = openScene(answerWith(mishaps, 5));
    expect(await run()).toMatchObject({ kind: 'stopped', reason: 'the answer ended without its last line' });
    expect(bodies).toHaveLength(11);
    expect(pauses.slice(0, 7)).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(lines()).toEqual(rowTexts(0, 3));
  });

  it('counts anew after each answer that brought something', async () => {
    const mishaps = Array.from({ length: 12 }, () => ({ kind: 'broken', after: 1 }) as const);
    const { run, pauses } = openScene(answerWith(mishaps, 1));
    expect((await run()).kind).toBe('complete');
    expect(new Set(pauses)).toEqual(new Set([200]));
  });

  it.each([
    ['replica-timeout', 'complete', 'another time may do'],
    ['unreadable-value', 'stopped', 'the same again each time'],
    ['cursor-stale', 'stopped', 'nothing to go on from'],
    ['never-heard-of', 'stopped', 'of a later Weir'],
    ['constructor', 'stopped', 'no problem at all'],
  ])('after the error %s is %s: %s', async (slug, kind) => {
    const { run } = openScene(answerWith([{ kind: 'error', after: 6, slug }], 5));
    expect((await run()).kind).toBe(kind);
  });

  const refused = (status: number, more: object = {}): OpenedScan => ({
    kind: 'refused',
    answer: { status, text: JSON.stringify({ title: 'No', ...more }) },
  });

  it('was never begun: it is not tried again', async () => {
    const { run, bodies } = openScene(() => refused(503));
    expect(await run()).toMatchObject({ kind: 'stopped', reason: '503 No' });
    expect(bodies).toHaveLength(1);
  });

  it('is refused for a while: it waits as long as it is told', async () => {
    const answer = answerWith([{ kind: 'broken', after: 6 }], 5);
    const { run, pauses } = openScene((body, number) =>
      number === 2 ? refused(429, { retryAfterMs: 7_000 }) : answer(body, number),
    );
    expect((await run()).kind).toBe('complete');
    expect(pauses).toEqual([200, 7_000]);
  });

  it.each([400, 401, 404, 410])('is refused with %i: it is not tried again', async (status) => {
    const answer = answerWith([{ kind: 'broken', after: 6 }], 5);
    const { run, bodies } = openScene((body, number) =>
      number === 2 ? refused(status) : answer(body, number),
    );
    expect((await run()).kind).toBe('stopped');
    expect(bodies).toHaveLength(2);
  });

  it('is answered by something else: it says so', async () => {
    const { run } = openScene(() => streamOf(['<html>']));
    expect(await run()).toMatchObject({
      kind: 'stopped',
      reason: expect.stringContaining('no scan of a Weir'),
    });
  });

  it('is cancelled when nobody wants it any more', async () => {
    const ended = new AbortController();
    const { run } = openScene(
      () => {
        ended.abort();
        throw new CallError('unreachable', 'gone');
      },
      { signal: ended.signal },
    );
    expect((await run()).kind).toBe('cancelled');
  });
});

describe('a reader that takes nothing', () => {
  it('lets no more than one piece of the answer be read', async () => {
    let pulled = 0;
    const drains: (() => void)[] = [];
    const stdout = { write: () => false, once: (_: 'drain', listener: () => void) => drains.push(listener) };
    const chunks = async function* () {
      for (const line of scanLines({ range }, 5)) {
        pulled += 1;
        yield new TextEncoder().encode(`${line}\n`);
      }
    };
    const output = createScanOutput({ stdout, stderr: stdout }, {});
    const { run } = openScene(() => ({ kind: 'stream', chunks: chunks() }), { output });
    const running = run();
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    await settle();
    expect([pulled, drains.length]).toEqual([1, 1]);
    drains.shift()?.();
    await settle();
    expect([pulled, drains.length]).toEqual([2, 1]);
    for (let row = 0; row < 12; row += 1) {
      drains.shift()?.();
      await settle();
    }
    expect((await running).kind).toBe('complete');
  });
});
