import { describe, expect, it } from 'vitest';
import type { Admission, Ask } from '../../../src/core/throttle/throttle.ts';
import { askFor, inWords, type Scene, setUpScene } from '../../support/throttle-scene.ts';

/** Asks evenly, and for so long that a lease is as large as it gets. Returns units that were granted. */
async function warmUp({ clock, instance }: Scene, unitsPerSecond: number, ms = 2_000): Promise<number> {
  let granted = 0;
  let due = 0;
  for (let passed = 0; passed < ms; passed += 1) {
    due += unitsPerSecond / 1_000;
    if (due >= 1) {
      const admission = instance.throttle.admit(askFor(Math.floor(due)));
      void Promise.resolve(admission).then((known) => {
        granted += known.granted;
      });
      due -= Math.floor(due);
    }
    await clock.advance(1);
  }
  return granted;
}

function leased({ instance }: Scene): number {
  return instance.throttle.leased()[0]?.units ?? 0;
}

/** Decided at once, or the test fails. */
function atOnce({ instance }: Scene, ask: Ask): Admission {
  const admission = instance.throttle.admit(ask);
  if (admission instanceof Promise) throw new Error('asked the store');
  return admission;
}

describe('a lease of an application', () => {
  it('decides at once, and one take is under way', async () => {
    const scene = setUpScene([{ rate: 10_000, mode: 'lease' }]);
    scene.instance.store.latencyMs = 30;
    await warmUp(scene, 1_000);
    const before = scene.instance.store.calls.charge;
    for (let asked = 0; asked < leased(scene); asked += 1) expect(atOnce(scene, askFor(1)).granted).toBe(1);
    expect(scene.instance.store.calls.charge - before).toBeLessThanOrEqual(1);
  });

  it.each([
    ['is in the shadow', { enforce: 'shadow' }],
    ['says to allow then', { onStoreDown: 'allow' }],
  ] as const)('cuts nobody short when the store is lost and the limit %s', async (_why, written) => {
    const scene = setUpScene([{ rate: 10_000, mode: 'lease', ...written }]);
    await warmUp(scene, 1_000);
    scene.instance.store.mood = 'unreachable';
    expect(leased(scene)).toBeGreaterThan(0);
    const more = leased(scene) + 50;
    const admission = await scene.clock.runUntil(
      Promise.resolve(scene.instance.throttle.admit(askFor(more))),
    );
    expect(inWords(admission)).toBe(String(more));
  });

  it('is not worth while for who asks rarely: one exact call each', async () => {
    const scene = setUpScene([{ rate: 10_000, mode: 'lease' }]);
    for (let asked = 0; asked < 10; asked += 1) {
      void scene.instance.throttle.admit(askFor(50));
      await scene.clock.advance(1_000);
    }
    expect(scene.instance.store.calls).toEqual({ charge: 10, adjust: 0 });
    expect(leased(scene)).toBe(0);
  });

  it('leaves it to one exact call what is larger than it', async () => {
    const scene = setUpScene([{ rate: 10_000, mode: 'lease' }]);
    await warmUp(scene, 1_000);
    const before = scene.instance.store.asked.length;
    const large = scene.instance.throttle.admit(askFor(5_000, { strict: true }));
    expect(inWords(await scene.clock.runUntil(Promise.resolve(large)))).toBe('5000');
    expect(scene.instance.store.asked.slice(before)).toContainEqual({
      call: 'charge',
      units: 5_000,
      atLeast: 5_000,
    });
  });

  it('gives back what nobody spends, and then all is there again', async () => {
    const scene = setUpScene([{ rate: 1_000, burst: 5_000, mode: 'lease' }]);
    await warmUp(scene, 1_000);
    const idle = leased(scene);
    expect(idle).toBeGreaterThan(0);
    await scene.clock.advance(600);
    expect(leased(scene)).toBe(0);
    const given = scene.instance.store.asked.filter(({ call }) => call === 'adjust');
    expect(given.reduce((sum, { units }) => sum + units, 0)).toBe(-idle);
    expect(scene.clock.pending()).toBe(0);
  });

  it('takes back in time what an admission did not use, and pays what it used besides', async () => {
    const scene = setUpScene([{ rate: 10_000, mode: 'lease' }]);
    await warmUp(scene, 1_000);
    const before = leased(scene);
    const calls = scene.instance.store.calls.adjust;
    atOnce(scene, askFor(20)).settle(5);
    expect(leased(scene)).toBe(before - 5);
    atOnce(scene, askFor(5)).settle(12);
    expect(leased(scene)).toBe(before - 17);
    expect(scene.instance.store.calls.adjust).toBe(calls);
  });

  it('gives to the store what comes back after its time', async () => {
    const scene = setUpScene([{ rate: 10_000, mode: 'lease' }]);
    await warmUp(scene, 1_000);
    const admission = atOnce(scene, askFor(20));
    await scene.clock.advance(1_000);
    const before = scene.instance.store.asked.length;
    admission.settle(0);
    await scene.clock.advance(100);
    expect(scene.instance.store.asked.slice(before)).toEqual([{ call: 'adjust', units: -20 }]);
  });

  it('leaves a limit alone that has nothing left: refusals need no call and tell when to come', async () => {
    const scene = setUpScene([{ rate: 1_000, mode: 'lease' }]);
    await warmUp(scene, 5_000);
    const before = scene.instance.store.calls.charge;
    let refused = 0;
    for (let asked = 0; asked < 50; asked += 1) {
      const admission = scene.instance.throttle.admit(askFor(5));
      if (admission instanceof Promise || admission.refusal === undefined) continue;
      refused += 1;
      expect(admission.refusal).toMatchObject({ reason: 'over', violated: ['read'] });
      await scene.clock.advance((admission.refusal.retryAfterMs ?? 0) / 100);
    }
    expect(refused).toBeGreaterThan(20);
    expect(scene.instance.store.calls.charge - before).toBeLessThanOrEqual(1);
    scene.instance.breaker.close();
  });

  it('gives all back when it is closed, also what a take under way brings', async () => {
    const scene = setUpScene([{ rate: 1_000, burst: 2_000, mode: 'lease' }]);
    const used = await warmUp(scene, 1_000);
    scene.instance.store.latencyMs = 30;
    while (scene.instance.throttle.admit(askFor(1)) instanceof Promise === false) {
      // Until the lease is empty and a take is under way.
    }
    await scene.clock.runUntil(scene.instance.throttle.close());
    const total = scene.instance.store.asked.reduce(
      (sum, { call, units }) => sum + (call === 'adjust' ? units : 0),
      0,
    );
    expect(total).toBeLessThan(0);
    expect(leased(scene)).toBe(0);
    expect(scene.instance.throttle.strandedUnits()).toBe(0);
    expect(used).toBeGreaterThan(0);
    await scene.clock.advance(2_100);
    expect(
      inWords(await scene.clock.runUntil(Promise.resolve(scene.instance.throttle.admit(askFor(2_000))))),
    ).toBe('2000');
  });

  it('gives back what a take brings that was given up', async () => {
    const scene = setUpScene([{ rate: 1_000, burst: 2_000, mode: 'lease', onStoreDown: 'deny' }]);
    const { throttle, store } = scene.instance;
    await warmUp(scene, 500);
    store.mood = 'lost';
    const takes = store.calls.charge;
    while (store.calls.charge === takes) {
      void throttle.admit(askFor(1));
      await scene.clock.advance(1);
    }
    const taken = store.asked.at(-1)?.units ?? 0;
    await scene.clock.advance(50);
    store.mood = 'well';
    const before = store.asked.length;
    await scene.clock.advance(1_000);
    const given = store.asked.slice(before).reduce((sum, { units }) => sum + units, 0);
    expect(taken).toBeGreaterThan(50);
    expect(-given).toBeGreaterThanOrEqual(taken);
  });

  it('makes nobody wait beyond 50 ms for a store that is slow, and then down', async () => {
    const scene = setUpScene([{ rate: 1_000, mode: 'lease' }]);
    const { throttle, store } = scene.instance;
    store.latencyMs = 40;
    let longestMs = 0;
    for (let ms = 0; ms < 1_500; ms += 1) {
      if (ms === 1_000) store.mood = 'silent';
      for (let asked = 0; asked < 3; asked += 1) {
        const sinceMs = scene.clock.nowMs();
        void Promise.resolve(throttle.admit(askFor(1))).then(() => {
          longestMs = Math.max(longestMs, scene.clock.nowMs() - sinceMs);
        });
      }
      await scene.clock.advance(1);
    }
    expect(longestMs).toBeGreaterThanOrEqual(40);
    expect(longestMs).toBeLessThanOrEqual(50);
    scene.instance.breaker.close();
  });

  it('is given back when its limit changes', async () => {
    const scene = setUpScene([{ rate: 1_000, burst: 2_000, mode: 'lease' }]);
    await warmUp(scene, 500);
    const held = leased(scene);
    scene.book.set([{ rate: 1_000, burst: 3_000, mode: 'exact' }]);
    expect(leased(scene)).toBe(0);
    await scene.clock.advance(50);
    expect(scene.instance.store.asked.at(-1)).toEqual({ call: 'adjust', units: -held });
  });

  it('counts what is here as remaining', async () => {
    const scene = setUpScene([{ rate: 1_000, burst: 1_000, mode: 'lease' }]);
    await warmUp(scene, 500);
    const standing = scene.instance.throttle.standing({ name: 'storefront', className: 'frontend' }, 'read');
    expect(standing?.remaining).toBe(1_000);
  });
});
