import { describe, expect, it } from 'vitest';
import type { RefusalReason } from '../../../src/core/throttle/throttle.ts';
import { makeState } from '../../support/rings.ts';
import { makeRows } from '../../support/scan-cluster.ts';
import { readAll, rowsOf, type ScanScene, setUpScans } from '../../support/scripted-scans.ts';
import { createScriptedThrottle, type ScriptedThrottle } from '../../support/scripted-throttle.ts';

const oneNode = makeState([{ nodes: 1, racks: 1, replicationFactor: 1, tokensPerNode: 1, datacenter: 'dc' }]);

function setUp(rows: number, units?: number): ScanScene & { readonly throttle: ScriptedThrottle } {
  const throttle = createScriptedThrottle(units);
  const scene = setUpScans(makeRows(1, rows), { state: oneNode, throttle });
  return { ...scene, throttle };
}

function used(throttle: ScriptedThrottle): number {
  return throttle.settled.reduce((sum, units) => sum + units, 0);
}

describe('the units of a scan', () => {
  it('are asked for page by page, and would be waited for', async () => {
    const { clock, open, throttle } = setUp(1_500);
    await readAll(clock, await open({}));
    expect(throttle.asks.map(({ units }) => units)).toEqual([10, 80, 640, 1_000]);
    expect(throttle.asks.every(({ operation, strict }) => operation === 'scan' && !strict)).toBe(true);
    expect(throttle.asks.every(({ waitMs = 0 }) => waitMs >= 1_000)).toBe(true);
  });

  it('are charged by rows, a page at least one', async () => {
    const { clock, open, throttle } = setUp(1_500);
    await readAll(clock, await open({}));
    expect(throttle.settled).toEqual([10, 80, 640, 770]);
    const empty = setUp(0);
    await readAll(empty.clock, await empty.open({}));
    expect(empty.throttle.settled).toEqual([1]);
  });

  it('make a page smaller where fewer are granted', async () => {
    const { clock, open, throttle, cluster } = setUp(200, 6);
    const stream = await open({});
    clock.after(100, () => {
      throttle.left = 1_000;
    });
    const lines = await readAll(clock, stream);
    expect(rowsOf(lines)).toHaveLength(200);
    expect(cluster.asked[0]?.rows).toBe(6);
    expect(used(throttle)).toBe(200);
  });

  it('are few where the pace is slow, whoever sets it', async () => {
    const { clock, open, throttle, cluster } = setUp(200);
    throttle.currentPace = { perSecond: 40, burst: 400, isSlowed: false };
    await readAll(clock, await open({}));
    expect(cluster.asked.map(({ rows }) => rows)).toEqual([10, 40, 40, 40, 40, 40]);
  });

  it('are no more than can ever be had at once', async () => {
    const { clock, open, throttle, cluster } = setUp(50);
    throttle.currentPace = { perSecond: 400, burst: 25, isSlowed: false };
    await readAll(clock, await open({}));
    expect(cluster.asked.map(({ rows }) => rows)).toEqual([10, 25, 25]);
  });

  it('are waited for as long as it takes, again and again', async () => {
    const { clock, open, throttle, call } = setUp(50, 0);
    const begun = call({});
    clock.after(60_000, () => {
      throttle.left = 1_000;
    });
    const first = await clock.runUntil(begun);
    if (first.kind !== 'stream') throw new Error('refused');
    // The head of the answer does not wait for the units.
    expect(clock.nowMs()).toBe(1_002_000);
    const lines = await readAll(clock, first.stream);
    expect(rowsOf(lines)).toHaveLength(50);
    expect(first.stream.account().waitedMs).toBeGreaterThanOrEqual(60_000);
    expect(used(throttle)).toBe(50);
    await open({});
  });

  it('of which nothing is used are given back: nobody is up to be asked', async () => {
    const { clock, open, throttle, cluster } = setUp(50);
    cluster.down.add('dc-0');
    await readAll(clock, await open({}));
    expect(throttle.settled).toEqual([0]);
  });

  it('cost one where a page failed', async () => {
    const { clock, open, throttle, cluster } = setUp(50);
    cluster.fate = () => 'read-failure';
    await readAll(clock, await open({}));
    expect(throttle.settled).toEqual([1]);
  });

  it('of a page that came though nobody reads on are used', async () => {
    const { clock, open, throttle, cluster } = setUp(300);
    cluster.delayMs = 100;
    const stream = await open({});
    stream.cancel();
    expect(throttle.settled).toEqual([]);
    await clock.advance(100);
    expect(throttle.settled).toEqual([10]);
  });

  it('that come after nobody reads on are given back, and nothing is sent', async () => {
    const { clock, open, throttle, cluster } = setUp(300);
    throttle.isSlow = true;
    const stream = await open({});
    stream.cancel();
    await throttle.decide();
    await clock.advance(1_000);
    expect(throttle.settled).toEqual([0]);
    expect(cluster.asked).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  it('are not waited for when the process ends', async () => {
    const { clock, open, throttle, end } = setUp(300, 10);
    const stream = await open({});
    await clock.runUntil(stream.next());
    await clock.advance(500);
    const asked = throttle.asks.length;
    end();
    const lines = await readAll(clock, stream);
    expect(lines.at(-1)?.end).toMatchObject({ rows: 10, complete: false });
    expect(throttle.asks).toHaveLength(asked);
    expect(throttle.asks.at(-1)?.caller?.gone).toBe(true);
  });

  it('are not waited for beyond the longest duration', async () => {
    const { clock, open, bounds } = setUp(300, 100);
    bounds.maxDurationMs = 5_000;
    const lines = await readAll(clock, await open({}));
    expect(lines.at(-1)?.end).toMatchObject({ rows: 100, complete: false });
    expect(clock.nowMs()).toBe(1_005_000);
  });
});

describe('a refusal', () => {
  const cases: readonly [reason: RefusalReason, problem: string][] = [
    ['queue-full', 'queue-full'],
    ['paused', 'application-paused'],
    ['store-down', 'limiter-unavailable'],
  ];

  it.each(cases)('of the first page for %s has a status of its own', async (reason, problem) => {
    const { call, clock, throttle, bounds, ended, told } = setUp(50, 0);
    bounds.streams = 1;
    throttle.reason = reason;
    expect(await clock.runUntil(call({}))).toMatchObject({ kind: 'refused', problem });
    expect([told.begun, ended.length]).toEqual([0, 0]);
    throttle.left = 100;
    expect(await call({})).toMatchObject({ kind: 'stream' });
  });

  it('tells when to come again, whom to blame and how the limit stands', async () => {
    const { call, throttle } = setUp(50, 0);
    throttle.reason = 'queue-full';
    throttle.state = { policy: 'scan', rate: 40, burst: 400, remaining: 0, fullInMs: 900 };
    const refused = { retryAfterMs: 40, violated: ['read'], own: throttle.state };
    expect(await call({})).toMatchObject(refused);
  });

  it('for want of the store is waited out for ten seconds, and then ends the scan with a cursor', async () => {
    const { clock, open, throttle } = setUp(300, 100);
    const short = await open({});
    throttle.reason = 'store-down';
    await clock.runUntil(short.next());
    clock.after(8_000, () => {
      throttle.left = 1_000;
    });
    expect((await readAll(clock, short)).at(-1)).toEqual({ end: { rows: 300, complete: true } });
    throttle.left = 100;
    const long = await open({});
    const lines = await readAll(clock, long);
    expect(lines.at(-1)?.error).toMatchObject({ type: '/problems/limiter-unavailable' });
    expect(lines.at(-1)?.error).toHaveProperty('cursor');
  });

  it('for a full queue is waited out later on', async () => {
    const { clock, open, throttle } = setUp(90, 10);
    const stream = await open({});
    throttle.reason = 'queue-full';
    throttle.retryAfterMs = undefined;
    await clock.runUntil(stream.next());
    clock.after(1_000, () => {
      throttle.left = 1_000;
    });
    const lines = await readAll(clock, stream);
    expect(lines.at(-1)).toEqual({ end: { rows: 90, complete: true } });
    // Each 100 ms, since nobody said when.
    expect(throttle.asks).toHaveLength(1 + 11);
  });

  it.each(cases.slice(1))('later on for %s ends the scan with a cursor', async (reason, problem) => {
    const { clock, open, throttle } = setUp(300, 100);
    const stream = await open({});
    throttle.reason = reason;
    const lines = await readAll(clock, stream);
    expect(rowsOf(lines)).toHaveLength(100);
    expect(lines.at(-1)?.error?.type).toBe(`/problems/${problem}`);
    throttle.left = 1_000;
    const rest = await readAll(clock, await open({ cursor: lines.at(-1)?.error?.cursor }));
    expect(rowsOf(rest)).toHaveLength(200);
  });

  it('is none for a caller who has gone', async () => {
    const { clock, call, throttle, told } = setUp(50, 0);
    let leave = (): void => {};
    const caller = {
      gone: false,
      onGone(listener: () => void) {
        leave = listener;
        return () => {};
      },
    };
    const begun = call({}, { caller });
    await clock.advance(100);
    leave();
    expect(await begun).toMatchObject({ kind: 'refused' });
    expect([told.begun, throttle.left]).toEqual([0, 0]);
    expect(clock.pending()).toBe(0);
  });

  it('or a stream is what a caller gets who leaves just then, and nothing stays behind', async () => {
    for (let turns = 0; turns < 16; turns += 1) {
      const { clock, call, throttle, told, ended, bounds } = setUp(50, 100);
      bounds.streams = 1;
      throttle.isSlow = true;
      let leave = (): void => {};
      const caller = {
        gone: false,
        onGone(listener: () => void) {
          leave = listener;
          return () => {};
        },
      };
      const begun = call({}, { caller });
      await clock.advance(10);
      void throttle.decide();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      leave();
      const { kind } = await begun;
      await clock.advance(10);
      expect([kind, told.begun, ended.length]).toEqual(
        kind === 'stream' ? ['stream', 1, 1] : ['refused', 0, 0],
      );
      expect(throttle.settled).toHaveLength(1);
      expect(clock.pending()).toBe(0);
      throttle.isSlow = false;
      expect(await call({})).toMatchObject({ kind: 'stream' });
    }
  });
});
