import { describe, expect, it } from 'vitest';
import { ticksPerMs } from '../../src/core/throttle/gcra.ts';
import { LimitBuckets } from '../../src/core/throttle/limit-buckets.ts';
import type { ChargedLimit } from '../../src/core/throttle/limit-store.ts';
import { createMemoryLimitStore, ticksOf } from '../../src/core/throttle/memory-limit-store.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { laterThisYear, type TimedLimitStore } from '../support/limit-histories.ts';
import { describeLimitStore } from './limit-store.suite.ts';

describeLimitStore('limits in memory', async () => {
  const timed: TimedLimitStore = {
    store: createMemoryLimitStore(new LimitBuckets(() => timed.now)),
    now: laterThisYear,
  };
  return timed;
});

describe('limits in memory', () => {
  const limit: ChargedLimit = { id: 'storefront/read', rate: 1_000, burst: 10, enforced: true };

  it('follow the clock of the process', async () => {
    const clock = createFakeClock(12.3456);
    const store = createMemoryLimitStore(new LimitBuckets(ticksOf(clock)));
    await store.charge({ limits: [limit], units: 10, atLeast: 10 });
    await clock.advance(2);
    const verdict = await store.charge({ limits: [limit], units: 10, atLeast: 1 });
    expect(verdict).toMatchObject({ kind: 'granted', units: 2 });
  });

  it('forget those that have been full for a minute, when there are many', () => {
    let now = 0;
    const buckets = new LimitBuckets(() => now);
    const use = (id: string): void => {
      buckets.charge({ limits: [{ ...limit, id }], units: 1, atLeast: 1 });
    };
    for (let round = 0; round < 10; round += 1) {
      for (let at = 0; at < 1_024; at += 1) use(`${round}-${at}`);
      now += 61_000 * ticksPerMs;
    }
    expect(buckets.size).toBeLessThanOrEqual(1_024);
    use('9-0');
    expect(buckets.charge({ limits: [{ ...limit, id: '9-0' }], units: 0, atLeast: 0 })).toMatchObject({
      states: [{ remaining: 9 }],
    });
  });

  it('keep all that are in use, however many', () => {
    const buckets = new LimitBuckets(() => 0);
    const limitOf = (at: number): ChargedLimit => ({ ...limit, id: String(at) });
    for (let at = 0; at < 5_000; at += 1) buckets.charge({ limits: [limitOf(at)], units: 4, atLeast: 4 });
    const left = [...Array(5_000).keys()].filter((at) => {
      const verdict = buckets.charge({ limits: [limitOf(at)], units: 10, atLeast: 1 });
      return verdict.kind !== 'granted' || verdict.units !== 6;
    });
    expect(left).toEqual([]);
  });

  it('judge without a charge until it is taken', () => {
    const buckets = new LimitBuckets(() => 0);
    const charge = { limits: [limit], units: 4, atLeast: 4 };
    const { verdict, take } = buckets.judge(charge);
    expect(verdict).toMatchObject({ kind: 'granted', states: [{ remaining: 6 }] });
    expect(buckets.judge(charge).verdict).toEqual(verdict);
    take();
    expect(buckets.judge(charge).verdict).toMatchObject({ states: [{ remaining: 2 }] });
  });
});
