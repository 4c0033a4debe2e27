import { describe, expect, it } from 'vitest';
import { products } from '../../support/scripted-cluster.ts';
import { createScriptedThrottle } from '../../support/scripted-throttle.ts';
import {
  endWrites,
  openScriptedWrites,
  productRows,
  type ScriptedWritesOptions,
  skus,
} from '../../support/scripted-writes.ts';

/** `perSecond`: of a limit that is slowed. */
function openSlowed(
  perSecond: number,
  { isSlowed = true, ...options }: ScriptedWritesOptions & { isSlowed?: boolean } = {},
) {
  const throttle = createScriptedThrottle();
  throttle.currentPace = { perSecond, burst: 1_000, isSlowed };
  const scene = openScriptedWrites([products], {
    throttle,
    settings: { writeGrouping: 'request' },
    ...options,
  });
  /** Of each message: when it was sent, and its rows. */
  const sends: [atMs: number, rows: number][] = [];
  const end = endWrites(scene.clock, () => ['ok', 5]);
  scene.respond = (write) => {
    sends.push([Math.round(scene.clock.nowMs()), write.changes.length]);
    return end(write);
  };
  const writeAll = async (rows: number): Promise<typeof sends> => {
    const pending = scene.write('products', productRows(...skus(rows)));
    expect((await scene.clock.runUntil(pending)).json.summary.written).toBe(rows);
    return sends;
  };
  return { ...scene, scene, writeAll };
}

describe('the rows of a request', () => {
  it('go out a few at a time while their limit is slowed, twice as fast as it', async () => {
    expect(await openSlowed(100).writeAll(20)).toEqual([
      [0, 4],
      [20, 4],
      [40, 4],
      [60, 4],
      [80, 4],
    ]);
    const single = await openSlowed(100, { settings: { writeGrouping: 'row' } }).writeAll(5);
    expect(single).toEqual([
      [0, 1],
      [5, 1],
      [10, 1],
      [15, 1],
      [20, 1],
    ]);
  });

  it('go out at once while it is not, and where they are few', async () => {
    expect(await openSlowed(100, { isSlowed: false }).writeAll(20)).toEqual([[0, 20]]);
    expect(await openSlowed(1).writeAll(4)).toEqual([[0, 4]]);
  });

  it('are out by the half of their time', async () => {
    const sends = await openSlowed(1).writeAll(40);
    expect(sends).toHaveLength(10);
    expect(sends.at(-1)).toEqual([450, 4]);
  });

  it('go out at once where hardly any time is left for their answers', async () => {
    const { clock, sent, write } = openSlowed(10);
    const pending = write('products', productRows(...skus(40)), { deadlineMs: 400 });
    await clock.advance(1);
    expect(sent).toHaveLength(10);
    expect((await clock.runUntil(pending)).json.summary.written).toBe(40);
  });

  it('do not wait for a node that is silent', async () => {
    const { scene, cluster, clock, write } = openSlowed(1, { settings: { writeGrouping: 'row' } });
    const frozen = cluster.state().nodes[0];
    scene.respond = endWrites(clock, ({ node }) => (node.id === frozen?.id ? ['never'] : ['ok', 1]));
    const pending = write('products', productRows(...skus(60)), { deadlineMs: 2_000 });
    await clock.advance(2_000);
    expect((await pending).json.summary).toEqual({ written: 60, error: 0, unprocessed: 0 });
  });

  it('catch up where the process was held up, and are out in time', async () => {
    const { scene, sent, clock, write } = openSlowed(1);
    scene.respond = endWrites(clock, () => ['ok', 1]);
    const pending = write('products', productRows(...skus(200)));
    // 50 messages, 10 ms apart; each time the process comes 25 ms late.
    for (let turn = 0; turn < 20; turn += 1) await clock.stall(25);
    expect(sent.length).toBeGreaterThanOrEqual(45);
    expect((await clock.runUntil(pending)).json.summary.written).toBe(200);
  });

  it('cost one retry where their only coordinator falls silent, and wait for no pace again', async () => {
    const { scene, sent, clock, write } = openSlowed(1);
    scene.respond = endWrites(clock, ({ node }) => (node.id === sent[0]?.node.id ? ['never'] : ['ok', 1]));
    const pending = write('products', productRows(...skus(40)), { deadlineMs: 2_000 });
    await clock.advance(2_000);
    const { json, account } = await pending;
    expect(json.summary).toEqual({ written: 40, error: 0, unprocessed: 0 });
    expect(account.retries).toBe(1);
  });
});
