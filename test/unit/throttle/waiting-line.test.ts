import { describe, expect, it } from 'vitest';
import type { Ask, CallerWatch } from '../../../src/core/throttle/throttle.ts';
import { offerLoad } from '../../support/fleet-load.ts';
import { askFor, inWords, type Scene, setUpScene, type WrittenLimit } from '../../support/throttle-scene.ts';

/** One unit each 10 ms, ten at once; the burst is used up. */
async function setUpLine(change: Partial<WrittenLimit> = {}, waiting = 10) {
  const scene = setUpScene([{ rate: 100, burst: 10, ...change }], {
    bounds: { waiting, longestWaitMs: 2_000 },
  });
  await scene.clock.runUntil(Promise.resolve(scene.instance.throttle.admit(askFor(10, { waitMs: 0 }))));
  const startMs = scene.clock.nowMs();
  const ends: string[] = [];
  const ask = (name: string, units: number, further: Partial<Ask> = {}): void => {
    void Promise.resolve(scene.instance.throttle.admit(askFor(units, { waitMs: 1_000, ...further }))).then(
      (admission) =>
        ends.push(`${name}: ${inWords(admission)} at ${Math.round(scene.clock.nowMs() - startMs)}`),
    );
  };
  return { scene, ends, ask };
}

function createCaller(): CallerWatch & { leave(): void } {
  const listeners = new Set<() => void>();
  let gone = false;
  return {
    get gone() {
      return gone;
    },
    onGone(listener) {
      if (gone) listener();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    leave() {
      gone = true;
      for (const listener of [...listeners]) listener();
    },
  };
}

function names(ends: readonly string[]): readonly string[] {
  return ends.map((end) => end.split(' at ')[0] ?? '');
}

async function pass({ clock }: Scene, ms: number): Promise<void> {
  await clock.advance(ms);
}

describe('waiting for a limit', () => {
  it('serves in the order of coming: who would fit does not overtake', async () => {
    const { scene, ends, ask } = await setUpLine();
    ask('large', 8);
    await pass(scene, 5);
    ask('small', 1);
    ask('second', 1);
    await pass(scene, 500);
    expect(names(ends)).toEqual(['large: 8', 'small: 1', 'second: 1']);
    expect(ends[0]).toMatch(/ at 8\d$/);
  });

  it('lets nobody by who does not wait', async () => {
    const { scene, ends, ask } = await setUpLine();
    ask('large', 8);
    await pass(scene, 50);
    ask('in a hurry', 1, { waitMs: 0 });
    await pass(scene, 500);
    expect(names(ends)).toEqual(['in a hurry: 0 over', 'large: 8']);
  });

  it('takes all that is wanted, and at the end of its time what there is', async () => {
    const { scene, ends, ask } = await setUpLine();
    ask('lenient', 9, { waitMs: 55 });
    await pass(scene, 500);
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatch(/^lenient: 5 over at 5\d$/);
  });

  it('refuses who takes all or nothing as soon as its time cannot be enough', async () => {
    const { scene, ends, ask } = await setUpLine();
    ask('strict', 9, { waitMs: 55, strict: true });
    await pass(scene, 5);
    expect(names(ends)).toEqual(['strict: 0 over']);
  });

  it('gives nothing at the end of its time to who has others in front', async () => {
    const { scene, ends, ask } = await setUpLine();
    ask('large', 10);
    await pass(scene, 5);
    ask('behind', 5, { waitMs: 50 });
    await pass(scene, 500);
    expect(names(ends)).toEqual(['behind: 0 over', 'large: 10']);
  });

  it('ends with the deadline, and with the longest wait', async () => {
    const { scene, ends, ask } = await setUpLine({ rate: 0.1 });
    ask('deadline', 1, { waitMs: 60_000, deadlineMs: scene.clock.nowMs() + 100 });
    await pass(scene, 110);
    expect(names(ends)).toEqual(['deadline: 0 over']);
    ask('longest', 1, { waitMs: 60_000 });
    await pass(scene, 1_980);
    expect(ends).toHaveLength(1);
    await pass(scene, 30);
    expect(names(ends)[1]).toBe('longest: 0 over');
  });

  it('is bounded in number', async () => {
    const { scene, ends, ask } = await setUpLine({}, 2);
    for (const name of ['one', 'two']) ask(name, 1);
    await pass(scene, 2);
    ask('three', 1);
    await pass(scene, 500);
    expect(names(ends)).toEqual(['three: 0 queue-full', 'one: 1', 'two: 1']);
  });

  it('is what a limit can say for who does not say', async () => {
    const { scene, ends, ask } = await setUpLine({ onOver: 'wait' });
    ask('silent', 5, { waitMs: undefined });
    ask('in a hurry', 5, { waitMs: 0 });
    await pass(scene, 500);
    expect(names(ends)).toEqual(['in a hurry: 0 over', 'silent: 5']);
    expect(scene.instance.telemetry.counts.waits).toHaveLength(1);
  });

  it('ends at once when the caller has gone, and the next one is first', async () => {
    const { scene, ends, ask } = await setUpLine();
    const caller = createCaller();
    ask('gone', 10, { caller });
    ask('next', 2);
    await pass(scene, 30);
    caller.leave();
    await pass(scene, 100);
    expect(names(ends)).toEqual(['gone: 0 gone', 'next: 2']);
    expect(ends[1]).toMatch(/ at 3\d$/);
  });

  it('gives back what is granted to who went while the store was asked', async () => {
    const { scene, ends, ask } = await setUpLine();
    scene.instance.store.latencyMs = 10;
    const caller = createCaller();
    ask('gone', 5, { caller });
    while (scene.instance.store.calls.charge < 3) await pass(scene, 1);
    caller.leave();
    await pass(scene, 100);
    expect(ends).toHaveLength(1);
    expect(scene.instance.store.asked.at(-1)).toEqual({ call: 'adjust', units: -5 });
  });

  it('is not for those who could have had it at once: many are asked for together', async () => {
    const { scene, ends, ask } = await setUpLine();
    ask('large', 6);
    await pass(scene, 2);
    for (const name of ['a', 'b', 'c', 'd']) ask(name, 1);
    await pass(scene, 500);
    expect(names(ends)).toEqual(['large: 6', 'a: 1', 'b: 1', 'c: 1', 'd: 1']);
    expect(scene.instance.store.calls.charge).toBeLessThanOrEqual(8);
  });

  it('does not delay another application', async () => {
    const { scene, ask } = await setUpLine();
    for (let asked = 0; asked < 5; asked += 1) ask('waits', 10);
    await pass(scene, 5);
    const application = { name: 'search', className: 'frontend' };
    const before = scene.clock.nowMs();
    await scene.clock.runUntil(Promise.resolve(scene.instance.throttle.admit(askFor(10, { application }))));
    expect(scene.clock.nowMs() - before).toBe(1);
  });

  it('hears of new limits, a pause, and the end', async () => {
    const { scene, ends, ask } = await setUpLine({ rate: 0.1 });
    ask('first', 5);
    await pass(scene, 10);
    scene.book.set([{ rate: 10_000, burst: 1_000 }]);
    await pass(scene, 250);
    expect(names(ends)).toEqual(['first: 5']);
    scene.book.set([{ rate: 0.1, burst: 10 }]);
    await pass(scene, 10);
    await scene.clock.runUntil(Promise.resolve(scene.instance.throttle.admit(askFor(10))));
    ask('third', 10);
    await pass(scene, 10);
    ask('fourth', 10);
    await pass(scene, 10);
    ask('fifth', 10);
    scene.book.pause('storefront');
    await pass(scene, 10);
    const paused = ['fifth: 0 paused', 'fourth: 0 paused', 'third: 0 paused'];
    expect(names(ends).slice(1).toSorted()).toEqual(paused);
  });

  it('gives a burst as it is now to who takes fewer units as well, and refuses who does not', async () => {
    const { scene, ends, ask } = await setUpLine();
    ask('lenient', 9);
    await pass(scene, 5);
    ask('strict', 9, { strict: true });
    await pass(scene, 5);
    scene.book.set([{ rate: 100, burst: 5 }]);
    await pass(scene, 500);
    expect(names(ends)).toEqual(['lenient: 5 over', 'strict: 0 oversize']);
  });

  it('gives more than a burst of before where the burst is larger now', async () => {
    const { scene, ends, ask } = await setUpLine();
    ask('lenient', 30);
    await pass(scene, 5);
    scene.book.set([{ rate: 1_000, burst: 50 }]);
    await pass(scene, 500);
    expect(names(ends)).toEqual(['lenient: 30']);
  });

  it.each([
    [10_000, 9_750],
    [1_000, 750],
    [200, 150],
    [40, 20],
  ])(
    'of %i ms until the deadline, ends after %i ms: what is granted can still be used',
    async (leftMs, endsMs) => {
      const scene = setUpScene([{ rate: 0.1, burst: 10 }], {
        bounds: { waiting: 10, longestWaitMs: 20_000 },
      });
      await scene.clock.runUntil(Promise.resolve(scene.instance.throttle.admit(askFor(10))));
      await scene.clock.advance(10);
      const deadlineMs = scene.clock.nowMs() + leftMs;
      let waitedMs: number | undefined;
      const ask = askFor(5, { waitMs: 20_000, deadlineMs });
      void Promise.resolve(scene.instance.throttle.admit(ask)).then((admission) => {
        waitedMs = admission.waitedMs;
      });
      await scene.clock.advance(endsMs - 2);
      expect(waitedMs).toBeUndefined();
      await scene.clock.advance(4);
      expect(waitedMs).toBeLessThanOrEqual(endsMs + 2);
    },
  );

  it('is none where it would be over already', async () => {
    const { scene, ends, ask } = await setUpLine();
    await pass(scene, 50);
    ask('late', 10, { deadlineMs: scene.clock.nowMs() + 20 });
    await pass(scene, 2);
    expect(names(ends)).toEqual(['late: 5 over']);
    expect(scene.instance.telemetry.counts.waits).toEqual([]);
  });

  it('does not go by an answer of before a change', async () => {
    const { scene, ends, ask } = await setUpLine({ rate: 0.1 });
    scene.instance.store.latencyMs = 10;
    ask('asked', 5);
    await pass(scene, 5);
    scene.book.set([]);
    await pass(scene, 10);
    expect(names(ends)).toEqual(['asked: 5']);
  });

  it('ends when the throttle is closed, and leaves no timer', async () => {
    const { scene, ends, ask } = await setUpLine({ rate: 0.1 });
    ask('first', 5);
    ask('second', 5);
    await pass(scene, 10);
    await scene.clock.runUntil(scene.instance.throttle.close());
    expect(names(ends)).toEqual(['first: 0 over', 'second: 0 over']);
    expect(scene.clock.pending()).toBe(0);
  });

  it('goes on without the store as each limit says', async () => {
    const { scene, ends, ask } = await setUpLine({ rate: 0.1, onStoreDown: 'allow' });
    ask('first', 5);
    await pass(scene, 10);
    scene.instance.store.mood = 'unreachable';
    void scene.instance.breaker.run('charge', () => scene.instance.store.probe()).catch(() => {});
    await pass(scene, 1);
    expect(names(ends)).toEqual(['first: 5']);
    scene.instance.breaker.close();
  });

  it.each(['exact', 'lease'] as const)('uses the whole rate (%s), and is never above it', async (mode) => {
    const rate = 1_000;
    const scene = setUpScene([{ rate, mode, onOver: 'wait' }], {
      count: 2,
      bounds: { waiting: 50, longestWaitMs: 5_000 },
    });
    const load = { ...scene, shares: [0.8, 0.2], unitsPerSecond: 2 * rate, unitsPerAsk: 10, seconds: 5 };
    const count = await offerLoad(load);
    expect(count.mostAbove(rate)).toBeLessThanOrEqual(rate);
    expect(((count.bySecond[4] ?? 0) - (count.bySecond[1] ?? 0)) / (3 * rate)).toBeGreaterThan(0.97);
  });
});
