import { describe, expect, it } from 'vitest';
import type { ScanCall } from '../../../src/core/scans/scan.ts';
import { makeState } from '../../support/rings.ts';
import { inOrder, makeRows } from '../../support/scan-cluster.ts';
import { linesOf, readAll, rowsOf, setUpScans } from '../../support/scripted-scans.ts';

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
  it('keeps its pages near 1 MiB once it knows them', async () => {
    const rows = makeRows(1, 600).map((row) => ({ ...row, note: 'x'.repeat(16_384) }));
    const { clock, open } = setUpScans(rows, { state: oneNode });
    const stream = await open({});
    const lengths: number[] = [];
    for (;;) {
      const text = await clock.runUntil(stream.next());
      if (text === undefined) break;
      lengths.push(text.length);
    }
    expect(stream.account().rows).toBe(600);
    expect(Math.max(...lengths.slice(1))).toBeLessThan(1.1 * 1_048_576);
    expect(lengths).toHaveLength(1 + 8);
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
    expect(rowsOf([...first, ...rest])).toHaveLength(200);
    expect(rest.at(-1)?.end).toMatchObject({ rows: 200, complete: false });
    expect(ended.map(({ outcome }) => outcome)).toEqual(['cut']);
    await expect(call({})).rejects.toMatchObject({ slug: 'draining' });
  });

  it('by its longest duration goes on by its cursor', async () => {
    const rows = makeRows(1, 1_000);
    const { clock, open, cluster, bounds } = setUpScans(rows, { state: oneNode });
    bounds.maxDurationMs = 1_000;
    cluster.delayMs = 300;
    const first = await readAll(clock, await open({ pageSize: 100 }));
    expect(rowsOf(first)).toHaveLength(400);
    const second = await readAll(clock, await open({ cursor: first.at(-1)?.end?.cursor, pageSize: 1_000 }));
    expect(rowsOf([...first, ...second])).toEqual(inOrder(rows));
  });
});
