import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisFleetStore } from '../../src/adapters/redis/redis-fleet-store.ts';
import type { RedisCommands, RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import type { UsageCount } from '../../src/core/throttle/fleet.ts';
import { noRunTimeSettings, type RunTimeSettings } from '../../src/core/throttle/limit-book.ts';
import { StoreError } from '../../src/core/throttle/limit-store.ts';
import { UnreadableSettingsError } from '../../src/core/throttle/settings-body.ts';
import { type RedisServer, startRedis, startRedisCluster } from '../../topology/launcher/redis.ts';
import { auditLine, describeFleetStore, firstSettings } from '../contract/fleet-store.suite.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { apart, callsOf, optionsFor, untilReady } from '../support/redis-limits.ts';

const counts: readonly UsageCount[] = [
  { application: 'storefront', operation: 'read', admitted: 5, refused: 2 },
  { application: 'jobs', operation: 'scan', admitted: 0, refused: 1 },
];
const pulse = { instance: 'a', aliveMs: 5_000, counts };

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

/** By what comes after the name of the fleet, in ms; -1: never. */
async function expiries(redis: RedisCommands): Promise<ReadonlyMap<string, number>> {
  const prefix = redis.key('');
  const found = new Map<string, number>();
  let cursor = '0';
  do {
    const [next, keys] = (await redis.call('SCAN', cursor, 'MATCH', `${prefix}*`)) as [string, string[]];
    for (const key of keys) found.set(key.slice(prefix.length), Number(await redis.call('PTTL', key)));
    cursor = next;
  } while (cursor !== '0');
  return found;
}

describeWithRedis('the fleet of one Redis', () => {
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

  describeFleetStore('by the clock of the callers', async () => {
    const { redis, advance } = virtualCallers(apart(connection));
    return { store: createRedisFleetStore(redis), advance };
  });

  describe('by the clock of Redis', () => {
    it('counts in the second that Redis has', async () => {
      const redis = apart(connection);
      const secondOf = async () => Number(((await redis.call('TIME')) as string[])[0]);
      const before = await secondOf();
      await createRedisFleetStore(redis).pulse(pulse);
      const after = await secondOf();
      const boards = [...(await expiries(redis)).keys()].filter((key) => key.startsWith('board:'));
      expect(boards).toHaveLength(1);
      const second = Number(boards[0]?.slice('board:'.length));
      expect(second).toBeGreaterThanOrEqual(before);
      expect(second).toBeLessThanOrEqual(after);
    });

    it('tells what was counted once the second is over', async () => {
      const store = createRedisFleetStore(apart(connection));
      await store.pulse(pulse);
      await expect
        .poll(async () => (await store.usage(10)).map((second) => second.counts), { timeout: 5_000 })
        .toEqual([[counts[1], counts[0]]]);
    });
  });

  it('lets every key expire but the settings and their audit', async () => {
    const redis = apart(connection);
    const store = createRedisFleetStore(redis);
    await store.pulse(pulse);
    await store.changeSettings({ before: noRunTimeSettings, after: firstSettings, audit: [auditLine(1)] });
    await store.restoreSettings({ ...firstSettings, version: 2 });
    const found = await expiries(redis);
    const lasting = [...found].filter(([, ms]) => ms < 0).map(([key]) => key);
    expect(lasting.toSorted()).toEqual(['settings', 'settings:audit']);
    const passing = [...found].filter(([, ms]) => ms >= 0);
    expect(passing).toHaveLength(2);
    for (const [key, ms] of passing) {
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(key === 'members' ? pulse.aliveMs : 310_000);
    }
  });

  it('pulses by one command each', async () => {
    const redis = apart(connection);
    const store = createRedisFleetStore(redis);
    await store.pulse(pulse);
    await redis.call('CONFIG', 'RESETSTAT');
    for (let pulses = 0; pulses < 10; pulses += 1) await store.pulse(pulse);
    expect((await callsOf(server))['evalsha']).toBe(10);
    expect((await callsOf(server))['eval']).toBeUndefined();
  });

  it('asks for a window of a minute by six commands', async () => {
    const redis = apart(connection);
    const store = createRedisFleetStore(redis);
    await store.usage(1);
    await redis.call('CONFIG', 'RESETSTAT');
    await store.usage(60);
    expect((await callsOf(server))['evalsha']).toBe(6);
  });

  it('pulses when Redis has forgotten its scripts', async () => {
    const redis = apart(connection);
    const store = createRedisFleetStore(redis);
    await store.pulse(pulse);
    await redis.call('SCRIPT', 'FLUSH');
    await store.pulse(pulse);
    const board = [...(await expiries(redis)).keys()].filter((key) => key.startsWith('board:'));
    const admitted = await Promise.all(
      board.map(async (key) => Number(await redis.call('HGET', redis.key(key), 'storefront/read/admitted'))),
    );
    expect(admitted.reduce((sum, units) => sum + units, 0)).toBe(10);
  });

  it('hands on what those who invalidate have written', async () => {
    const redis = apart(connection);
    await redis.call('HSET', redis.key('invalidations', 'state'), 'sequence', 41, 'epoch', 'e7');
    const { invalidations } = await createRedisFleetStore(redis).pulse(pulse);
    expect(invalidations).toEqual({ sequence: 41, epoch: 'e7' });
  });

  it.each([
    ['no JSON', '{'],
    ['no settings', '[]'],
    ['an unknown member', '{"limits":{},"paused":[],"guard":{}}'],
    ['a limit that breaks a rule', '{"limits":{"storefront/read":{"rate":-1}},"paused":[]}'],
    ['a name that names no limit', '{"limits":{"storefront":{"rate":1}},"paused":[]}'],
    ['more than is ever written', `{"limits":{},"paused":["${'x'.repeat(300_000)}"]}`],
  ])('does not take settings of another form: %s', async (_what, body) => {
    const redis = apart(connection);
    await redis.call('HSET', redis.key('settings'), 'version', 3, 'id', 'x', 'body', body);
    const store = createRedisFleetStore(redis);
    await expect(store.readSettings()).rejects.toThrow(UnreadableSettingsError);
    expect((await store.pulse(pulse)).settings).toEqual({ version: 3, id: 'x' });
  });

  it('leaves out what others have put into audit and board', async () => {
    const { redis, advance } = virtualCallers(apart(connection));
    const store = createRedisFleetStore(redis);
    await store.changeSettings({ before: noRunTimeSettings, after: firstSettings, audit: [auditLine(1)] });
    await redis.call('LPUSH', redis.key('settings', 'audit'), '{', '7', '{"version":"x"}');
    expect(await store.audit(10)).toEqual([auditLine(1)]);
    await store.pulse(pulse);
    const [board = ''] = [...(await expiries(redis)).keys()].filter((key) => key.startsWith('board:'));
    await redis.call('HSET', redis.key(board), 'storefront/guess/admitted', 7, 'storefront/read/lost', 7);
    advance(1_000);
    expect((await store.usage(5))[0]?.counts).toEqual([counts[1], counts[0]]);
  });

  it('rejects with an error of the store where the key of the members is of another kind', async () => {
    const redis = apart(connection);
    await redis.call('SET', redis.key('members'), 'x');
    const rejected = expect(createRedisFleetStore(redis).pulse(pulse)).rejects;
    await rejected.toThrow(StoreError);
    await rejected.toMatchObject({ reason: 'failed', code: 'WRONGTYPE' });
  });

  it.each<[string, readonly [string, ...string[]]]>([
    ['no hash', ['SET', 'x']],
    ['a version that is none', ['HSET', 'version', 'x', 'id', 'y', 'body', '{"limits":{},"paused":[]}']],
  ])('pulses on where the settings are %s, and has them unreadable', async (_what, [command, ...words]) => {
    const redis = apart(connection);
    await redis.call('HSET', redis.key('invalidations', 'state'), 'sequence', 41, 'epoch', 'e7');
    await redis.call(command, redis.key('settings'), ...words);
    const store = createRedisFleetStore(redis);
    await expect(store.readSettings()).rejects.toThrow(UnreadableSettingsError);
    const { instances, settings, invalidations } = await store.pulse(pulse);
    expect([instances, settings.version]).toEqual([1, Number.MAX_SAFE_INTEGER]);
    expect(invalidations).toEqual({ sequence: 41, epoch: 'e7' });
    await redis.call('DEL', redis.key('settings'));
    expect((await store.pulse(pulse)).settings).toEqual({ version: 0, id: '' });
  });

  it('pulses on where the state of the invalidations is no hash', async () => {
    const redis = apart(connection);
    await redis.call('SET', redis.key('invalidations', 'state'), 'x');
    const { invalidations } = await createRedisFleetStore(redis).pulse(pulse);
    expect(invalidations).toEqual({ sequence: 0, epoch: '' });
  });
});

describeWithRedis('the fleet of a Redis cluster', () => {
  it('has all its keys on one node', async () => {
    const cluster = await startRedisCluster();
    const nodes = cluster.servers.map(({ host, port }) => ({ host, port }));
    const redis = connectRedis({ servers: { kind: 'cluster', nodes }, fleet: 'weir-test', clock: 'caller' });
    await untilReady(redis);
    try {
      const { redis: callers, advance } = virtualCallers(redis);
      const store = createRedisFleetStore(callers);
      const settings: RunTimeSettings = { ...firstSettings, version: 2, id: 'b2' };
      expect((await store.pulse(pulse)).instances).toBe(1);
      expect(
        await store.changeSettings({
          before: noRunTimeSettings,
          after: firstSettings,
          audit: [auditLine(1)],
        }),
      ).toBe(true);
      expect(await store.restoreSettings(settings)).toBe(true);
      expect(await store.readSettings()).toEqual(settings);
      expect(await store.audit(5)).toEqual([auditLine(1)]);
      advance(1_000);
      expect((await store.usage(60)).map((second) => second.counts)).toEqual([[counts[1], counts[0]]]);
    } finally {
      await redis.close();
      await cluster.stop();
    }
  });
});
