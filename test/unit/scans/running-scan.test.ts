import { describe, expect, it } from 'vitest';
import type { ScanCall } from '../../../src/core/scans/scan.ts';
import { makeState } from '../../support/rings.ts';
import { type EventRow, inOrder, makeRows } from '../../support/scan-cluster.ts';
import { linesOf, readAll, rowsOf, type ScanLine, setUpScans } from '../../support/scripted-scans.ts';

/** All rows of everybody are on one node: one stretch, and pages as large as they may be. */
const oneNode = makeState([{ nodes: 1, racks: 1, replicationFactor: 1, tokensPerNode: 1, datacenter: 'dc' }]);

describe('a reader that does not read', () => {
  it('makes the scan stand still one page ahead', async () => {
    const { clock, open, cluster } = setUpScans(makeRows(1, 5_000), { state: oneNode });
    const stream = await open({ pageSize: 50 });
    await clock.advance(60_000);
    expect(cluster.asked).toHaveLength(1);
    await stream.next();
    await clock.advance(60_000);
    expect(cluster.asked).toHaveLength(2);
    await stream.next();
    await clock.advance(60_000);
    expect(cluster.asked).toHaveLength(3);
    stream.cancel();
  });
});

describe('a scan of large rows', () => {
  /** Three to a piece: the first page, of ten, is four pieces. */
  const large = (rows: number): EventRow[] =>
    makeRows(1, rows).map((row) => ({ ...row, note: 'x'.repeat(200_000) }));

  it('keeps its pages near 512 KiB once it knows them', async () => {
    const rows = makeRows(1, 300).map((row) => ({ ...row, note: 'x'.repeat(16_384) }));
    const { clock, open, cluster } = setUpScans(rows, { state: oneNode });
    const stream = await open({});
    const lengths: number[] = [];
    for (;;) {
      const text = await clock.runUntil(stream.next());
      if (text === undefined) break;
      lengths.push(text.length);
    }
    expect(stream.account().rows).toBe(300);
    expect(Math.max(...lengths)).toBeLessThan(1.1 * 524_288);
    expect(cluster.asked.map((request) => request.rows)).toEqual([10, ...Array(10).fill(31)]);
  });

  it('hands out a page in pieces, and what comes behind it with the last', async () => {
    const { clock, open } = setUpScans(large(40), { state: oneNode });
    const stream = await open({ pageSize: 1_000 });
    const pieces: ScanLine[][] = [];
    for (let count = 0; count < 4; count += 1) {
      await clock.advance(1_000);
      pieces.push(linesOf(await clock.runUntil(stream.next())));
    }
    expect(pieces.map((lines) => rowsOf(lines).length)).toEqual([3, 3, 3, 1]);
    expect(pieces.map((lines) => lines.at(-1)?.checkpoint?.rows)).toEqual([
      undefined,
      undefined,
      undefined,
      10,
    ]);
    const cursor = pieces.at(-1)?.at(-1)?.checkpoint?.cursor;
    const rest = await readAll(clock, await open({ cursor }));
    expect(rowsOf([...pieces.flat(), ...rest])).toEqual(large(40));
  });

  it('asks for the next page when the last piece but one is handed out, and knows how large it may be', async () => {
    const { clock, open, cluster } = setUpScans(large(40), { state: oneNode });
    const stream = await open({});
    const asked: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      await clock.runUntil(stream.next());
      await clock.advance(1_000);
      asked.push(cluster.asked.length);
    }
    expect(asked).toEqual([1, 1, 2, 2]);
    expect(cluster.asked[1]?.rows).toBe(2);
    stream.cancel();
  });

  it('that is cut in the middle of a page ends behind it', async () => {
    const { clock, open, end, cluster } = setUpScans(large(40), { state: oneNode });
    const stream = await open({});
    const first = linesOf(await clock.runUntil(stream.next()));
    end();
    const rest = await readAll(clock, stream);
    expect(rowsOf([...first, ...rest])).toEqual(large(40).slice(0, 10));
    expect(rest.at(-1)?.end).toMatchObject({ rows: 10, complete: false });
    expect(cluster.asked).toHaveLength(1);
  });

  it('that is cancelled in the middle of a page hands out no more', async () => {
    const { clock, open, cluster } = setUpScans(large(40), { state: oneNode });
    const stream = await open({});
    await clock.runUntil(stream.next());
    stream.cancel();
    expect(await stream.next()).toBe(undefined);
    await clock.advance(1_000);
    expect([cluster.asked.length, stream.account().outcome]).toEqual([1, 'cancelled']);
  });
});

describe('a scan that nobody reads any more', () => {
  it('drops the page under way, and keeps its place in flight until that is answered', async () => {
    const { clock, open, cluster, ended, inFlight, bounds } = setUpScans(makeRows(1, 5_000));
    bounds.streams = 1;
    cluster.delayMs = 500;
    const stream = await open({});
    const waiting = stream.next();
    stream.cancel();
    stream.cancel();
    expect(await waiting).toBe(undefined);
    expect(await stream.next()).toBe(undefined);
    expect(stream.account().outcome).toBe('cancelled');
    expect(ended.map(({ outcome }) => outcome)).toEqual(['cancelled']);
    expect(inFlight.messages().size).toBe(1);
    await clock.advance(500);
    expect(inFlight.messages().size).toBe(0);
    expect(cluster.asked).toHaveLength(1);
    await open({});
  });

  it('leaves no timer behind', async () => {
    const { clock, open, cluster } = setUpScans(makeRows(1, 5_000));
    cluster.delayMs = 500;
    (await open({})).cancel();
    await clock.advance(500);
    expect(clock.pending()).toBe(0);
  });

  it('ends when its caller has gone', async () => {
    const { open, ended } = setUpScans(makeRows(1, 5_000));
    let leave = (): void => {};
    const caller: ScanCall['caller'] = {
      gone: false,
      onGone(listener) {
        leave = listener;
        return () => {};
      },
    };
    const stream = await open({}, { caller });
    leave();
    expect(await stream.next()).toBe(undefined);
    expect(ended).toHaveLength(1);
  });
});

describe('a scan that is cut', () => {
  it('by the end of the process delivers what it has, and tells where to go on', async () => {
    const rows = makeRows(1, 1_000);
    const { clock, open, end, ended, call } = setUpScans(rows, { state: oneNode });
    const stream = await open({ pageSize: 100 });
    const first = linesOf(await clock.runUntil(stream.next()));
    await clock.advance(10);
    end();
    const rest = await readAll(clock, stream);
    expect(rowsOf([...first, ...rest])).toHaveLength(10 + 80);
    expect(rest.at(-1)?.end).toMatchObject({ rows: 90, complete: false });
    expect(ended.map(({ outcome }) => outcome)).toEqual(['cut']);
    await expect(call({})).rejects.toMatchObject({ slug: 'draining' });
  });

  it('by its longest duration goes on by its cursor', async () => {
    const rows = makeRows(1, 1_000);
    const { clock, open, cluster, bounds } = setUpScans(rows, { state: oneNode });
    bounds.maxDurationMs = 1_000;
    cluster.delayMs = 300;
    const first = await readAll(clock, await open({ pageSize: 100 }));
    expect(rowsOf(first)).toHaveLength(10 + 80 + 100 + 100);
    const second = await readAll(clock, await open({ cursor: first.at(-1)?.end?.cursor, pageSize: 1_000 }));
    expect(rowsOf([...first, ...second])).toEqual(inOrder(rows));
  });
});
