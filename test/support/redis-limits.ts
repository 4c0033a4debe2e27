import { createRedisLimitStore } from '../../src/adapters/redis/redis-limit-store.ts';
import type { RedisOptions } from '../../src/adapters/redis/redis-options.ts';
import type { RedisCommands, RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import type { RedisServer } from '../../topology/launcher/redis.ts';
import { eventually } from './eventually.ts';
import { laterThisYear, type TimedLimitStore } from './limit-histories.ts';

export function optionsFor({ host, port }: Pick<RedisServer, 'host' | 'port'>): RedisOptions {
  return {
    servers: { kind: 'single', address: { host, port }, database: 0 },
    fleet: 'weir-test',
    clock: 'redis',
  };
}

export async function untilReady(redis: Pick<RedisConnection, 'isReady'>): Promise<void> {
  await eventually('a connection to Redis', () => redis.isReady() || undefined, {
    pauseMs: 5,
    attempts: 4_000,
  });
}

let namespaces = 0;

/** Keys that no other test has. */
export function apart(redis: RedisCommands): RedisCommands {
  namespaces += 1;
  const namespace = String(namespaces);
  return { ...redis, key: (...parts) => redis.key(namespace, ...parts) };
}

/** An empty store whose time is that of the callers, and stands. */
export function timedRedisStore(redis: RedisCommands): TimedLimitStore {
  const timed: TimedLimitStore = {
    store: createRedisLimitStore({ ...apart(redis), clockArgument: () => String(timed.now) }),
    now: laterThisYear,
  };
  return timed;
}

/** How often Redis ran each command since it was last asked to forget. */
export async function callsOf(server: RedisServer): Promise<Readonly<Record<string, number>>> {
  const lines = String(await server.command('INFO', 'commandstats')).split('\r\n');
  const counts = lines.flatMap((line) => {
    const [, name = '', calls] = /^cmdstat_([^:]+):calls=(\d+)/.exec(line) ?? [];
    return calls === undefined ? [] : [[name, Number(calls)] as const];
  });
  return Object.fromEntries(counts);
}
