import { describe, expect, it } from 'vitest';
import type { Admission, Ask } from '../../../src/core/throttle/throttle.ts';
import { askFor, inWords, type Scene, setUpScene, type WrittenLimit } from '../../support/throttle-scene.ts';

async function admit({ clock, instance }: Scene, ask: Ask): Promise<Admission> {
  return clock.runUntil(Promise.resolve(instance.throttle.admit(ask)));
}

/** One after the other, in words. */
async function admitAll(scene: Scene, asks: readonly Ask[]): Promise<readonly string[]> {
  const words: string[] = [];
  for (const ask of asks) words.push(inWords(await admit(scene, ask)));
  return words;
}

describe('a decision', () => {
  const limit = { rate: 10, burst: 10 };
  const strict = { strict: true };
  const rows: readonly [string, readonly WrittenLimit[], readonly Ask[], readonly string[], number][] = [
    ['without any limit, nobody is asked', [], [askFor(1_000)], ['1000'], 0],
    ['as if there were none', [{ ...limit, enforce: 'off' }], [askFor(1_000)], ['1000'], 0],
    ['one call each', [limit], [askFor(4), askFor(6)], ['4', '6'], 2],
    ['as much as there is', [limit], [askFor(7), askFor(7)], ['7', '3 over'], 2],
    ['or nothing', [limit], [askFor(7), askFor(7, strict)], ['7', '0 over'], 2],
    [
      'what was refused is remembered',
      [limit],
      [askFor(10), askFor(1), askFor(1)],
      ['10', '0 over', '0 over'],
      2,
    ],
    [
      'what needs less is asked for',
      [limit],
      [askFor(7), askFor(5, strict), askFor(3, strict)],
      ['7', '0 over', '3'],
      3,
    ],
    ['a burst cannot give it, and nobody is asked', [limit], [askFor(11, strict)], ['0 oversize'], 0],
    ['a burst, and not the rest', [limit], [askFor(11)], ['10 over'], 1],
    ['the tightest counts', [{ rate: 50 }, { rate: 99 }, limit], [askFor(11)], ['10 over'], 1],
    [
      'a shadow refuses nobody',
      [{ ...limit, enforce: 'shadow' }],
      [askFor(8), askFor(8), askFor(50, strict)],
      ['8', '8', '50'],
      3,
    ],
  ];
  it.each(rows)('%s', async (_why, limits, asks, words, calls) => {
    const scene = setUpScene(limits);
    expect(await admitAll(scene, asks)).toEqual(words);
    expect(scene.instance.store.calls).toEqual({ charge: calls, adjust: 0 });
  });

  it('needs no promise where there is no limit, a lease, or a remembered refusal', async () => {
    const free = setUpScene([]);
    expect(free.instance.throttle.admit(askFor(1))).not.toBeInstanceOf(Promise);
    const scene = setUpScene([{ rate: 10, burst: 1 }]);
    await admitAll(scene, [askFor(1), askFor(1)]);
    expect(scene.instance.throttle.admit(askFor(1))).not.toBeInstanceOf(Promise);
  });

  it('tells when it is worth asking again, never early, and whom to blame', async () => {
    const scene = setUpScene([{ rate: 1_000 }, { rate: 1_000 }, { rate: 10, burst: 10 }]);
    expect((await admit(scene, askFor(8))).refusal).toBeUndefined();
    const { refusal } = await admit(scene, askFor(5));
    expect(refusal).toMatchObject({ reason: 'over', violated: ['fleet-read'] });
    const retryAfterMs = refusal?.retryAfterMs ?? 0;
    await scene.clock.advance(retryAfterMs - 8);
    expect(inWords(await admit(scene, askFor(3, { strict: true })))).toBe('0 over');
    await scene.clock.advance(8);
    expect(inWords(await admit(scene, askFor(3, { strict: true })))).toBe('3');
  });

  it('does not ask anew at each of many refusals of a fast limit', async () => {
    const scene = setUpScene([{ rate: 100_000, burst: 100_000 }]);
    await admit(scene, askFor(100_000));
    const refused = await admit(scene, askFor(500, { strict: true }));
    expect(refused.refusal?.retryAfterMs).toBe(5);
    await scene.clock.advance(4.9);
    const again = askFor(500, { strict: true });
    expect(scene.instance.throttle.admit(again)).not.toBeInstanceOf(Promise);
    await scene.clock.advance(0.1);
    expect(inWords(await admit(scene, again))).toBe('500');
  });

  it('is never early either where it is remembered', async () => {
    const scene = setUpScene([{ rate: 100, burst: 10 }]);
    await admit(scene, askFor(10));
    await admit(scene, askFor(1));
    const { refusal } = await admit(scene, askFor(6, { strict: true }));
    expect(scene.instance.store.calls.charge).toBe(2);
    await scene.clock.advance(refusal?.retryAfterMs ?? 0);
    expect(inWords(await admit(scene, askFor(6, { strict: true })))).toBe('6');
  });

  it('of a paused application is a refusal, and of no other', async () => {
    const scene = setUpScene([{ rate: 10 }]);
    scene.book.pause('storefront');
    const other = askFor(1, { application: { name: 'search', className: 'frontend' } });
    expect(await admitAll(scene, [askFor(1), other])).toEqual(['0 paused', '1']);
  });

  it('forgets what it was refused when a setting changes', async () => {
    const scene = setUpScene([{ rate: 10, burst: 10 }]);
    expect(await admitAll(scene, [askFor(10), askFor(1)])).toEqual(['10', '0 over']);
    scene.book.set([{ rate: 10, burst: 1_000 }]);
    expect(await admitAll(scene, [askFor(100)])).toEqual(['100']);
  });

  it('goes by the class that an application has now', async () => {
    const scene = setUpScene([
      { rate: 100, enforce: 'off' },
      { rate: 10, burst: 10 },
    ]);
    const moved = askFor(10, { application: { name: 'storefront', className: 'backend' } });
    expect(await admitAll(scene, [askFor(10), moved])).toEqual(['10', '10']);
  });

  it('is counted: used, refused, near, and what a shadow would have refused', async () => {
    const on = setUpScene([{ rate: 10, burst: 10 }]);
    await admitAll(on, [askFor(7), askFor(7), askFor(5)]);
    expect(on.instance.telemetry.counts).toMatchObject({ used: 10, refused: 9, near: 2, shadow: 0 });
    const shadow = setUpScene([{ rate: 10, burst: 10, enforce: 'shadow' }]);
    await admitAll(shadow, [askFor(7), askFor(7)]);
    expect(shadow.instance.telemetry.counts).toMatchObject({ used: 14, refused: 0, shadow: 4 });
  });
});

