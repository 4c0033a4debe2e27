import { systemClock } from '../adapters/node/clock.ts';
import { connectRedis } from '../adapters/redis/redis-connection.ts';
import type { RedisConnection, RedisScript } from '../adapters/redis/redis-port.ts';
import type { RedisConfig } from '../config/config.ts';
import { StoreError } from '../core/throttle/limit-store.ts';

/** What can be learnt of the Redis in which a fleet counts: of a cluster, of the node that has the fleet's slot. */
export interface RedisSurvey {
  /** `7.0.15`; empty where it does not say. */
  readonly version: string;
  readonly isReplica: boolean;
  /** 0: as much as there is. */
  readonly mostBytes: number;
  /** What is thrown out where there is no more room: `noeviction`, `allkeys-lru`, …; empty where it does not say. */
  readonly evictionPolicy: string;
  readonly appendsToFile: boolean;
  /** Whether there are save points; undefined where CONFIG is refused. */
  readonly savesFile: boolean | undefined;
  /** Whether scripts may ask for the time. */
  readonly tellsTime: boolean;
}

/** A reason in a word or two: `ECONNREFUSED`, `WRONGPASS`, `no answer`. */
export interface RedisNotReached {
  readonly notReached: string;
}

/** Runs where the fleet's keys are, which a command without keys does not. Changes nothing. */
const surveyScript: RedisScript = {
  name: 'survey',
  source: `
local time = redis.pcall('TIME')
local info = redis.pcall('INFO')
return { time.err and 0 or 1, type(info) == 'table' and '' or info }`,
};

/** Connects, looks, and leaves nothing open. */
export async function surveyRedis(
  redis: RedisConfig,
  timeoutMs: number,
): Promise<RedisSurvey | RedisNotReached> {
  let trouble = 'no answer';
  const connection = connectRedis(redis, {
    onTrouble: (what) => {
      trouble = what;
    },
  });
  try {
    if (await isReadyWithin(connection, timeoutMs)) return await look(connection);
    return { notReached: (await clusterTrouble(redis)) ?? trouble };
  } catch (error) {
    return { notReached: reasonOf(error) };
  } finally {
    await connection.close();
  }
}

function isReadyWithin(connection: RedisConnection, timeoutMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cancel = systemClock.after(timeoutMs, () => resolve(false));
  connection.onReady(() => {
    cancel();
    resolve(true);
  });
  return promise;
}

async function look(connection: RedisConnection): Promise<RedisSurvey> {
  const [time, info] = (await connection.run(surveyScript, [connection.key('survey')], [])) as [
    number,
    string,
  ];
  const told = new Map(
    info
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
  );
  return {
    version: told.get('redis_version') ?? '',
    isReplica: told.get('role') === 'slave',
    mostBytes: Number(told.get('maxmemory') ?? 0),
    evictionPolicy: told.get('maxmemory_policy') ?? '',
    appendsToFile: told.get('aof_enabled') === '1',
    savesFile: await savesFile(connection),
    tellsTime: time === 1,
  };
}

async function savesFile(connection: RedisConnection): Promise<boolean | undefined> {
  try {
    const [, points] = (await connection.call('CONFIG', 'GET', 'save')) as readonly string[];
    return points === undefined ? undefined : points !== '';
  } catch {
    return undefined;
  }
}

const mostNodesAsked = 3;
const nodeTimeoutMs = 1_000;

/** A cluster client says nothing where nodes answer and none has the slot: each is asked by itself. */
async function clusterTrouble({ servers, ...shared }: RedisConfig): Promise<string | undefined> {
  if (servers.kind !== 'cluster') return undefined;
  for (const address of servers.nodes.slice(0, mostNodesAsked)) {
    const node = connectRedis({ ...shared, servers: { kind: 'single', address, database: 0 } });
    try {
      if (!(await isReadyWithin(node, nodeTimeoutMs))) continue;
      await node.call('EXISTS', node.key('survey'));
      return 'no cluster';
    } catch (error) {
      return reasonOf(error);
    } finally {
      await node.close();
    }
  }
  return undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof StoreError)) throw error;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
