import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisPermitStore } from '../../src/adapters/redis/redis-permit-store.ts';
import type { RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import { ticksPerMs } from '../../src/core/throttle/gcra.ts';
import { permitBounds } from '../../src/core/throttle/permit-bounds.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { describePermitStore, type PermitStoreFixture } from '../contract/permit-store.suite.ts';
import { laterThisYear } from '../support/limit-histories.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { apart, callsOf, optionsFor, untilReady } from '../support/redis-limits.ts';

describeWithRedis('permits in Redis', () => {
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
  const timedStore = (): PermitStoreFixture => {
    let ticks = laterThisYear;
    return {
      store: createRedisPermitStore({ ...apart(redis), clockArgument: () => String(ticks) }),
      advance: (ms) => {
        ticks += ms * ticksPerMs;
      },
    };
  };
  const limits = [
    { id: 'job/scan', rate: 1_000, burst: 100, enforced: true },
    { id: 'fleet:all/scan', rate: 1_000, burst: 500, enforced: true },
  ];
  const permit = { application: 'job', operation: 'scan', limits, ttlMs: 1_000 };

  describePermitStore('as every store', async () => timedStore());

  it('are known to every instance, which charge one id once between them', async () => {
    const other = connectRedis(optionsFor(server));
    await untilReady(other);
    try {
      const { key } = apart(redis);
      const clockArgument = (): string => String(laterThisYear);
      const stores = [redis, other].map((each) => createRedisPermitStore({ ...each, key, clockArgument }));
      const verdicts = await Promise.all(
        Array.from({ length: 20 }, (_, at) => stores[at % 2]?.take({ ...permit, permitId: 'a', units: 60 })),
      );
      expect(verdicts.filter((verdict) => verdict?.kind === 'granted' && !verdict.repeated)).toHaveLength(1);
      expect(await stores[1]?.take({ ...permit, permitId: 'b', units: 100 })).toMatchObject({ units: 40 });
      const returns = await Promise.all(
        stores.map((store) => store.giveBack({ application: 'job', permitId: 'a', units: 50 })),
      );
      expect(returns.map(({ kind }) => kind).sort()).toEqual(['returned', 'unknown']);
    } finally {
      await other.close();
    }
  });

  it('are one script call to take, a read and a script call to give back', async () => {
    const { store } = timedStore();
    const run = async (permitId: string): Promise<void> => {
      await store.take({ ...permit, permitId, units: 10 });
      await store.giveBack({ application: 'job', permitId, units: 10 });
    };
    await run('a');
    await server.command('CONFIG', 'RESETSTAT');
    for (let times = 0; times < 10; times += 1) await run(`b${times}`);
    expect(await callsOf(server)).toMatchObject({ evalsha: 20, hget: 10 });
  });

  it('are remembered for a minute, whatever becomes of them', async () => {
    await server.command('FLUSHALL');
    const { store } = timedStore();
    await store.take({ ...permit, permitId: 'a', units: 100 });
    await store.giveBack({ application: 'job', permitId: 'a', units: 10 });
    await store.take({ ...permit, permitId: 'b', units: 20 });
    await store.take({ ...permit, permitId: 'refused', units: 20 });
    const keys = (await redis.call('KEYS', '*')) as readonly string[];
    const names = keys.map((key) => key.split(':').slice(2).join(':')).sort();
    expect(names).toEqual([
      'limit:fleet:all/scan',
      'limit:job/scan',
      'permit:job:a',
      'permit:job:b',
      'permits:job',
    ]);
    for (const key of keys) {
      const expiryMs = Number(await redis.call('PTTL', key));
      expect(expiryMs).toBeGreaterThan(permitBounds.rememberedMs - 5_000);
      expect(expiryMs).toBeLessThanOrEqual(permitBounds.rememberedMs + 1_000);
    }
  });

  it('are refused, and blame no limit, where more would have to be remembered than may be', async () => {
    const here = apart(redis);
    const store = createRedisPermitStore(here);
    await store.take({ ...permit, permitId: 'a', units: 1 });
    await redis.call('SET', here.key('permits', 'job'), String(permitBounds.mostRemembered), 'KEEPTTL');
    const refused = await store.take({ ...permit, permitId: 'b', units: 1 });
    expect(refused).toMatchObject({ kind: 'refused', violated: [] });
    const waitMs = refused.kind === 'refused' ? refused.retryAfterMs : 0;
    expect(waitMs).toBeGreaterThan(permitBounds.rememberedMs - 5_000);
    expect(await store.take({ ...permit, permitId: 'a', units: 1 })).toMatchObject({ repeated: true });
    expect(await store.take({ ...permit, application: 'other', permitId: 'b', units: 1 })).toMatchObject({
      kind: 'granted',
    });
  });

  it('reject with a store error where Redis is gone', async () => {
    const lost = await startRedis();
    const connection = connectRedis(optionsFor(lost));
    await untilReady(connection);
    await lost.stop();
    const store = createRedisPermitStore(connection);
    await expect(store.take({ ...permit, permitId: 'a', units: 1 })).rejects.toMatchObject({
      name: 'StoreError',
    });
    await connection.close();
  });
});
