import { describe, expect, it } from 'vitest';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisLimitStore } from '../../src/adapters/redis/redis-limit-store.ts';
import type { RedisOptions } from '../../src/adapters/redis/redis-options.ts';
import type { RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import type { ChargedLimit, ChargeVerdict } from '../../src/core/throttle/limit-store.ts';
import { freePorts } from '../../topology/launcher/free-ports.ts';
import {
  type RedisServer,
  type SentinelGroup,
  startRedisCluster,
  startSentinels,
} from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { untilReady } from '../support/redis-limits.ts';

/** So slow that what was charged does not come back while a test runs. */
const own: ChargedLimit = { id: 'storefront/read', rate: 0.01, burst: 100, enforced: true };
const ofClass: ChargedLimit = { id: 'class:frontend/read', rate: 0.01, burst: 60, enforced: true };
const ofAll: ChargedLimit = { id: 'fleet:all/read', rate: 0.01, burst: 30, enforced: true };

/** What the connection of a test has; ended with it. */
interface Connected {
  readonly redis: RedisConnection;
  readonly troubles: readonly string[];
  /** Rejects with a `StoreError`. */
  charge(units: number, limits?: readonly ChargedLimit[]): Promise<ChargeVerdict>;
  /** The first verdict, asking again while there is none. */
  nextVerdict(): Promise<ChargeVerdict>;
}

async function whileConnected(
  servers: RedisOptions['servers'],
  body: (connected: Connected) => Promise<void>,
): Promise<void> {
  const troubles: string[] = [];
  const options: RedisOptions = { servers, fleet: 'weir-test', clock: 'redis' };
  const redis = connectRedis(options, { onTrouble: (what) => troubles.push(what) });
  const store = createRedisLimitStore(redis);
  const charge: Connected['charge'] = (units, limits = [own]) =>
    store.charge({ limits, units, atLeast: units });
  const nextVerdict: Connected['nextVerdict'] = () =>
    eventually('a verdict', () => charge(1).catch(() => undefined), { pauseMs: 20 });
  try {
    await body({ redis, troubles, charge, nextVerdict });
  } finally {
    await redis.close();
  }
}

async function connectionsTo(server: RedisServer): Promise<number> {
  const lines = String(await server.command('CLIENT', 'LIST')).split('\n');
  return lines.filter((line) => line.includes('name=weir ')).length;
}

describeWithRedis('Redis behind Sentinels', () => {
  const withSentinels = async (
    body: (group: SentinelGroup, servers: RedisOptions['servers']) => Promise<void>,
  ): Promise<void> => {
    const group = await startSentinels();
    try {
      const sentinels = group.sentinels.map(({ host, port }) => ({ host, port }));
      await body(group, { kind: 'sentinel', sentinels, master: group.master });
    } finally {
      await group.stop();
    }
  };

  it('is followed to the replica that takes the place of a killed master', async () => {
    await withSentinels(async ({ servers: [master, replica] }, servers) => {
      await whileConnected(servers, async ({ redis, charge, nextVerdict }) => {
        await untilReady(redis);
        expect(await charge(10)).toMatchObject({ kind: 'granted', states: [{ remaining: 90 }] });
        await expect.poll(() => replica?.command('EXISTS', redis.key('limit', own.id))).toBe(1);
        await master?.kill();
        // What was counted has been replicated, and the script with it or not.
        expect(await nextVerdict()).toMatchObject({ kind: 'granted', states: [{ remaining: 89 }] });
        expect(await connectionsTo(replica as RedisServer)).toBe(1);
      });
    });
  });

  it('is followed away from a master that is frozen, also by who asks nothing meanwhile', async () => {
    await withSentinels(async ({ servers: [master, replica] }, servers) => {
      await whileConnected(servers, async ({ redis, charge, nextVerdict }) => {
        await untilReady(redis);
        await charge(10);
        await expect.poll(() => replica?.command('EXISTS', redis.key('limit', own.id))).toBe(1);
        master?.pause();
        await expect.poll(() => connectionsTo(replica as RedisServer), { timeout: 20_000 }).toBe(1);
        expect(await nextVerdict()).toMatchObject({ kind: 'granted', states: [{ remaining: 89 }] });
        master?.resume();
        // Until the Sentinels make it a replica it takes itself for the master; nobody is there to believe it.
        await expect.poll(() => connectionsTo(master as RedisServer)).toBe(0);
        expect(await charge(1)).toMatchObject({ states: [{ remaining: 88 }] });
      });
    });
  });

  it('is followed when an operator moves the master', async () => {
    await withSentinels(async ({ servers: [master, replica], sentinels, master: name }, servers) => {
      await whileConnected(servers, async ({ redis, charge, nextVerdict }) => {
        await untilReady(redis);
        await charge(10);
        await sentinels[0]?.command('SENTINEL', 'FAILOVER', name);
        await expect.poll(() => connectionsTo(replica as RedisServer), { timeout: 20_000 }).toBe(1);
        await expect.poll(() => connectionsTo(master as RedisServer), { timeout: 20_000 }).toBe(0);
        expect(await nextVerdict()).toMatchObject({ kind: 'granted', states: [{ remaining: 89 }] });
      });
    });
  });

  it('is found with one Sentinel of three left', async () => {
    await withSentinels(async ({ sentinels }, servers) => {
      await Promise.all(sentinels.slice(0, 2).map((sentinel) => sentinel.kill()));
      await whileConnected(servers, async ({ redis, charge }) => {
        await untilReady(redis);
        expect(await charge(1)).toMatchObject({ kind: 'granted' });
      });
    });
  });

  it('is looked for again and again while no Sentinel is there', async () => {
    const ports = await freePorts(2);
    const sentinels = ports.map((port) => ({ host: '127.0.0.1', port }));
    await whileConnected({ kind: 'sentinel', sentinels, master: 'weir-test' }, async (connected) => {
      const { redis, troubles, charge } = connected;
      await expect.poll(() => troubles).toEqual(['no sentinel names a master']);
      expect(redis.isReady()).toBe(false);
      await expect(charge(1)).rejects.toMatchObject({ reason: 'unreachable' });
    });
  });
});

describeWithRedis('a cluster of Redis', () => {
  const withCluster = async (
    body: (nodes: readonly RedisServer[], servers: RedisOptions['servers']) => Promise<void>,
  ): Promise<void> => {
    const group = await startRedisCluster();
    try {
      const nodes = group.servers.map(({ host, port }) => ({ host, port }));
      await body(group.servers, { kind: 'cluster', nodes });
    } finally {
      await group.stop();
    }
  };
  const keysOf = async (nodes: readonly RedisServer[]): Promise<readonly number[]> =>
    Promise.all(nodes.map(async (node) => Number(await node.command('DBSIZE'))));
  const ownerOf = async (nodes: readonly RedisServer[]): Promise<RedisServer> => {
    const counts = await keysOf(nodes);
    return nodes[counts.findIndex((count) => count > 0)] as RedisServer;
  };

  it('has all limits of the fleet on one node, charged in one step', async () => {
    await withCluster(async (nodes, servers) => {
      await whileConnected(servers, async ({ redis, charge }) => {
        await untilReady(redis);
        const limits = [own, ofClass, ofAll];
        const verdicts = await Promise.all(Array.from({ length: 50 }, () => charge(1, limits)));
        expect(verdicts.filter(({ kind }) => kind === 'granted')).toHaveLength(30);
        expect(await charge(0, limits)).toMatchObject({
          states: [{ remaining: 70 }, { remaining: 30 }, { remaining: 0 }],
        });
        expect([...(await keysOf(nodes))].sort()).toEqual([0, 0, 3]);
      });
    });
  });

  it('is found by one of its nodes, and the node of the fleet is followed when its slot moves', async () => {
    await withCluster(async (nodes, { ...servers }) => {
      const [first] = nodes;
      const one = { ...servers, nodes: [{ host: '127.0.0.1', port: first?.port ?? 0 }] };
      await whileConnected(one as RedisOptions['servers'], async ({ redis, charge }) => {
        await untilReady(redis);
        await charge(1);
        const owner = await ownerOf(nodes);
        const other = nodes.find((node) => node !== owner) as RedisServer;
        await moveSlot(nodes, owner, other, redis.key('limit', own.id));
        expect(await charge(1)).toMatchObject({ kind: 'granted', states: [{ remaining: 98 }] });
        expect(await ownerOf(nodes)).toBe(other);
      });
    });
  });

  it('is unreachable while the node of the fleet is killed or frozen, and there again after it', async () => {
    await withCluster(async (nodes, servers) => {
      await whileConnected(servers, async ({ redis, charge, nextVerdict }) => {
        await untilReady(redis);
        await charge(10);
        const owner = await ownerOf(nodes);
        await owner.kill();
        await expect(charge(1)).rejects.toMatchObject({ reason: 'unreachable' });
        expect(redis.isReady()).toBe(false);
        await owner.restart();
        expect(await nextVerdict()).toMatchObject({ kind: 'granted', states: [{ remaining: 99 }] });
        owner.pause();
        await expect(charge(1)).rejects.toMatchObject({ name: 'StoreError' });
        owner.resume();
        // The one that Redis found in its socket was counted, and not sent again.
        expect(await nextVerdict()).toMatchObject({ kind: 'granted', states: [{ remaining: 97 }] });
      });
    });
  });

  it('is left alone when the connection is closed', async () => {
    await withCluster(async (nodes, servers) => {
      await whileConnected(servers, async ({ redis }) => {
        redis.forWaiting();
        await untilReady(redis);
        await redis.close();
        const connections = async (): Promise<number> =>
          (await Promise.all(nodes.map(connectionsTo))).reduce((sum, count) => sum + count, 0);
        await expect.poll(connections).toBe(0);
      });
    });
  });

  describe('that is not there', () => {
    it('is looked for again and again, until that is ended', async () => {
      const nodes = (await freePorts(2)).map((port) => ({ host: '127.0.0.1', port }));
      await whileConnected({ kind: 'cluster', nodes }, async ({ redis, troubles, charge }) => {
        await expect.poll(() => troubles.length).toBeGreaterThan(0);
        expect(redis.isReady()).toBe(false);
        await expect(charge(1)).rejects.toMatchObject({ reason: 'unreachable' });
      });
    });
  });
});

/** With its one key, as an operator would. */
async function moveSlot(
  nodes: readonly RedisServer[],
  from: RedisServer,
  to: RedisServer,
  key: string,
): Promise<void> {
  const slot = String(await from.command('CLUSTER', 'KEYSLOT', key));
  const fromId = String(await from.command('CLUSTER', 'MYID'));
  const toId = String(await to.command('CLUSTER', 'MYID'));
  await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
  await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
  await from.command('MIGRATE', to.host, String(to.port), key, '0', '1000');
  for (const node of [to, from, ...nodes]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
}