describe('settling an admission', () => {
  it('gives back what was not used, once, and many in one call', async () => {
    const scene = setUpScene([{ rate: 1, burst: 100 }]);
    const admissions = [await admit(scene, askFor(20)), await admit(scene, askFor(20))];
    for (const admission of admissions) {
      admission.settle(5);
      admission.settle(0);
    }
    await scene.clock.advance(30);
    expect(scene.instance.store.asked.slice(2)).toEqual([{ call: 'adjust', units: -30 }]);
    expect(scene.instance.telemetry.counts.used).toBe(10);
    expect(await admitAll(scene, [askFor(90, { strict: true })])).toEqual(['90']);
  });

  it('owes what was used besides', async () => {
    const scene = setUpScene([{ rate: 1, burst: 100 }]);
    (await admit(scene, askFor(20))).settle(60);
    await scene.clock.advance(30);
    expect(scene.instance.store.asked.at(-1)).toEqual({ call: 'adjust', units: 40 });
    expect(inWords(await admit(scene, askFor(100)))).toBe('40 over');
  });

  it('makes no call for what evens out, or is as it was granted', async () => {
    const scene = setUpScene([{ rate: 1, burst: 100 }]);
    (await admit(scene, askFor(20))).settle(20);
    (await admit(scene, askFor(20))).settle(25);
    (await admit(scene, askFor(20))).settle(15);
    await scene.clock.advance(1_000);
    expect(scene.instance.store.calls.adjust).toBe(0);
  });

  it('counts without a limit, too', async () => {
    const scene = setUpScene([]);
    (await admit(scene, askFor(20))).settle(5);
    expect(scene.instance.telemetry.counts.used).toBe(5);
  });

  it('never fails and is never sent twice, whatever the store does', async () => {
    const scene = setUpScene([{ rate: 1, burst: 100 }]);
    const admission = await admit(scene, askFor(20));
    scene.instance.store.mood = 'silent';
    admission.settle(5);
    await scene.clock.advance(200);
    scene.instance.store.mood = 'well';
    await scene.clock.advance(1_000);
    expect(scene.instance.store.calls.adjust).toBe(1);
  });
});

