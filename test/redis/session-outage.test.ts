import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/node/clock.ts';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import type { RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import { createRedisSessionStore } from '../../src/adapters/redis/redis-session-store.ts';
import { LimitBuckets } from '../../src/core/throttle/limit-buckets.ts';
import { LocalLimits } from '../../src/core/throttle/local-limits.ts';
import { ticksOf } from '../../src/core/throttle/memory-limit-store.ts';
import { createMemorySessionStore } from '../../src/core/throttle/memory-session-store.ts';
import { createSessionKeeper, type SessionKeeper } from '../../src/core/throttle/session-keeper.ts';
import { createStoreBreaker, type StoreBreaker } from '../../src/core/throttle/store-breaker.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { optionsFor, untilReady } from '../support/redis-limits.ts';
import { bookedLimit } from '../support/session-parts.ts';

const job = { name: 'job', className: 'backend' };
const ttlMs = 30_000;
const connect = bookedLimit('connect', { rate: 1_000, sessions: 5 });
const id = (text: string): string => text.padStart(22, '0');

describeWithRedis('sessions of a Redis that goes away', () => {
  let server: RedisServer;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await server.stop();
  });

  async function startInstance(): Promise<{
    keeper: SessionKeeper;
    breaker: StoreBreaker;
    redis: RedisConnection;
    calls: readonly string[];
  }> {
    const redis = connectRedis(optionsFor(server));
    await untilReady(redis);
    const calls: string[] = [];
    const breaker = createStoreBreaker({
      clock: systemClock,
      telemetry: { storeCall: (name) => void calls.push(name), unexpected() {} },
      probe: () => redis.call('PING'),
    });
    ends.push(
      () => breaker.close(),
      () => redis.close(),
    );
    const keeper = createSessionKeeper({
      store: createRedisSessionStore(redis),
      local: createMemorySessionStore(new LimitBuckets(ticksOf(systemClock)), systemClock),
      locals: new LocalLimits(systemClock, () => 2),
      breaker,
      book: { chain: () => [connect] },
      instances: () => 2,
      clock: systemClock,
    });
    return { keeper, breaker, redis, calls };
  }

  it('are named and renewed while it is frozen, and nobody waits for it', async () => {
    const { keeper, calls } = await startInstance();
    await keeper.open(job, id('a'), ttlMs);
    server.pause();
    try {
      for (let times = 0; times < 20; times += 1) {
        expect(await keeper.isHeld(job, id('a'))).toBe(true);
        expect(await keeper.renew(job, id('a'), ttlMs)).toBe(true);
      }
    } finally {
      server.resume();
    }
    // One that opened it, and at most three that found out.
    expect(calls.filter((name) => name !== 'probe').length).toBeLessThanOrEqual(4);
  });

  it('are known to every instance when it is back, also where it has lost all', async () => {
    const [here, there] = [await startInstance(), await startInstance()];
    await here.keeper.open(job, id('a'), ttlMs);
    await server.kill();
    expect(await here.keeper.renew(job, id('a'), ttlMs)).toBe(true);
    await expect.poll(() => here.keeper.open(job, id('b'), ttlMs)).toMatchObject({ kind: 'opened' });
    await server.restart();
    for (const { breaker } of [here, there]) {
      await expect.poll(() => breaker.state(), { timeout: 10_000 }).toBe('closed');
    }
    await here.keeper.isHeld(job, id('a'));
    for (const session of ['a', 'b']) {
      await expect.poll(() => there.keeper.isHeld(job, id(session)), { timeout: 5_000 }).toBe(true);
    }
    expect(await there.keeper.isHeld(job, id('c'))).toBe(false);
  });
});
