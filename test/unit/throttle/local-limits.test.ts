import { describe, expect, it } from 'vitest';
import type { Limit } from '../../../src/core/throttle/limit.ts';
import type { BookedLimit } from '../../../src/core/throttle/limit-book.ts';
import { completeLimit } from '../../../src/core/throttle/limit-rules.ts';
import { LocalLimits } from '../../../src/core/throttle/local-limits.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { askFor, inWords, setUpScene } from '../../support/throttle-scene.ts';

function booked(...limits: readonly (Partial<Limit> & Pick<Limit, 'rate'>)[]): readonly BookedLimit[] {
  return limits.map((limit, index) => ({
    id: `limit-${index}`,
    policy: `policy-${index}`,
    limit: completeLimit(limit),
  }));
}

const local = { rate: 100, burst: 100, onStoreDown: 'local' as const };
const allow = { ...local, onStoreDown: 'allow' as const };
const deny = { ...local, onStoreDown: 'deny' as const };
const shadow = { ...deny, enforce: 'shadow' as const };

describe('the limits of an instance that is cut off, one of four', () => {
  const rows: readonly [string, readonly BookedLimit[], number, number, number, string][] = [
    ['begin empty', booked(local), 0, 10, 1, '0 over'],
    ['fill with a quarter of the rate', booked(local), 400, 20, 1, '10 over'],
    ['up to a quarter of the burst', booked(local), 60_000, 100, 1, '25 over'],
    ['and at least one unit', booked({ ...local, burst: 1 }), 60_000, 1, 1, '1'],
    ['the tightest counts', booked(local, { ...local, rate: 20 }), 400, 20, 1, '2 over'],
    ['more than there can ever be here needs the store', booked(local), 60_000, 26, 26, '0 store-down'],
    ['allow: as if there were none', booked(allow), 0, 1_000, 1_000, '1000'],
    ['allow beside local', booked(allow, local), 400, 20, 1, '10 over'],
    ['deny beats both', booked(allow, local, deny), 60_000, 1, 1, '0 store-down'],
    ['a shadow says nothing', booked(shadow), 0, 1_000, 1_000, '1000'],
  ];
  it.each(rows)('%s', async (_why, chain, afterMs, units, atLeast, words) => {
    const clock = createFakeClock();
    const limits = new LocalLimits(clock, () => 4);
    limits.decide(
      booked({ ...local, rate: 1 }).map((limit) => ({ ...limit, id: 'another' })),
      1,
      1,
    );
    await clock.advance(afterMs);
    const decision = limits.decide(chain, units, atLeast);
    expect(inWords({ ...decision, waitedMs: 0, settle() {} })).toBe(words);
  });

  it('say when to ask again, never early', async () => {
    const clock = createFakeClock();
    const limits = new LocalLimits(clock, () => 4);
    const { refusal } = limits.decide(booked(local), 5, 5);
    expect(refusal).toEqual({ reason: 'over', retryAfterMs: 200, violated: ['policy-0'] });
    await clock.advance(199);
    expect(limits.decide(booked(local), 5, 5).granted).toBe(0);
    await clock.advance(1);
    expect(limits.decide(booked(local), 5, 5).granted).toBe(5);
  });

  it('take back what was not used, up to the burst, and owe what was used besides', async () => {
    const clock = createFakeClock();
    const limits = new LocalLimits(clock, () => 4);
    const chain = booked(local);
    limits.decide(chain, 1, 1);
    await clock.advance(60_000);
    const decision = limits.decide(chain, 25, 1);
    decision.source.settle(5, 0);
    expect(limits.decide(chain, 25, 1).granted).toBe(5);
    decision.source.settle(-10, 0);
    await clock.advance(400);
    expect(limits.decide(chain, 1, 1).granted).toBe(0);
    decision.source.settle(1_000, 0);
    expect(limits.decide(chain, 1_000, 1).granted).toBe(25);
  });

  it('begin empty again with the next time that the store is down', async () => {
    const clock = createFakeClock();
    const limits = new LocalLimits(clock, () => 4);
    limits.decide(booked(local), 1, 1);
    await clock.advance(60_000);
    limits.drop();
    expect(limits.decide(booked(local), 1, 1).granted).toBe(0);
  });
});

