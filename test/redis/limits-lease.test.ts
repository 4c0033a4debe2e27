import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { commandsSent, limitOf, oneLimit, startLimiter, threeLimits } from '../bench/limit-fleet.ts';
import { eventually } from '../support/eventually.ts';
import { freshKeys, limited, startLimitedWeir, whileRedisAnswers } from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { chargedUnits, slowRate } from '../support/stored-limits.ts';
import { offerUnits } from '../support/unit-load.ts';

const id = 'storefront/read';
/** It is about leases, and not about a machine that stands still. */
const patienceMs = 5_000;
/** Of `limit-fleet.ts`. */
const fleet = 'weir';

describeWithRedis('limits of which units are leased', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    await server.command('FLUSHALL');
  });
  afterAll(() => server.stop());

  it('ask Redis for a hundredth of the requests at most', async () => {
    const rate = 5_000;
    const limiters = await Promise.all(
      Array.from({ length: 2 }, () =>
        startLimiter(server, threeLimits, limitOf(4 * rate, 'lease'), 2, patienceMs),
      ),
    );
    const sent = async (): Promise<number> =>
      [...(await commandsSent(server)).values()].reduce((sum, calls) => sum + calls, 0);
    const before = await sent();
    const offered = await offerUnits(
      limiters.map(({ engine }) => engine),
      { shares: [0.7, 0.3], unitsPerSecond: rate, unitsPerAsk: 1, seconds: 2.5 },
    );
    const calls = (await sent()) - before;
    expect(offered.asks).toBeGreaterThan(3_000);
    expect(offered.total).toBe(offered.asks);
    expect((calls * 1_000) / offered.asks).toBeLessThanOrEqual(10);
    await Promise.all(limiters.map((limiter) => limiter.close()));
    expect(limiters.map((limiter) => limiter.stranded())).toEqual([0, 0]);
  });

  const asks = { shares: [1], unitsPerSecond: 2_000, unitsPerAsk: 1, seconds: 0.7 } as const;

  it('give back what nobody spends', async () => {
    const limiter = await startLimiter(server, oneLimit, limitOf(slowRate, 'lease', 100_000), 1, patienceMs);
    const { total } = await offerUnits([limiter.engine], asks);
    expect(await chargedUnits(server, fleet, id)).toBeGreaterThan(total);
    expect(limiter.engine.leased()).toMatchObject([{ application: 'storefront', operation: 'read' }]);
    await eventually('everything is back', async () => {
      const charged = await chargedUnits(server, fleet, id);
      return charged === total || undefined;
    });
    expect(limiter.engine.leased()).toEqual([]);
    await limiter.close();
    expect([await chargedUnits(server, fleet, id), limiter.stranded()]).toEqual([total, 0]);
  });

  it('give back at the end what is not spent', async () => {
    const limiters = await Promise.all(
      Array.from({ length: 2 }, () =>
        startLimiter(server, oneLimit, limitOf(slowRate, 'lease', 100_000), 2, patienceMs),
      ),
    );
    const { total } = await offerUnits(
      limiters.map(({ engine }) => engine),
      { ...asks, shares: [0.5, 0.5] },
    );
    expect(await chargedUnits(server, fleet, id)).toBeGreaterThan(total);
    await Promise.all(limiters.map((limiter) => limiter.close()));
    expect(await chargedUnits(server, fleet, id)).toBe(total);
    expect(limiters.map((limiter) => limiter.stranded())).toEqual([0, 0]);
  });

  it('give it back when a whole Weir is stopped', () =>
    whileRedisAnswers(async () => {
      const own = randomUUID();
      const weir = await startLimitedWeir({
        redis: { url: server.url, fleet: own },
        applications: { storefront: limited({ read: { rate: slowRate, burst: 800, mode: 'lease' } }) },
      });
      let admitted = 0;
      for (let times = 0; times < 60; times += 1) admitted += (await weir.lookUp(freshKeys(5))).admitted;
      expect(admitted).toBe(300);
      const leased = (await chargedUnits(server, own, id)) - admitted;
      expect(leased).toBeGreaterThan(0);
      await weir.stop();
      expect(await chargedUnits(server, own, id)).toBe(admitted);
    }));
});
