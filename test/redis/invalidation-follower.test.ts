import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/adapters/node/clock.ts';
import { writeInvalidation } from '../../src/adapters/redis/invalidation-entry.ts';
import { publishInvalidation } from '../../src/adapters/redis/invalidation-lua.ts';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisFleetStore } from '../../src/adapters/redis/redis-fleet-store.ts';
import { createRedisInvalidationStream } from '../../src/adapters/redis/redis-invalidation-stream.ts';
import type { RedisOptions } from '../../src/adapters/redis/redis-options.ts';
import { type RedisServer, startRedis, startSentinels } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { drop, startFollower } from '../support/following-instances.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { optionsFor } from '../support/redis-limits.ts';

/** An instance that follows the stream, and pulses as a whole process does, only more often. */
async function startInstance(options: RedisOptions, instance: string) {
  const redis = connectRedis(options);
  const following = startFollower(createRedisInvalidationStream(redis), systemClock, instance);
  const { follower, counts, since } = following;
  const fleet = createRedisFleetStore(redis);
  let isOver = false;
  const pulse = async (): Promise<void> => {
    while (!isOver) {
      const told = await fleet.pulse({ instance, aliveMs: 5_000, counts: [] }).catch(() => undefined);
      if (told !== undefined) follower.noticeState(told.invalidations);
      await new Promise<void>((resolve) => void systemClock.after(50, resolve));
    }
  };
  const pulsing = pulse();
  onTestFinished(async () => {
    isOver = true;
    follower.stop();
    await pulsing;
    await redis.close();
  });
  await eventually('the stream is followed', () => follower.state() === 'following' || undefined);
  since();
  const invalidated = (): string[] => since().filter((words) => !words.startsWith('expire'));
  const gap = (): Promise<true> => eventually('a gap', () => counts.gaps > 0 || undefined);
  return { ...following, redis, invalidated, gap };
}

async function startPair(options: RedisOptions) {
  const [one, two] = [await startInstance(options, 'one'), await startInstance(options, 'two')];
  /** Publishes until it gets through, and waits until it has come. Since then nothing is under way. */
  const reach = async (key: string): Promise<void> => {
    await eventually('it is published', async () =>
      (await one.follower.publish(drop(key))) === 'fleet' ? true : undefined,
    );
    const seen: string[] = [];
    await eventually('it is received', () => {
      seen.push(...two.invalidated());
      return seen.includes(`shop.products ${key} 0`) || undefined;
    });
  };
  await reach('first');
  return { one, two, reach };
}

