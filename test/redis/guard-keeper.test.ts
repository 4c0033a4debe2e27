import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../src/adapters/node/clock.ts';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisFleetStore } from '../../src/adapters/redis/redis-fleet-store.ts';
import { createRedisGuardStore } from '../../src/adapters/redis/redis-guard-store.ts';
import type { RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import { createGuardAdministrator } from '../../src/core/guard/guard-administrator.ts';
import { createGuardKeeper } from '../../src/core/guard/guard-keeper.ts';
import { createLimitBook } from '../../src/core/throttle/live-limit-book.ts';
import { createStoreBreaker } from '../../src/core/throttle/store-breaker.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { optionsFor, untilReady } from '../support/redis-limits.ts';
import { guardSettings, report, storefront } from '../support/steered-fleet.ts';
import { createCountedTelemetry } from '../support/throttle-scene.ts';

function createInstance(redis: RedisConnection, instance: string) {
  const clock = systemClock;
  const telemetry = createCountedTelemetry();
  const breaker = createStoreBreaker({ clock, telemetry, probe: () => redis.call('PING') });
  const book = createLimitBook();
  book.setFile(new Map([['nightly-report/scan', { rate: 1_000 }]]), [storefront, report]);
  const store = createRedisGuardStore(redis);
  const settings = () => guardSettings;
  const keeper = createGuardKeeper({
    store,
    breaker,
    book,
    usage: (seconds) => createRedisFleetStore(redis).usage(seconds),
    clock,
    random: systemRandom,
    telemetry,
    instance,
    settings,
    reserves: () => new Map([['read' as const, new Map([['frontend', 400]])]]),
  });
  const administration = createGuardAdministrator({
    store,
    breaker,
    keeper,
    settings,
    wallMs: () => Date.now(),
  });
  return { book, keeper, administration, breaker };
}

describeWithRedis('two instances with a guard on one Redis', () => {
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

  it('have one leader and the same factor, an operator’s and the guard’s, and go on without the leader', async () => {
    const a = createInstance(redis, 'a');
    const b = createInstance(redis, 'b');
    const within = { timeout: 5_000, interval: 20 };
    const rateOf = ({ book }: typeof a) => book.chain(report, 'scan')[0]?.limit.rate;
    try {
      await a.keeper.start();
      await b.keeper.start();
      expect([a.keeper.view().isLeader, b.keeper.view().isLeader]).toEqual([true, false]);
      expect(b.keeper.view()).toMatchObject({
        leader: 'a',
        epoch: 1,
        steering: { factor: 1, phase: 'open' },
      });

      await b.administration.override(0.3, 'operator 0a1b2c3d');
      await expect.poll(() => [rateOf(a), rateOf(b)], within).toEqual([300, 300]);
      await a.administration.override(null, 'operator 0a1b2c3d');
      await expect
        .poll(() => b.keeper.view(), within)
        .toMatchObject({
          override: null,
          steering: { factor: 0.3, phase: 'hold' },
        });

      for (let lookUp = 0; lookUp < 200; lookUp += 1) b.keeper.observe('frontend', 20);
      await expect.poll(() => a.keeper.view().steering.latency.samples, within).toBe(200);
      await expect.poll(() => b.keeper.view().steering.latency.samples, within).toBe(200);

      await a.keeper.close();
      await expect
        .poll(() => b.keeper.view(), within)
        .toMatchObject({ isLeader: true, leader: 'b', epoch: 2 });
      expect(b.keeper.view().steering.factor).toBe(0.3);
    } finally {
      await a.keeper.close();
      await b.keeper.close();
      a.breaker.close();
      b.breaker.close();
    }
  });
});