describe('the limits of an instance that is cut off, when settings change', () => {
  const begin = async () => {
    const clock = createFakeClock();
    const limits = new LocalLimits(clock, () => 4);
    limits.decide(booked(local), 1, 1);
    await clock.advance(400);
    limits.dropFull();
    return { clock, limits };
  };

  it.each<[string, Limit['rate'], Limit['burst'], number, number]>([
    ['are as they were where they are the same', 100, 100, 10, 10],
    ['keep what they have, and go on with the new rate', 50, 100, 10, 5],
    ['keep no more than the new burst', 100, 8, 2, 2],
  ])('%s', async (_what, rate, burst, before, after) => {
    const { clock, limits } = await begin();
    const changed = booked({ ...local, rate, burst });
    expect(limits.decide(changed, 100, 1).granted).toBe(before);
    await clock.advance(400);
    expect(limits.decide(changed, 100, 1).granted).toBe(after);
  });

  it('give no second burst to a limit that was full', async () => {
    const { clock, limits } = await begin();
    await clock.advance(60_000);
    limits.dropFull();
    expect(limits.decide(booked(local), 100, 1).granted).toBe(25);
    limits.dropFull();
    expect(limits.decide(booked(local), 100, 1).granted).toBe(0);
  });
});

describe('a throttle whose store is down', () => {
  it('leaves to each application what its share has, whatever changes for others', async () => {
    const { clock, instance, book } = setUpScene([{ rate: 100, burst: 100 }]);
    instance.store.mood = 'unreachable';
    await clock.runUntil(Promise.resolve(instance.throttle.admit(askFor(1))));
    await clock.advance(500);
    book.pause('nightly-report');
    expect(inWords(await instance.throttle.admit(askFor(40)))).toBe('40');
    instance.breaker.close();
  });

  it('decides a call that was not answered without the store, within 50 ms, and asks once', async () => {
    const { clock, instance } = setUpScene([{ rate: 1_000, onStoreDown: 'allow' }]);
    instance.store.mood = 'silent';
    const startMs = clock.nowMs();
    const admission = await clock.runUntil(Promise.resolve(instance.throttle.admit(askFor(5))));
    expect(inWords(admission)).toBe('5');
    expect(clock.nowMs() - startMs).toBeLessThanOrEqual(50);
    expect(instance.store.calls.charge).toBe(1);
  });

  it('lets a caller who waits ask again where one call was not answered, also for more than the share', async () => {
    const { clock, instance } = setUpScene([{ rate: 100, burst: 100 }], { count: 4 });
    instance.store.mood = 'silent';
    const waiting = Promise.resolve(instance.throttle.admit(askFor(80, { waitMs: 5_000 })));
    await clock.advance(60);
    instance.store.mood = 'well';
    expect(inWords(await clock.runUntil(waiting))).toBe('80');
  });

  it('does not ask while the breaker is open, and says so where a limit denies', async () => {
    const { clock, instance } = setUpScene([{ rate: 1_000, onStoreDown: 'deny' }]);
    instance.store.mood = 'unreachable';
    const first = await clock.runUntil(Promise.resolve(instance.throttle.admit(askFor(5))));
    const second = instance.throttle.admit(askFor(5));
    expect(first.refusal).toEqual({ reason: 'store-down', retryAfterMs: 1_000, violated: ['read'] });
    expect(second).not.toBeInstanceOf(Promise);
    expect(instance.store.calls.charge).toBe(1);
    instance.breaker.close();
  });

  it('lets through whole what is more than a burst where every limit says to allow', async () => {
    const { clock, instance } = setUpScene([{ rate: 10, burst: 10, onStoreDown: 'allow' }]);
    instance.store.mood = 'unreachable';
    await clock.runUntil(Promise.resolve(instance.throttle.admit(askFor(1))));
    expect(inWords(await instance.throttle.admit(askFor(80)))).toBe('80');
    expect(inWords(await instance.throttle.admit(askFor(80, { waitMs: 500 })))).toBe('80');
    instance.breaker.close();
  });

  it('gives a caller who waits a part of what is more than the share, as one who does not wait', async () => {
    const { clock, instance } = setUpScene([{ rate: 100, burst: 100 }], { count: 4 });
    instance.store.mood = 'unreachable';
    await clock.runUntil(Promise.resolve(instance.throttle.admit(askFor(1))));
    const waiting = instance.throttle.admit(askFor(80, { waitMs: 5_000 }));
    expect(inWords(await clock.runUntil(Promise.resolve(waiting)))).toBe('25 over');
    instance.breaker.close();
  });

  it('spends what it has leased, within its life, and counts as stranded what it cannot give back', async () => {
    const { clock, instance } = setUpScene([{ rate: 1_000, mode: 'lease', onStoreDown: 'deny' }]);
    for (let ms = 0; ms < 1_000; ms += 1) {
      void instance.throttle.admit(askFor(1));
      await clock.advance(1);
    }
    const leased = instance.throttle.leased()[0]?.units ?? 0;
    expect(leased).toBeGreaterThan(10);
    instance.store.mood = 'unreachable';
    let granted = 0;
    for (; granted < 5; granted += 1) {
      const admission = instance.throttle.admit(askFor(1));
      expect(admission).toMatchObject({ granted: 1 });
    }
    await clock.advance(600);
    expect(instance.throttle.leased()).toEqual([]);
    expect(instance.throttle.strandedUnits()).toBe(leased - granted);
    expect(instance.telemetry.counts.stranded).toBe(leased - granted);
    expect(await instance.throttle.admit(askFor(1))).toMatchObject({ refusal: { reason: 'store-down' } });
    instance.breaker.close();
  });

  it('begins empty each time, also where single calls are lost and the breaker stays closed', async () => {
    const { clock, instance } = setUpScene([{ rate: 100, burst: 100 }]);
    const words: string[] = [];
    for (const mood of ['silent', 'well', 'silent'] as const) {
      instance.store.mood = mood;
      words.push(inWords(await clock.runUntil(Promise.resolve(instance.throttle.admit(askFor(10))))));
      await clock.advance(5_000);
    }
    expect(words).toEqual(['0 over', '10', '0 over']);
    expect(instance.breaker.state()).toBe('closed');
  });

  it('is exact again as soon as the store answers', async () => {
    const { clock, instance } = setUpScene([{ rate: 100, burst: 100 }]);
    instance.store.mood = 'unreachable';
    await clock.runUntil(Promise.resolve(instance.throttle.admit(askFor(1))));
    await clock.advance(1_000);
    instance.store.mood = 'well';
    await clock.advance(300);
    expect(inWords(await clock.runUntil(Promise.resolve(instance.throttle.admit(askFor(100)))))).toBe('100');
  });
});

describe('the share of an instance, one of four', () => {
  it('is told once somebody was judged by it, and no more when the store answers', async () => {
    const clock = createFakeClock(1_000);
    const limits = new LocalLimits(clock, () => 4);
    const [limit] = booked(local) as [BookedLimit];
    expect(limits.standing(limit)).toBeUndefined();
    limits.decide([limit], 1, 1);
    await clock.advance(500);
    expect(limits.standing(limit)).toEqual({ remaining: 12, fullInMs: 500 });
    for (const other of booked(allow, deny, shadow)) expect(limits.standing(other)).toBeUndefined();
    limits.drop();
    expect(limits.standing(limit)).toBeUndefined();
  });

  it('tells when there is one unit more, in all of the limits', async () => {
    const clock = createFakeClock(1_000);
    const limits = new LocalLimits(clock, () => 4);
    const chain = booked(local, { ...local, rate: 20 }, { ...allow, rate: 1 });
    limits.decide(chain, 1, 1);
    expect(limits.untilUnitMs(chain)).toBe(200);
    await clock.advance(150);
    expect(limits.untilUnitMs(chain)).toBeCloseTo(50);
    await clock.advance(60);
    expect(limits.untilUnitMs(chain)).toBe(0);
  });
});
