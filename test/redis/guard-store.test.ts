import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisGuardStore } from '../../src/adapters/redis/redis-guard-store.ts';
import type { RedisCommands, RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import { guardBounds } from '../../src/core/guard/guard-bounds.ts';
import { type RedisServer, startRedis, startRedisCluster } from '../../topology/launcher/redis.ts';
import { countsOf, describeGuardStore, steering } from '../contract/guard-store.suite.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { apart, callsOf, optionsFor, untilReady } from '../support/redis-limits.ts';

const leadMs = 3_000;
const beat = { instance: 'a', counts: countsOf({ 3: 1 }), factor: 1, leadMs, windowSeconds: 5 };
const override = { factor: 0.25, by: 'operator 0a1b2c3d', at: '2026-11-21T10:00:00.000Z' };

/** Lets a key live as much shorter as if that time had passed. */
const ageLua = `
local left = redis.call('PTTL', KEYS[1]) - ARGV[1]
if left > 0 then return redis.call('PEXPIRE', KEYS[1], left) end
return redis.call('DEL', KEYS[1])
`;

/** Callers that have no clock but this one. */
function virtualCallers(redis: RedisCommands) {
  let nowMs = Date.UTC(2026, 10, 21, 10, 0, 0, 500);
  const clockArgument = (): string => String((nowMs - Date.UTC(2026, 0, 1)) * 16_000);
  return {
    redis: { ...redis, clockArgument },
    advance: (ms: number): void => {
      nowMs += ms;
    },
  };
}

/** By what comes after `guard:`, in ms; -1: never. */
async function expiries(redis: RedisCommands): Promise<ReadonlyMap<string, number>> {
  const prefix = redis.key('guard', '');
  const found = new Map<string, number>();
  let cursor = '0';
  do {
    const [next, keys] = (await redis.call('SCAN', cursor, 'MATCH', `${prefix}*`)) as [string, string[]];
    for (const key of keys) found.set(key.slice(prefix.length), Number(await redis.call('PTTL', key)));
    cursor = next;
  } while (cursor !== '0');
  return found;
}

describeWithRedis('the guard of one Redis', () => {
  let server: RedisServer;
  let connection: RedisConnection;
  beforeAll(async () => {
    server = await startRedis();
    connection = connectRedis(optionsFor(server));
    await untilReady(connection);
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  describeGuardStore('by the clock of the callers', async () => {
    const { redis, advance } = virtualCallers(apart(connection));
    return {
      store: createRedisGuardStore(redis),
      advance: (ms) => {
        advance(ms);
        // Redis has a time of its own. What is sent on one connection is done in turn.
        for (const name of ['lead', 'steering'])
          void redis.call('EVAL', ageLua, 1, redis.key('guard', name), ms);
      },
    };
  });

  describe('by the clock of Redis', () => {
    it('has a lead that ends', async () => {
      const store = createRedisGuardStore(apart(connection));
      await store.beat({ ...beat, leadMs: 1_000 });
      expect(await store.beat({ ...beat, instance: 'b', leadMs: 1_000 })).toMatchObject({ leader: 'a' });
      const heir = async () => (await store.beat({ ...beat, instance: 'b', leadMs: 1_000 })).leader;
      await expect.poll(heir, { timeout: 5_000, interval: 50 }).toBe('b');
    });

    it('counts in the second that Redis has', async () => {
      const redis = apart(connection);
      const secondOf = async () => Number(((await redis.call('TIME')) as string[])[0]);
      const before = await secondOf();
      await createRedisGuardStore(redis).beat(beat);
      const after = await secondOf();
      const counts = [...(await expiries(redis)).keys()].filter((key) => key.startsWith('counts:'));
      expect(counts).toHaveLength(1);
      const second = Number(counts[0]?.slice('counts:'.length));
      expect(second).toBeGreaterThanOrEqual(before);
      expect(second).toBeLessThanOrEqual(after);
    });
  });

  it('lets every key expire but the override', async () => {
    const redis = apart(connection);
    const store = createRedisGuardStore(redis);
    await store.beat(beat);
    await store.steer('a', 1, 1, steering);
    await store.setOverride(override, 0);
    const found = [...(await expiries(redis))];
    expect(found.filter(([, ms]) => ms < 0)).toEqual([['override', -1]]);
    const most = { lead: leadMs, epoch: guardBounds.epochLifeMs, steering: guardBounds.steeringLifeMs };
    const passing = found.filter(([, ms]) => ms >= 0);
    expect(passing).toHaveLength(4);
    for (const [key, ms] of passing) {
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(most[key as keyof typeof most] ?? 10_000);
    }
  });

  it('beats and steers by one command each, whoever leads', async () => {
    const redis = apart(connection);
    const store = createRedisGuardStore(redis);
    await store.beat(beat);
    await store.steer('a', 1, 1, steering);
    await redis.call('CONFIG', 'RESETSTAT');
    for (const instance of ['a', 'b', 'c']) await store.beat({ ...beat, instance });
    await store.steer('a', 1, 2, steering);
    expect((await callsOf(server))['evalsha']).toBe(4);
    expect((await callsOf(server))['eval']).toBeUndefined();
  });

  it.each([-3_600_000, -200, 2 * leadMs, 3_600_000])(
    'leaves the lead where it is for callers whose clocks differ by %d ms',
    async (ms) => {
      const { redis, advance } = virtualCallers(apart(connection));
      const store = createRedisGuardStore(redis);
      await store.beat(beat);
      await store.steer('a', 1, 1, steering);
      advance(ms);
      const other = await store.beat({ ...beat, instance: 'b' });
      expect(other).toMatchObject({ leader: 'a', epoch: 1, stored: { steering } });
      expect(await store.steer('a', 1, 2, steering)).toBe(true);
    },
  );

  it('begins anew where everything is lost', async () => {
    const redis = apart(connection);
    const store = createRedisGuardStore(redis);
    await store.beat(beat);
    await store.steer('a', 1, 1, steering);
    await redis.call('FLUSHALL');
    expect(await store.steer('a', 1, 2, steering)).toBe(false);
    expect(await store.beat({ ...beat, instance: 'b' })).toMatchObject({
      leader: 'b',
      epoch: 1,
      stored: undefined,
    });
  });

  it.each(['{', '7', '{"factor":2,"phase":"cut"}'])(
    'takes what it cannot read for none: %s',
    async (body) => {
      const redis = apart(connection);
      const store = createRedisGuardStore(redis);
      await store.beat(beat);
      await store.steer('a', 1, 1, steering);
      await redis.call('HSET', redis.key('guard', 'steering'), 'body', body);
      const overrideKey = redis.key('guard', 'override');
      await redis.call('HSET', overrideKey, 'version', 7, 'body', body);
      const seconds = [...(await expiries(redis)).keys()].filter((key) => key.startsWith('counts:'));
      for (const key of seconds) await redis.call('HSET', redis.key('guard', key), 'guess', 7, '9999', 7);
      const { stored, override: read, window } = await store.beat({ ...beat, counts: countsOf({}) });
      expect([stored, read.override, window]).toEqual([undefined, undefined, countsOf({ 3: 1 })]);
    },
  );

  it.each([
    ['SET', '{'],
    ['HSET', 'version', 'guess', 'body', '{'],
  ])('takes an override that has no version for older than any: %s', async (command, ...value) => {
    const redis = apart(connection);
    const store = createRedisGuardStore(redis);
    await redis.call(command, redis.key('guard', 'override'), ...value);
    expect((await store.beat(beat)).override).toEqual({ version: 0, override: undefined });
    expect(await store.restoreOverride({ version: 3, override })).toBe(true);
    expect((await store.beat(beat)).override).toEqual({ version: 3, override });
  });
});

describeWithRedis('the guard of a Redis cluster', () => {
  it('has all its keys on one node', async () => {
    const cluster = await startRedisCluster();
    const nodes = cluster.servers.map(({ host, port }) => ({ host, port }));
    const redis = connectRedis({ servers: { kind: 'cluster', nodes }, fleet: 'weir-test', clock: 'caller' });
    await untilReady(redis);
    try {
      const store = createRedisGuardStore(redis);
      expect((await store.beat(beat)).isLeader).toBe(true);
      expect(await store.steer('a', 1, 1, steering)).toBe(true);
      await store.setOverride(override, 0);
      expect(await store.beat(beat)).toMatchObject({ override: { override }, stored: { steering } });
      await store.resign('a');
      expect(await store.beat({ ...beat, instance: 'b' })).toMatchObject({ leader: 'b', epoch: 2 });
    } finally {
      await redis.close();
      await cluster.stop();
    }
  });
});
