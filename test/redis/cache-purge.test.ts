import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import {
  type LimitedWeir,
  limited,
  startPair,
  untilDegraded,
  whileRedisAnswers,
} from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';

const purge = '/admin/v1/cache/shop/products';
const keys = ['sku-1', 'sku-2', 'sku-3'];

describeWithRedis('cached rows that are dropped on one instance', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const sourcesOn = async (weir: LimitedWeir): Promise<readonly string[]> => {
    const { body } = await weir.lookUp(keys, { headers: { 'x-debug': '1' } });
    return (body['results'] as readonly { readonly source: string }[]).map(({ source }) => source);
  };
  /** What is read while an instance starts is not kept. */
  const untilKept = (weir: LimitedWeir): Promise<true> =>
    eventually('rows are kept', async () =>
      (await sourcesOn(weir)).every((source) => source === 'cache') ? true : undefined,
    );
  const startBoth = async () => {
    const [a, b] = await startPair({
      redis: { url: server.url, fleet: randomUUID() },
      applications: { storefront: limited({}) },
      tables: { 'shop.products': { cache: { ttl: '60s' } } },
    });
    await Promise.all([untilKept(a), untilKept(b)]);
    return { a, b };
  };
  const heardOn = async (weir: LimitedWeir): Promise<number> =>
    Number((await weir.admin('GET', '/admin/v1/cache')).body['invalidations']);
  const untilHeardOn = (weir: LimitedWeir, count: number): Promise<true> =>
    eventually('the other instance is told', async () => (await heardOn(weir)) === count || undefined, {
      pauseMs: 5,
    });

  it('are dropped on the others: of some keys, and of a table', () =>
    whileRedisAnswers(async () => {
      const { a, b } = await startBoth();
      expect(await heardOn(b)).toBe(0);
      const some = await a.admin('DELETE', purge, { keys: ['sku-1', 'sku-3'] });
      expect(some).toMatchObject({ status: 200, body: { partitions: 2, reach: 'fleet' } });
      await untilHeardOn(b, 1);
      for (const weir of [a, b])
        expect(await sourcesOn(weir)).toEqual(['cassandra', expect.anything(), 'cassandra']);
      await untilKept(b);
      const table = await b.admin('DELETE', purge);
      expect(table).toMatchObject({ status: 200, body: { partitions: 'all', reach: 'fleet' } });
      await untilHeardOn(a, 1);
      for (const weir of [a, b]) expect(await sourcesOn(weir)).toEqual(keys.map(() => 'cassandra'));
      // Each has heard of the other's, and not of its own.
      expect([await heardOn(a), await heardOn(b)]).toEqual([1, 1]);
    }));

  it('are dropped there alone while Redis is away, and that is told', async () => {
    const { a, b } = await startBoth();
    await server.kill();
    try {
      await untilDegraded([a, b], 1);
      const answer = await a.admin('DELETE', purge);
      expect(answer).toMatchObject({ status: 200, body: { partitions: 'all', reach: 'instance' } });
      expect(await sourcesOn(a)).toEqual(keys.map(() => 'cassandra'));
    } finally {
      await server.restart();
    }
    await untilDegraded([a, b], 0);
    // It has lost all that was published: what the others keep expires soon, whatever was lost.
    for (const weir of [a, b]) {
      await eventually('a gap', async () =>
        Number((await weir.admin('GET', '/admin/v1/cache')).body['gaps']) > 0 ? true : undefined,
      );
    }
  });
});
