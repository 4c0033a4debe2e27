import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import type { RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import { createRedisSessionStore } from '../../src/adapters/redis/redis-session-store.ts';
import { ticksPerMs } from '../../src/core/throttle/gcra.ts';
import { LimitBuckets } from '../../src/core/throttle/limit-buckets.ts';
import { createMemorySessionStore } from '../../src/core/throttle/memory-session-store.ts';
import type { SessionCap, SessionStore } from '../../src/core/throttle/sessions.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { describeSessionStore, type SessionStoreFixture } from '../contract/session-store.suite.ts';
import { laterThisYear } from '../support/limit-histories.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { apart, callsOf, optionsFor, untilReady } from '../support/redis-limits.ts';

describeWithRedis('sessions in Redis', () => {
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

  /** By the clock of the callers, which stands. */
  const timedStore = (): SessionStoreFixture => {
    let ticks = laterThisYear;
    return {
      store: createRedisSessionStore({ ...apart(redis), clockArgument: () => String(ticks) }),
      advance: (ms) => {
        ticks += ms * ticksPerMs;
      },
    };
  };
  const inMemory = (): SessionStoreFixture => {
    let nowMs = laterThisYear / ticksPerMs;
    const clock = { nowMs: () => nowMs };
    return {
      store: createMemorySessionStore(new LimitBuckets(() => nowMs * ticksPerMs), clock),
      advance: (ms) => {
        nowMs += ms;
      },
    };
  };
  const cap = (sessions: number): SessionCap => ({ id: 'job/connect', sessions, enforced: true });
  const session = { application: 'job', ttlMs: 30_000, limits: [], caps: [cap(3)] };

  describeSessionStore('as every store', async () => timedStore());

  const ofTwo = fc.constantFrom('job', 'other');
  const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const caps = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), fc.boolean(), fc.boolean())
    .map(([own, ofClass, ownHolds, classHolds]) => (application: string): SessionCap[] => [
      { id: `${application}/connect`, sessions: own, enforced: ownHolds },
      { id: 'class:backend/connect', sessions: ofClass, enforced: classHolds },
    ]);
  const ttls = fc.constantFrom(1, 100, 250, 1_000);
  const rate = { id: 'class:backend/connect', rate: 20, burst: 3, enforced: true };
  const histories = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('move' as const), ms: fc.integer({ min: 0, max: 400 }) }),
      fc.record({
        kind: fc.constantFrom('open' as const, 'open' as const, 'renew' as const, 'close' as const),
        application: ofTwo,
        id: ids,
        ttlMs: ttls,
        caps,
      }),
    ),
    { maxLength: 40 },
  );

  const replay = async (
    { store, advance }: SessionStoreFixture,
    history: typeof histories extends fc.Arbitrary<infer T> ? T : never,
  ): Promise<readonly unknown[]> => {
    const answers: unknown[] = [];
    for (const step of history) {
      if (step.kind === 'move') {
        advance(step.ms);
        continue;
      }
      const { application, id, ttlMs } = step;
      const call = { application, id, ttlMs, caps: step.caps(application) };
      if (step.kind === 'open') answers.push(await store.open({ ...call, limits: [rate] }));
      else answers.push(await store[step.kind](call));
      answers.push(await store.held(['job', 'other']), await store.isHeld('job', id));
    }
    return answers;
  };

  it('answer as those in memory do, in any history', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        expect(await replay(timedStore(), history)).toEqual(await replay(inMemory(), history));
      }),
      { numRuns: propertyRuns(150) },
    );
  });

  it('are held for every instance, and by the clock of Redis where that counts', async () => {
    const other = connectRedis(optionsFor(server));
    await untilReady(other);
    try {
      const { key } = apart(redis);
      const [here, there] = [redis, other].map((each) => createRedisSessionStore({ ...each, key })) as [
        SessionStore,
        SessionStore,
      ];
      await here.open({ ...session, id: 'a', ttlMs: 60 });
      expect(await there.isHeld('job', 'a')).toBe(true);
      expect(await there.renew({ ...session, id: 'a', ttlMs: 40 })).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 45));
      expect(await here.isHeld('job', 'a')).toBe(false);
      const opened = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          (index % 2 === 0 ? here : there).open({ ...session, id: `s${index}` }),
        ),
      );
      expect(opened.filter(({ kind }) => kind === 'opened')).toHaveLength(3);
    } finally {
      await other.close();
    }
  });

  it('are one script call an operation, rate and caps included', async () => {
    const { store } = timedStore();
    const limits = [{ id: 'job/connect', rate: 1_000, burst: 1_000, enforced: true }];
    const run = async (id: string): Promise<void> => {
      await store.open({ ...session, id, limits });
      await store.renew({ ...session, id });
      await store.isHeld('job', id);
      await store.close({ ...session, id });
    };
    await run('a');
    await server.command('CONFIG', 'RESETSTAT');
    for (let times = 0; times < 10; times += 1) await run(`b${times}`);
    expect(await callsOf(server)).toMatchObject({ evalsha: 40 });
  });

  it('leave nothing behind that does not expire with the last of them', async () => {
    await server.command('FLUSHALL');
    const { store } = timedStore();
    const caps = [cap(3), { id: 'fleet:all/connect', sessions: 9, enforced: true }];
    const limits = [{ id: 'job/connect', rate: 10, burst: 10, enforced: true }];
    await store.open({ ...session, id: 'a', ttlMs: 3_600_000, limits, caps });
    await store.open({ ...session, id: 'b', ttlMs: 1_000, limits, caps });
    await store.renew({ ...session, id: 'b', ttlMs: 500, caps });
    const keys = (await redis.call('KEYS', '*')) as readonly string[];
    expect(keys).toHaveLength(3);
    const expiries = await Promise.all(keys.map(async (key) => Number(await redis.call('PTTL', key))));
    expect(Math.min(...expiries)).toBeGreaterThan(0);
    // A minute longer than the sessions: the clocks of callers differ.
    expect(Math.max(...expiries)).toBeGreaterThan(3_600_000);
    expect(Math.max(...expiries)).toBeLessThanOrEqual(3_660_000);
  });

  it('forget thousands that ended together little by little, and count none of them', async () => {
    const { store, advance } = timedStore();
    const caps = [cap(5_000)];
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        store.open({ ...session, id: `s${index}`, ttlMs: 100, caps }),
      ),
    );
    expect(await store.held(['job'])).toEqual(new Map([['job', 1_000]]));
    advance(100);
    expect(await store.held(['job'])).toEqual(new Map([['job', 0]]));
    expect((await store.open({ ...session, id: 'a', caps: [cap(1)] })).kind).toBe('opened');
    expect(await store.open({ ...session, id: 'b', caps: [cap(1)] })).toMatchObject({
      reason: 'connect-sessions',
      retryAfterMs: 30_000,
    });
  });

  it('reject with a store error where Redis is gone', async () => {
    const lost = await startRedis();
    const connection = connectRedis(optionsFor(lost));
    await untilReady(connection);
    await lost.stop();
    const store = createRedisSessionStore(connection);
    await expect(store.isHeld('job', 'a')).rejects.toMatchObject({ name: 'StoreError' });
    await connection.close();
  });
});