describeWithRedis('following invalidations in Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    // What Redis has acknowledged survives that it is killed.
    server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  });
  afterAll(async () => {
    await server.stop();
  });
  /** A fleet of its own. */
  const apart = (): RedisOptions => ({ ...optionsFor(server), fleet: randomUUID() });

  it('goes on, and finds no gap, where connections are cut and Redis forgets its scripts', async () => {
    const { one, two, reach } = await startPair(apart());
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await server.command('SCRIPT', 'FLUSH');
    await reach('second');
    expect([one.counts.gaps, two.counts.gaps]).toEqual([0, 0]);
    expect(two.faults).toEqual([]);
  });

  it('goes on, and finds no gap, where Redis is killed and comes back with what it had', async () => {
    const { two, reach } = await startPair(apart());
    await server.restart();
    await reach('second');
    expect([two.states, two.counts.gaps]).toEqual([['following', 'away', 'following'], 0]);
  });

  it('takes in every entry, and in their order, however often connections are cut', async () => {
    const { one, two } = await startPair(apart());
    const keys = Array.from({ length: 300 }, (_, index) => `k${index}`);
    const seen: string[] = [];
    for (const [index, key] of keys.entries()) {
      if (index % 30 === 0) await cutWaiting(server);
      expect(await one.follower.publish(drop(key))).toBe('fleet');
      seen.push(...two.invalidated());
    }
    await eventually('all have come', () => {
      seen.push(...two.invalidated());
      return new Set(seen).size >= keys.length || undefined;
    });
    // Whoever comes back publishes its last ones once more.
    const words = [...new Set(seen)].filter((each) => each !== 'shop.products first 0');
    expect(words).toEqual(keys.map((key) => `shop.products ${key} 0`));
    expect([two.counts.gaps, two.faults]).toEqual([0, []]);
    expect(two.states).toContain('away');
  });

  it('finds the gap where everything is flushed, though nobody publishes, and goes on after it', async () => {
    const { one, two, reach } = await startPair(apart());
    await server.command('FLUSHALL');
    await Promise.all([one.gap(), two.gap()]);
    await reach('second');
    expect([one.counts.gaps, two.counts.gaps]).toEqual([1, 1]);
  });

  it('finds the gap where Redis comes back with an older state', async () => {
    const { one, two, reach } = await startPair(apart());
    const { redis } = one;
    const keys = [redis.key('invalidations'), redis.key('invalidations', 'state')];
    const older = await Promise.all(keys.map((key) => redis.callForBytes('DUMP', key)));
    await reach('second');
    await reach('third');
    for (const [index, key] of keys.entries()) {
      await redis.call('RESTORE', key, 0, older[index] as Uint8Array, 'REPLACE');
    }
    await Promise.all([one.gap(), two.gap()]);
    await reach('fourth');
    expect(two.counts.gaps).toBe(1);
  });

  it('finds the gap where an entry has gone before it could be read', async () => {
    const { one, two, reach } = await startPair(apart());
    const { redis } = one;
    const source = publishInvalidation.source.replace(
      'return 1',
      "redis.call('XTRIM', stream, 'MAXLEN', 0)\nreturn 1",
    );
    expect(source).toContain('XTRIM');
    const keys = [redis.key('invalidations'), redis.key('invalidations', 'state')];
    await redis.run({ name: 'gone', source }, keys, ['unused', ...writeInvalidation('three', drop('a'))]);
    await Promise.all([one.gap(), two.gap()]);
    await reach('second');
    expect(two.counts.gaps).toBe(1);
  });
});

/** The connections on which somebody waits for the next entry. */
async function cutWaiting(server: RedisServer): Promise<void> {
  const clients = String(await server.command('CLIENT', 'LIST', 'TYPE', 'normal'));
  for (const line of clients.split('\n')) {
    const id = line.includes(' cmd=xread ') ? /^id=(\d+) /.exec(line)?.[1] : undefined;
    if (id !== undefined) await server.command('CLIENT', 'KILL', 'ID', id);
  }
}

describeWithRedis('following invalidations across a failover', () => {
  /** The master is killed; `before` comes first. Instances on its replica then. */
  async function failOver(before: (master: RedisServer, replica: RedisServer) => Promise<void>) {
    const group = await startSentinels();
    onTestFinished(() => group.stop());
    const [master, replica] = group.servers as readonly [RedisServer, RedisServer];
    const sentinels = group.sentinels.map(({ host, port }) => ({ host, port }));
    const pair = await startPair({
      servers: { kind: 'sentinel', sentinels, master: group.master },
      fleet: 'weir-test',
      clock: 'redis',
    });
    const sequenceOn = (server: RedisServer): Promise<unknown> =>
      server.command('HGET', '{weir-test}:invalidations:state', 'sequence');
    const published = await sequenceOn(master);
    await eventually('the replica has it all', async () =>
      (await sequenceOn(replica)) === published ? true : undefined,
    );
    await before(master, replica);
    return { ...pair, master };
  }

  it('goes on, and finds no gap, where nothing was lost', async () => {
    const { two, reach, master } = await failOver(async () => {});
    await master.kill();
    await reach('second');
    expect([two.counts.gaps, two.faults]).toEqual([0, []]);
  });

  it('finds the gap where the replica lacked what the master had acknowledged', async () => {
    const { one, two, reach, master } = await failOver(async (before) => {
      // Whoever connects from now on is refused, and the replica has to.
      await before.command('CONFIG', 'SET', 'requirepass', 'changed');
    });
    const killed = two.redis.call('CLIENT', 'KILL', 'TYPE', 'replica');
    expect(Number(await killed)).toBe(1);
    await reach('lost');
    await master.kill();
    await Promise.all([one.gap(), two.gap()]);
    await reach('second');
    expect([one.counts.gaps, two.counts.gaps]).toEqual([1, 1]);
  });
});
