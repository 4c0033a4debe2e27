import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import {
  application,
  type LimiterInstance,
  limitOf,
  startLimiter,
  threeLimits,
} from '../bench/limit-fleet.ts';
import { eventually } from '../support/eventually.ts';
import {
  freshKeys,
  type KeysAnswer,
  type LimitedWeir,
  limited,
  startLimitedWeir,
  whileRedisAnswers,
} from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { callsOf } from '../support/redis-limits.ts';
import { chargedUnits, slowRate, storedValues } from '../support/stored-limits.ts';

const strict = { headers: { prefer: 'handling=strict' } };
/** A correction that Redis did not hear of is lost for good. */
const shortly = { attempts: 100, pauseMs: 20 };
const ids = ['storefront/read', 'class:frontend/read', 'fleet:all/read'];

describeWithRedis('limits that ask at each decision', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    await server.command('FLUSHALL');
  });
  afterAll(() => server.stop());

  describe('by the calls', () => {
    const admit = ({ engine }: LimiterInstance) =>
      engine.admit({
        application,
        operation: 'read',
        units: 1,
        strict: true,
        deadlineMs: performance.now() + 1_000,
      });
    const start = async (): Promise<LimiterInstance> => {
      const limiter = await startLimiter(server, threeLimits, limitOf(10_000, 'exact'), 1, 5_000);
      onTestFinished(() => limiter.close());
      // Redis is shown the script, once.
      await eventually('a first unit', async () => (await admit(limiter)).granted || undefined);
      return limiter;
    };
    const scriptCalls = async (): Promise<number> => {
      const { evalsha = 0, eval: whole = 0 } = await callsOf(server);
      return evalsha + whole;
    };

    it('makes one for a decision on three limits', async () => {
      const limiter = await start();
      const before = await scriptCalls();
      for (let times = 0; times < 300; times += 1) {
        expect(await admit(limiter)).toMatchObject({ granted: 1 });
      }
      expect((await scriptCalls()) - before).toBe(300);
    });

    it('makes one for many decisions that come together', async () => {
      const limiter = await start();
      const before = await scriptCalls();
      const verdicts = await Promise.all(Array.from({ length: 300 }, () => admit(limiter)));
      expect(verdicts.map(({ granted }) => granted)).toEqual(verdicts.map(() => 1));
      expect((await scriptCalls()) - before).toBeLessThanOrEqual(30);
    });
  });

  describe('by what is charged', () => {
    /** Three limits, of which `tightest` gives 10 units and the others 100. */
    const startFleet = async (tightest: string, instances = 1) => {
      const fleet = randomUUID();
      const read = (id: string) => ({ read: { rate: slowRate, burst: id === tightest ? 10 : 100 } });
      const settings = {
        redis: { url: server.url, fleet },
        applications: { storefront: limited(read('storefront/read')) },
        classes: { frontend: { datacenters: ['us-east-1-frontend'], limits: read('class:frontend/read') } },
        limits: read('fleet:all/read'),
      };
      const weirs: LimitedWeir[] = [];
      for (let index = 0; index < instances; index += 1) {
        weirs.push(await startLimitedWeir(settings));
      }
      const charged = () => Promise.all(ids.map((id) => chargedUnits(server, fleet, id)));
      return { weirs, charged, stored: () => storedValues(server, fleet, ids) };
    };

    it.each(ids)('a refusal by %s is none to any limit', (tightest) =>
      whileRedisAnswers(async () => {
        const { weirs, charged, stored } = await startFleet(tightest, 2);
        const [a, b] = weirs as [LimitedWeir, LimitedWeir];
        expect((await a.lookUp(freshKeys(8), strict)).status).toBe(200);
        expect(await charged()).toEqual([8, 8, 8]);
        const before = await stored();
        // The first of each instance is refused by Redis, the others by what is remembered.
        for (const weir of [b, b, a, a]) {
          const refused = await weir.lookUp(freshKeys(3), strict);
          expect(refused).toMatchObject({ status: 429, admitted: 0 });
          expect(Number(refused.headers.get('retry-after-ms'))).toBeGreaterThan(0);
        }
        expect(await stored()).toEqual(before);
        expect((await b.lookUp(freshKeys(2), strict)).status).toBe(200);
        expect(await charged()).toEqual([10, 10, 10]);
        const exhausted = await stored();
        for (const weir of [b, a]) expect((await weir.lookUp(freshKeys(3))).status).toBe(429);
        expect(await stored()).toEqual(exhausted);
      }),
    );

    it('what no burst can give is impossible, and not only too much', () =>
      whileRedisAnswers(async () => {
        const { weirs, stored } = await startFleet('class:frontend/read');
        const [weir] = weirs as [LimitedWeir];
        const refused = await weir.lookUp(freshKeys(11), strict);
        expect(refused.status).toBe(422);
        expect(refused.headers.has('retry-after')).toBe(false);
        expect(await stored()).toEqual([null, null, null]);
      }));

    it('keys are answered as far as the units go', () =>
      whileRedisAnswers(async () => {
        const { weirs, charged } = await startFleet('fleet:all/read');
        const [weir] = weirs as [LimitedWeir];
        const first = await weir.lookUp(freshKeys(6));
        expect([first.status, first.admitted]).toEqual([200, 6]);
        const second = await weir.lookUp(freshKeys(7));
        expect([second.status, second.admitted]).toEqual([200, 4]);
        expect(second.body['summary']).toMatchObject({ unprocessed: 3 });
        expect(await charged()).toEqual([10, 10, 10]);
      }));
  });

  it('charges nothing for rows that are cached or being read already', () =>
    whileRedisAnswers(async () => {
      const fleet = randomUUID();
      const weir = await startLimitedWeir({
        redis: { url: server.url, fleet },
        applications: { storefront: limited({ read: { rate: slowRate, burst: 800 } }) },
        tables: { 'shop.products': { cache: { ttl: '60s', missingTtl: '60s' } } },
      });
      const debug = { headers: { 'x-debug': '1' } };
      const sourcesOf = ({ body }: KeysAnswer): string[] =>
        (body['results'] as readonly { readonly source: string }[]).map(({ source }) => source);
      const isAll = (source: string) => (each: string) => each === source;
      // What is read while an instance starts is not kept.
      const first = freshKeys(1);
      await eventually('rows are kept', async () =>
        sourcesOf(await weir.lookUp(first, debug)).every(isAll('cache')) ? true : undefined,
      );
      const charged = () => chargedUnits(server, fleet, 'storefront/read');
      const used = async () => (await weir.metrics()).sum('weir_limit_used_units_total');
      const before = await charged();
      expect(await used()).toBe(before);
      const keys = freshKeys(20);
      await weir.lookUp(keys);
      expect([await used(), await charged()]).toEqual([before + 20, before + 20]);
      for (let times = 0; times < 5; times += 1) {
        expect(sourcesOf(await weir.lookUp(keys, debug)).every(isAll('cache'))).toBe(true);
      }
      expect([await used(), await charged()]).toEqual([before + 20, before + 20]);
      // Ten callers at once want the same: whoever finds that others read it already gets its units back.
      const wanted = freshKeys(20);
      const answers = await Promise.all(Array.from({ length: 10 }, () => weir.lookUp(wanted, debug)));
      const sources = answers.flatMap(sourcesOf);
      const read = sources.filter(isAll('cassandra')).length;
      expect(sources).toHaveLength(200);
      expect(sources.some(isAll('joined'))).toBe(true);
      const total = before + 20 + read;
      expect(await used()).toBe(total);
      await eventually(
        'units of joiners are back',
        async () => (await charged()) === total || undefined,
        shortly,
      );
    }));
});
