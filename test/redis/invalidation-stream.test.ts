import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisInvalidationStream } from '../../src/adapters/redis/redis-invalidation-stream.ts';
import type { RedisOptions } from '../../src/adapters/redis/redis-options.ts';
import type { RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import type { Invalidation, InvalidationStream } from '../../src/core/cache/invalidation.ts';
import { type RedisServer, startRedis, startRedisCluster } from '../../topology/launcher/redis.ts';
import { describeInvalidationStream } from '../contract/invalidation-stream.suite.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { callsOf, optionsFor, untilReady } from '../support/redis-limits.ts';

interface Connected {
  readonly redis: RedisConnection;
  readonly stream: InvalidationStream;
}

/** With both of its connections there. */
async function connect(options: RedisOptions): Promise<Connected> {
  const redis = connectRedis(options);
  onTestFinished(() => redis.close());
  await untilReady(redis);
  const stream = createRedisInvalidationStream(redis);
  const end = await stream.end();
  await eventually('a connection to wait on', () => stream.read(end, 0).catch(() => undefined), {
    pauseMs: 5,
  });
  return { redis, stream };
}

const some: Invalidation = { keyspace: 'shop', table: 'products', partitions: ['a'], settleMs: 0 };

describeWithRedis('invalidations in Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    await server.stop();
  });
  /** A fleet of its own. */
  const apart = (): RedisOptions => ({ ...optionsFor(server), fleet: randomUUID() });

  describeInvalidationStream('of one server', async () => {
    const options = apart();
    return { connect: async () => (await connect(options)).stream };
  });

  it('are kept in keys that all expire, and live on while their end is asked for', async () => {
    const { redis, stream } = await connect(apart());
    const keys = [redis.key('invalidations'), redis.key('invalidations', 'state')];
    const left = (): Promise<unknown[]> => Promise.all(keys.map((key) => redis.call('TTL', key)));
    expect(await left()).toEqual([-2, 86_400]);
    await stream.publish('one', some);
    expect(await left()).toEqual([86_400, 86_400]);
    for (const key of keys) await redis.call('EXPIRE', key, 100);
    await stream.end();
    expect(await left()).toEqual([86_400, 86_400]);
    expect(await redis.call('DBSIZE')).toBeGreaterThanOrEqual(2);
  });

  it('take one script call each', async () => {
    const { stream } = await connect(apart());
    await stream.publish('one', some);
    await server.command('CONFIG', 'RESETSTAT');
    await stream.publish('one', some);
    const { evalsha, xadd, xread = 0 } = await callsOf(server);
    expect([evalsha, xadd, xread]).toEqual([1, 1, 0]);
  });

  it('are published also where Redis has forgotten the script', async () => {
    const { stream } = await connect(apart());
    const end = await stream.end();
    await server.command('SCRIPT', 'FLUSH');
    await stream.publish('one', some);
    await server.command('SCRIPT', 'FLUSH');
    expect((await stream.end()).sequence).toBe(1);
    expect(await stream.read(end, 0)).toHaveLength(1);
  });

  it('are bounded: beyond ten thousand the oldest go, which shows in the numbers', async () => {
    const { redis, stream } = await connect(apart());
    await stream.publish('one', some);
    const [first] = await stream.read({ id: '0-0', sequence: 0, epoch: '' }, 0);
    const position = first?.position ?? expect.unreachable('it was published');
    for (let round = 0; round < 12; round += 1) {
      await Promise.all(Array.from({ length: 1_000 }, () => stream.publish('one', some)));
    }
    const length = Number(await redis.call('XLEN', redis.key('invalidations')));
    expect(length).toBeGreaterThanOrEqual(10_000);
    expect(length).toBeLessThan(10_200);
    const [next] = await stream.read(position, 0);
    expect(next?.position.sequence).toBe(12_001 - length + 1);
  });

  describe('that cannot be read', () => {
    const good = { v: '1', i: 'one', k: 'shop', t: 'products', m: '0', a: '1' };
    it.each<[string, Record<string, string>]>([
      ['another version', { ...good, v: '2' }],
      ['no table', { ...good, t: '' }],
      ['a time to settle that is no number', { ...good, m: 'soon' }],
      ['no time to settle', { ...good, m: '' }],
      ['an endless time to settle', { ...good, m: '1e12' }],
      ['neither partitions nor a whole table', { ...good, a: '' }],
      ['partitions that are cut', { ...good, a: '', p: '\0\0\0\u0005ab' }],
      ['nothing but where they stand', {}],
    ])('are told as lost, and where they stand: %s', async (_, fields) => {
      const { redis, stream } = await connect(apart());
      const end = await stream.end();
      const words = Object.entries({ s: '7', e: 'x', ...fields }).flat();
      await redis.call('XADD', redis.key('invalidations'), '*', ...words);
      const [entry] = await stream.read(end, 0);
      expect(entry?.invalidation).toBeUndefined();
      expect(entry?.position).toMatchObject({ sequence: 7, epoch: 'x' });
    });

    it('is only what is not as it is written', async () => {
      const { redis, stream } = await connect(apart());
      const words = Object.entries({ s: '7', e: 'x', ...good }).flat();
      await redis.call('XADD', redis.key('invalidations'), '*', ...words);
      const [entry] = await stream.read({ id: '0-0', sequence: 0, epoch: '' }, 0);
      expect(entry?.invalidation).toEqual({ ...some, partitions: 'all' });
    });

    it('also where they do not say where they stand', async () => {
      const { redis, stream } = await connect(apart());
      await redis.call('XADD', redis.key('invalidations'), '*', 'foreign', 'entry');
      const [entry] = await stream.read({ id: '0-0', sequence: 0, epoch: '' }, 0);
      expect(entry).toMatchObject({ invalidation: undefined, instance: '', position: { epoch: '' } });
      expect(entry?.position.sequence).toBeNaN();
    });
  });

  it('have another beginning after FLUSHALL, and count from one again', async () => {
    const { stream } = await connect(apart());
    await stream.publish('one', some);
    const before = await stream.end();
    await server.command('FLUSHALL');
    const after = await stream.end();
    expect([before.sequence, after.sequence, after.epoch === before.epoch]).toEqual([1, 0, false]);
    await stream.publish('one', some);
    expect((await stream.read(after, 0))[0]?.position).toMatchObject({ sequence: 1, epoch: after.epoch });
  });
});

describeWithRedis('invalidations in a Redis Cluster', () => {
  let group: Awaited<ReturnType<typeof startRedisCluster>>;
  beforeAll(async () => {
    group = await startRedisCluster();
  });
  afterAll(async () => {
    await group.stop();
  });

  describeInvalidationStream('of three masters', async () => {
    const nodes = group.servers.map(({ host, port }) => ({ host, port }));
    const options = { servers: { kind: 'cluster', nodes }, fleet: randomUUID(), clock: 'redis' } as const;
    return { connect: async () => (await connect(options)).stream };
  });
});
