import { describe, expect, it } from 'vitest';
import type { ScanStream } from '../../../src/core/scans/scan.ts';
import { makeRows } from '../../support/scan-cluster.ts';
import { readAll, rowsOf, type ScanScene, setUpScans } from '../../support/scripted-scans.ts';
import { type Scene, setUpScene, type WrittenLimit } from '../../support/throttle-scene.ts';

interface PacedScans extends Scene {
  readonly scans: ScanScene;
}

function setUp(limit: WrittenLimit, bounds = { waiting: 10, longestWaitMs: 10_000 }): PacedScans {
  const scene = setUpScene([limit], { bounds });
  const { clock, instance } = scene;
  const scans = setUpScans(makeRows(200, 100), { clock, throttle: instance.throttle });
  return { ...scene, scans };
}

/** Reads all of them as fast as it can for so long, then cancels them. Gives the rows. */
async function readFor(
  { clock, scans }: PacedScans,
  streams: readonly ScanStream[],
  ms: number,
): Promise<number> {
  const endMs = clock.nowMs() + ms;
  for (const stream of streams) {
    const read = async (): Promise<void> => {
      while ((await stream.next()) !== undefined && clock.nowMs() < endMs);
    };
    void read();
  }
  await clock.advance(ms);
  for (const stream of streams) stream.cancel();
  await clock.advance(1_000);
  expect(scans.faults).toEqual([]);
  return streams.reduce((sum, stream) => sum + stream.account().rows, 0);
}

describe('scans under a limit', () => {
  it.each<[string, WrittenLimit]>([
    ['exact', { rate: 200, burst: 200 }],
    ['a burst smaller than a second', { rate: 200, burst: 30 }],
    ['by leases', { rate: 200, burst: 200, mode: 'lease' }],
  ])('together get all of it and no more: %s', async (_, limit) => {
    const paced = setUp(limit);
    const streams = [];
    const startMs = paced.clock.nowMs();
    // To open one takes the time until it has its first units.
    for (let count = 0; count < 4; count += 1) streams.push(await paced.scans.open({}));
    const rows = await readFor(paced, streams, 30_000);
    const seconds = (paced.clock.nowMs() - startMs) / 1_000;
    expect(rows).toBeLessThanOrEqual(200 * seconds + 200);
    expect(rows).toBeGreaterThan(200 * 30 * 0.9);
    for (const stream of streams) expect(stream.account().rows).toBeGreaterThan(1_000);
    expect(paced.instance.telemetry.counts.used).toBeGreaterThanOrEqual(rows);
    // What was prefetched and not delivered, and nothing else, was used beside.
    expect(paced.instance.telemetry.counts.used - rows).toBeLessThanOrEqual(4 * 200);
  });

  it('go on though a wait is shorter than a page takes', async () => {
    const paced = setUp({ rate: 10, burst: 10 }, { waiting: 10, longestWaitMs: 100 });
    const rows = await readFor(paced, [await paced.scans.open({})], 20_000);
    expect(rows).toBeGreaterThan(150);
    expect(rows).toBeLessThanOrEqual(220);
  });

  it('follow a limit that changes', async () => {
    const paced = setUp({ rate: 100, burst: 100 });
    const stream = await paced.scans.open({});
    void readFor(paced, [stream], 20_000);
    await paced.clock.advance(10_000);
    const slow = stream.account().rows;
    paced.book.set([{ rate: 1_000, burst: 1_000 }]);
    await paced.clock.advance(9_000);
    const fast = stream.account().rows - slow;
    expect(slow).toBeLessThanOrEqual(1_100);
    expect(fast).toBeGreaterThan(8_000);
    stream.cancel();
  });

  it('are refused when as many wait as may, and the others go on', async () => {
    const paced = setUp({ rate: 50, burst: 50 }, { waiting: 2, longestWaitMs: 10_000 });
    const { clock, scans } = paced;
    // Of ten rows each, the first five have all of the burst, and two wait.
    const opening = Array.from({ length: 7 }, () => scans.call({}));
    await clock.advance(10);
    const refused = await clock.runUntil(scans.call({}));
    expect(refused).toMatchObject({ kind: 'refused', problem: 'queue-full', violated: ['scan'] });
    const begun = await clock.runUntil(Promise.all(opening));
    const streams = begun.flatMap((one) => (one.kind === 'stream' ? [one.stream] : []));
    expect(streams).toHaveLength(7);
    expect(await readFor(paced, streams, 10_000)).toBeGreaterThan(400);
  });

  it('end when an operator pauses the application, and none begins any more', async () => {
    const paced = setUp({ rate: 1_000, burst: 1_000 });
    const { clock, book, scans } = paced;
    const stream = await scans.open({ limit: 10_000 });
    clock.after(3_500, () => book.pause('report'));
    const lines = await readAll(clock, stream);
    expect(lines.at(-1)?.error?.type).toBe('/problems/application-paused');
    expect(rowsOf(lines).length).toBeGreaterThan(2_000);
    expect(await clock.runUntil(scans.call({}))).toMatchObject({ problem: 'application-paused' });
  });
});