describe('the standing of an application', () => {
  const application = { name: 'storefront', className: 'frontend' };

  it('is what the store last said, and what time has added', async () => {
    const scene = setUpScene([{ rate: 10, burst: 100 }, { rate: 5 }]);
    const { throttle } = scene.instance;
    expect(throttle.standing(application, 'read')).toMatchObject({
      policy: 'read',
      rate: 10,
      burst: 100,
      remaining: 100,
    });
    await admit(scene, askFor(5));
    expect(throttle.standing(application, 'read')).toMatchObject({ remaining: 95 });
    await scene.clock.advance(300);
    const standing = throttle.standing(application, 'read');
    expect(standing?.remaining).toBe(98);
    expect(standing?.fullInMs).toBeCloseTo(200, -1);
  });

  it('knows what others who charge the limit were told of it, and not of a limit that was', async () => {
    const scene = setUpScene([{ rate: 10, burst: 100 }]);
    const { throttle } = scene.instance;
    const state = { remaining: 0, fullInMs: 10_000, near: true, shadowRefused: 0 };
    const chain = scene.book.chain(application, 'read');
    throttle.note(application, 'read', chain, [state]);
    expect(throttle.standing(application, 'read')).toMatchObject({ remaining: 0, fullInMs: 10_000 });
    scene.book.set([{ rate: 10, burst: 50 }]);
    throttle.note(application, 'read', chain, [state]);
    expect(throttle.standing(application, 'read')).toMatchObject({ remaining: 50, fullInMs: 0 });
  });

  it("is that of this instance's share while the store is down", async () => {
    const scene = setUpScene([{ rate: 10, burst: 100 }], { count: 2 });
    const { throttle, store, breaker } = scene.instance;
    store.mood = 'unreachable';
    for (let asked = 0; asked < 10; asked += 1) await admit(scene, askFor(1));
    expect(breaker.state()).toBe('open');
    await scene.clock.advance(1_000);
    expect(throttle.standing(application, 'read')?.remaining).toBeLessThanOrEqual(5);
    await scene.clock.advance(1_000);
    expect(throttle.standing(application, 'read')?.remaining).toBeGreaterThanOrEqual(9);
    expect(throttle.standing(application, 'read')?.remaining).toBeLessThanOrEqual(10);
    breaker.close();
  });

  it('has nothing for an application that is paused, which is told when to look again', async () => {
    const scene = setUpScene([{ rate: 10, burst: 100 }]);
    scene.book.pause('storefront');
    expect(scene.instance.throttle.standing(application, 'read')).toMatchObject({
      remaining: 0,
      fullInMs: 5_000,
    });
    expect((await admit(scene, askFor(1))).refusal).toMatchObject({ reason: 'paused', retryAfterMs: 5_000 });
  });

  it('is none where only others are limited, or nothing is enforced', () => {
    expect(setUpScene([]).instance.throttle.standing(application, 'read')).toBeUndefined();
    const shadow = setUpScene([{ rate: 10, enforce: 'shadow' }]);
    expect(shadow.instance.throttle.standing(application, 'read')).toBeUndefined();
    const others = setUpScene([{ rate: 10, enforce: 'off' }, { rate: 10 }]);
    expect(others.instance.throttle.standing(application, 'read')).toBeUndefined();
  });
});

describe('the pace of an application', () => {
  const application = { name: 'storefront', className: 'frontend' };

  it('is that of the slowest limit, and of the smallest burst, whosever they are', () => {
    const { instance, book } = setUpScene([
      { rate: 50, burst: 60 },
      { rate: 40, burst: 90 },
    ]);
    expect(instance.throttle.pace(application, 'read')).toEqual({
      perSecond: 40,
      burst: 60,
      isSlowed: false,
    });
    book.set([{ rate: 50, burst: 60 }]);
    expect(instance.throttle.pace(application, 'read')).toEqual({
      perSecond: 50,
      burst: 60,
      isSlowed: false,
    });
  });

  it('is none where nothing is enforced', () => {
    for (const limits of [[], [{ rate: 10, enforce: 'shadow' }], [{ rate: 10, enforce: 'off' }]] as const) {
      expect(setUpScene(limits).instance.throttle.pace(application, 'read')).toBeUndefined();
    }
  });
});
