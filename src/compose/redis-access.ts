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
  /** The code with which it refuses a write: `OOM`, `MISCONF`; empty where it takes it. */
  readonly refusesWrites: string;
}

/** A reason in a word or two: `ECONNREFUSED`, `WRONGPASS`, `no answer`. */
export interface RedisNotReached {
  readonly notReached: string;
}

/** Runs where the fleet's keys are, which a command without keys does not. Leaves nothing behind. */
const surveyScript: RedisScript = {
  name: 'survey',
  source: `
local time = redis.pcall('TIME')
local info = redis.pcall('INFO')
local written = redis.pcall('SET', KEYS[1], '1', 'PX', 1)
local fault = written.err
if not fault then redis.pcall('DEL', KEYS[1]) end
local code = fault and (fault:match('^(%u%u+) ') or fault:match('%-(%u%u+) ') or 'ERR') or ''
return { time.err and 0 or 1, type(info) == 'table' and '' or info, code }`,
};

/** Asking again comes to the same, until somebody changes the configuration or the server. */
const finalTroubles = ['WRONGPASS', 'NOAUTH', 'NOPERM', 'no cluster'];
/** By then a cluster that is none has been asked for its slots. */
const firstLookMs = 500;

/** Connects, looks, and leaves nothing open. */
export async function surveyRedis(
  redis: RedisConfig,
  timeoutMs: number,
): Promise<RedisSurvey | RedisNotReached> {
  const attempt = beginAttempt(redis);
  const firstMs = redis.servers.kind === 'cluster' ? Math.min(firstLookMs, timeoutMs) : timeoutMs;
  try {
    if (await attempt.isReadyWithin(firstMs)) return await look(attempt.connection);
    const early = (await clusterTrouble(redis)) ?? attempt.trouble();
    if (finalTroubles.includes(early)) return { notReached: early };
    if (await attempt.isReadyWithin(timeoutMs - firstMs)) return await look(attempt.connection);
    return { notReached: (await clusterTrouble(redis)) ?? attempt.trouble() };
  } catch (error) {
    return { notReached: reasonOf(error) };
  } finally {
    await attempt.connection.close();
  }
}

interface Attempt {
  readonly connection: RedisConnection;
  readonly trouble: () => string;
  /** `false` as soon as it will never be. */
  isReadyWithin(timeoutMs: number): Promise<boolean>;
}

function beginAttempt(redis: RedisConfig): Attempt {
  let trouble = 'no answer';
  const ended = Promise.withResolvers<boolean>();
  const connection = connectRedis(redis, {
    onTrouble: (what) => {
      // What comes after it, the end of the connection, tells less.
      if (finalTroubles.includes(trouble)) return;
      trouble = what;
      if (finalTroubles.includes(what)) ended.resolve(false);
    },
  });
  connection.onReady(() => ended.resolve(true));
  return {
    connection,
    trouble: () => trouble,
    isReadyWithin(timeoutMs) {
      const late = Promise.withResolvers<boolean>();
      const cancel = systemClock.after(timeoutMs, () => late.resolve(false));
      return Promise.race([ended.promise, late.promise]).finally(cancel);
    },
  };
}

async function look(connection: RedisConnection): Promise<RedisSurvey> {
  const reply = await connection.run(surveyScript, [connection.key('survey')], []);
  const [time, info, refusesWrites] = reply as [number, string, string];
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
    refusesWrites,
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
    const node = beginAttempt({ ...shared, servers: { kind: 'single', address, database: 0 } });
    const { connection } = node;
    try {
      if (!(await node.isReadyWithin(nodeTimeoutMs))) {
        if (finalTroubles.includes(node.trouble())) return node.trouble();
        continue;
      }
      const info = String(await connection.call('INFO', 'cluster').catch(() => ''));
      if (info.includes('cluster_enabled:0')) return 'no cluster';
      await connection.call('EXISTS', connection.key('survey'));
      return undefined;
    } catch (error) {
      return reasonOf(error);
    } finally {
      await connection.close();
    }
  }
  return undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof StoreError)) throw error;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
