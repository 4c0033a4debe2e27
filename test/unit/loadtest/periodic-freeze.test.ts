import { describe, expect, it } from 'vitest';
import { PeriodicFreeze } from '../../../loadtest/periodic-freeze.ts';

/** A node, a clock that waits move, and what happened when. `stopAfterMs` is when somebody stops the freezes. */
function frozenWorld(stopAfterMs: number) {
  let nowMs = 0;
  const events: string[] = [];
  const act = (what: string) => async (node: string) => {
    events.push(`${nowMs} ${what} ${node}`);
    // Signals take effect after a while.
    nowMs += 2;
  };
  const ending = Promise.withResolvers<void>();
  const wait = async (durationMs: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    if (nowMs + durationMs < stopAfterMs) {
      nowMs += durationMs;
      return;
    }
    nowMs = stopAfterMs;
    ending.resolve();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
  const cluster = { pause: act('pause'), resume: act('resume') };
  const plan = { node: 'node-7', everyMs: 1_500, forMs: 300 };
  const freeze = new PeriodicFreeze(cluster, plan, wait, () => nowMs);
  const run = async (): Promise<void> => {
    freeze.start();
    await ending.promise;
    await freeze.stop();
  };
  return { events, freeze, cluster, run };
}

describe('periodic freezes', () => {
  it('begin at fixed intervals, however long the signals take', async () => {
    const { events, freeze, run } = frozenWorld(4_400);
    await run();
    expect(events).toEqual([
      '1200 pause node-7',
      '1502 resume node-7',
      '2700 pause node-7',
      '3002 resume node-7',
      '4200 pause node-7',
      '4400 resume node-7',
    ]);
    expect(freeze.freezes).toBe(3);
  });

  it('leave the node running when they are stopped in the middle of one', async () => {
    const { events, run } = frozenWorld(1_300);
    await run();
    expect(events).toEqual(['1200 pause node-7', '1300 resume node-7']);
  });

  it('do nothing when they are stopped before the first', async () => {
    const { events, freeze, run } = frozenWorld(1_000);
    await run();
    expect(events).toEqual([]);
    expect(freeze.frozenMs).toBe(0);
  });

  it('add up how long the node was frozen', async () => {
    const { freeze, run } = frozenWorld(4_400);
    await run();
    // Each from after the pause to after the resumption; the last one was cut short.
    expect(freeze.frozenMs).toBe(302 + 302 + 200);
  });

  it('tell it when the node cannot be frozen', async () => {
    const { cluster } = frozenWorld(10_000);
    cluster.pause = () => Promise.reject(new Error('node-7 is gone'));
    const failing = new PeriodicFreeze(
      cluster,
      { node: 'node-7', everyMs: 2, forMs: 1 },
      async () => undefined,
    );
    failing.start();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(failing.stop()).rejects.toThrow('node-7 is gone');
  });

  it('may be stopped without having been started', async () => {
    const { freeze, events } = frozenWorld(10_000);
    await freeze.stop();
    expect(events).toEqual([]);
  });
});
