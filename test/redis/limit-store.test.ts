import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisLimitStore } from '../../src/adapters/redis/redis-limit-store.ts';
import type { RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import { ticksPerMs } from '../../src/core/throttle/gcra.ts';
import { LimitBuckets } from '../../src/core/throttle/limit-buckets.ts';
import type { ChargedLimit } from '../../src/core/throttle/limit-store.ts';
import { createMemoryLimitStore } from '../../src/core/throttle/memory-limit-store.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { describeLimitStore } from '../contract/limit-store.suite.ts';
import { laterThisYear, limitHistories, replay, type TimedLimitStore } from '../support/limit-histories.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { apart, callsOf, optionsFor, timedRedisStore, untilReady } from '../support/redis-limits.ts';

describeWithRedis('limits in Redis', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(optionsFor(server));
    await untilReady(redis);
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });

  describeLimitStore('by the clock of the callers', async () => timedRedisStore(redis));

  const own: ChargedLimit = { id: 'storefront/read', rate: 1_000, burst: 100, enforced: true };
  const shadow: ChargedLimit = { id: 'fleet:all/read', rate: 1_000, burst: 30, enforced: false };

  it('answer as those in memory do, in any history', async () => {
    await fc.assert(
      fc.asyncProperty(limitHistories, async (steps) => {
        const inMemory: TimedLimitStore = {
          store: createMemoryLimitStore(new LimitBuckets(() => inMemory.now)),
          now: laterThisYear,
        };
        expect(await replay(timedRedisStore(redis), steps)).toEqual(await replay(inMemory, steps));
      }),
      { numRuns: propertyRuns(400) },
    );
  });

  describe('by the clock of Redis', () => {
    it('give a burst at once, then nothing until it is time, and then as told', async () => {
      const store = createRedisLimitStore(apart(redis));
      const slow = { ...own, rate: 20, burst: 5 };
      const charge = { limits: [slow], units: 5, atLeast: 5 };
      expect(await store.charge(charge)).toMatchObject({ kind: 'granted', states: [{ remaining: 0 }] });
      const refused = await store.charge({ ...charge, units: 1, atLeast: 1 });
      const waitMs = refused.kind === 'refused' ? refused.retryAfterMs : Number.NaN;
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(50);
      await new Promise((resolve) => setTimeout(resolve, Math.ceil(waitMs) + 1));
      expect(await store.charge({ ...charge, units: 1, atLeast: 1 })).toMatchObject({ kind: 'granted' });
    });

    it.each([30_000, 47_000, 90_000])('admit no more than a rate of %i a second', async (rate) => {
      const store = createRedisLimitStore(apart(redis));
      const limits = [{ ...own, rate, burst: 50 }];
      const begin = await microsecondsOf(server);
      let admitted = 0;
      for (let round = 0; round < 100; round += 1) {
        const ask = async (): Promise<void> => {
          const verdict = await store.charge({ limits, units: 50, atLeast: 1 });
          if (verdict.kind === 'granted') admitted += verdict.units;
        };
        await Promise.all(Array.from({ length: 10 }, ask));
      }
      const passed = (await microsecondsOf(server)) - begin;
      expect(admitted).toBeLessThanOrEqual(50 + (rate * passed) / 1e6);
      expect(admitted).toBeGreaterThan(50);
    });
  });

  it('are one script call a decision, whatever the number of limits', async () => {
    const timed = timedRedisStore(redis);
    const limits = [own, { ...own, id: 'class:frontend/read' }, shadow];
    await timed.store.charge({ limits, units: 1, atLeast: 1 });
    await timed.store.adjust(limits, -1);
    await server.command('CONFIG', 'RESETSTAT');
    for (let times = 0; times < 20; times += 1) {
      await timed.store.charge({ limits, units: 9, atLeast: 9 });
      await timed.store.adjust(limits, -1);
    }
    const calls = await callsOf(server);
    expect(calls).toMatchObject({ evalsha: 40 });
    expect(calls).not.toHaveProperty('eval');
    expect(calls).not.toHaveProperty('script|load');
  });

  it('are charged for all limits in one step, also by two instances at once', async () => {
    const other = connectRedis(optionsFor(server));
    await untilReady(other);
    try {
      const here = apart(redis);
      const stores = [redis, other].map((each) =>
        createRedisLimitStore({ ...each, key: here.key, clockArgument: () => String(laterThisYear) }),
      );
      const limits = [own, { ...own, id: 'class:frontend/read', burst: 40 }];
      const verdicts = await Promise.all(
        Array.from({ length: 200 }, (_, at) => stores[at % 2]?.charge({ limits, units: 1, atLeast: 1 })),
      );
      expect(verdicts.filter((verdict) => verdict?.kind === 'granted')).toHaveLength(40);
      const state = await stores[0]?.charge({ limits, units: 0, atLeast: 0 });
      expect(state).toMatchObject({ states: [{ remaining: 60 }, { remaining: 0 }] });
    } finally {
      await other.close();
    }
  });

  it('write nothing when they refuse', async () => {
    await server.command('FLUSHALL');
    const timed = timedRedisStore(redis);
    await timed.store.charge({ limits: [own, shadow], units: 95, atLeast: 95 });
    const before = await everyKey(server);
    await server.command('CONFIG', 'RESETSTAT');
    for (let times = 0; times < 5; times += 1) {
      await timed.store.charge({ limits: [own, shadow], units: 6, atLeast: 6 });
    }
    expect(await everyKey(server)).toEqual(before);
    expect(await callsOf(server)).not.toHaveProperty('set');
  });

  it('leave nothing behind that does not expire', async () => {
    await server.command('FLUSHALL');
    const timed = timedRedisStore(redis);
    const forYears = { ...own, id: 'slow', rate: 1e-3, burst: 100_000 };
    await timed.store.charge({ limits: [own, shadow, forYears], units: 10, atLeast: 10 });
    await timed.store.adjust([own, shadow, forYears], 10);
    const keys = Object.keys(await everyKey(server));
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(Number(await server.command('PTTL', key))).toBeGreaterThan(0);
  });

  it('write every digit of the time', async () => {
    await server.command('FLUSHALL');
    const timed = timedRedisStore(redis);
    timed.now = laterThisYear + 1;
    const limit = { ...own, id: 'digits', rate: 90_000 };
    await timed.store.charge({ limits: [limit], units: 1, atLeast: 1 });
    const stored = Object.values(await everyKey(server));
    expect(stored).toEqual([`${laterThisYear + 1 + 178} 90000 ${laterThisYear + 1}`]);
  });

  it('read a time that stands alone as one of their own rate', async () => {
    await server.command('FLUSHALL');
    const timed = timedRedisStore(redis);
    const charge = { limits: [own], units: 1, atLeast: 1 };
    await timed.store.charge(charge);
    const [key = ''] = Object.keys(await everyKey(server));
    await server.command('SET', key, String(laterThisYear + 100 * ticksPerMs));
    expect(await timed.store.charge(charge)).toMatchObject({ kind: 'refused', retryAfterMs: 1 });
  });

  it('expire when they have been full for a minute', async () => {
    const timed = timedRedisStore(redis);
    await timed.store.charge({ limits: [{ ...own, id: 'minute' }], units: 100, atLeast: 100 });
    const key = Object.keys(await everyKey(server)).find((each) => each.endsWith(':minute')) ?? '';
    const left = Number(await server.command('PTTL', key));
    expect(left).toBeLessThanOrEqual(60_100);
    expect(left).toBeGreaterThan(50_000);
    timed.now += 1_000 * ticksPerMs;
    await timed.store.adjust([{ ...own, id: 'minute' }], -1);
    expect(Number(await server.command('EXISTS', key))).toBe(0);
  });

  it.each(['SCRIPT', 'FLUSHALL'])('go on after %s', async (flush) => {
    const store = createRedisLimitStore(apart(redis));
    const slow = { ...own, rate: 0.1 };
    await store.charge({ limits: [slow], units: 60, atLeast: 60 });
    await server.command(flush, ...(flush === 'SCRIPT' ? ['FLUSH'] : []));
    const verdicts = await Promise.all(
      Array.from({ length: 3 }, () => store.charge({ limits: [slow], units: 10, atLeast: 10 })),
    );
    const left = flush === 'SCRIPT' ? 10 : 70;
    expect(verdicts.map(({ kind }) => kind)).toEqual(['granted', 'granted', 'granted']);
    expect(await store.charge({ limits: [slow], units: 0, atLeast: 0 })).toMatchObject({
      states: [{ remaining: left }],
    });
  });
});

async function everyKey(server: RedisServer): Promise<Readonly<Record<string, unknown>>> {
  const keys = (await server.command('KEYS', '{weir-test}*')) as string[];
  const values = await Promise.all(keys.map((key) => server.command('GET', key)));
  return Object.fromEntries(keys.sort().map((key, at) => [key, values[at]]));
}

async function microsecondsOf(server: RedisServer): Promise<number> {
  const [seconds, microseconds] = (await server.command('TIME')) as readonly string[];
  return Number(seconds) * 1e6 + Number(microseconds);
}
