import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { limitOf, oneLimit, startLimiter } from '../bench/limit-fleet.ts';
import { limited, startPair, whileRedisAnswers } from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { admittedOf, offerUnits, startLookUps, statusesOf } from '../support/unit-load.ts';

const modes = ['exact', 'lease'] as const;
/** It is about sharing, and not about a machine that stands still. */
const patienceMs = 5_000;

describeWithRedis('one limit of several instances', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    await server.command('FLUSHALL');
  });
  afterAll(() => server.stop());

  describe.each(modes)('by %s', (mode) => {
    it.each([
      { rate: 3_000, cost: 1, instances: 4 },
      { rate: 3_000, cost: 50, instances: 2 },
    ])('gives no unit too many, and few too little: $instances instances, $cost at once', async (given) => {
      const { rate, cost, instances } = given;
      const limit = limitOf(rate, mode, rate / 2);
      const limiters = await Promise.all(
        Array.from({ length: instances }, () => startLimiter(server, oneLimit, limit, instances, patienceMs)),
      );
      try {
        const offered = await offerUnits(
          limiters.map(({ engine }) => engine),
          {
            shares: instances === 2 ? [0.9, 0.1] : [0.7, 0.2, 0.08, 0.02],
            unitsPerSecond: 3 * rate,
            unitsPerAsk: cost,
            seconds: 2,
          },
        );
        expect(offered.total).toBeLessThanOrEqual(rate * offered.seconds + limit.burst);
        expect(offered.total).toBeGreaterThanOrEqual(0.85 * rate * offered.seconds);
        // Nobody is left with nothing, however little it asks for.
        expect(Math.min(...offered.granted)).toBeGreaterThan(0);
      } finally {
        await Promise.all(limiters.map((limiter) => limiter.close()));
      }
    });

    it('holds over HTTP', () =>
      whileRedisAnswers(async () => {
        const [rate, burst] = [300, 100];
        const [a, b] = await startPair({
          redis: { url: server.url, fleet: randomUUID() },
          applications: { storefront: limited({ read: { rate, burst, mode } }) },
        });
        const load = startLookUps([
          { weir: a, callers: 5 },
          { weir: b, callers: 1 },
        ]);
        await delay(2_000);
        const answers = await load.stop();
        const admitted = admittedOf(answers);
        expect(admitted).toBeLessThanOrEqual(rate * load.seconds() + burst);
        expect(admitted).toBeGreaterThanOrEqual(0.8 * rate * load.seconds());
        expect(Object.keys(statusesOf(answers))).toEqual(['200', '429']);
      }));
  });
});
