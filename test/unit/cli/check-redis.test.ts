import { describe, expect, it } from 'vitest';
import { redisFindings } from '../../../src/cli/check-redis.ts';
import type { RedisSurvey } from '../../../src/compose/redis-access.ts';
import type { RedisConfig } from '../../../src/config/config.ts';

const address = { host: '10.0.0.1', port: 6_379 };
const redis: RedisConfig = {
  servers: { kind: 'single', address, database: 0 },
  fleet: 'weir',
  clock: 'redis',
};
const sentinels: RedisConfig = {
  ...redis,
  servers: { kind: 'sentinel', sentinels: [{ host: '::1', port: 26_379 }], master: 'shop' },
};
const cluster: RedisConfig = { ...redis, servers: { kind: 'cluster', nodes: [address] } };

const sound: RedisSurvey = {
  version: '7.0.15',
  isReplica: false,
  mostBytes: 0,
  evictionPolicy: 'noeviction',
  appendsToFile: true,
  savesFile: false,
  tellsTime: true,
  refusesWrites: '',
};

describe('of a Redis that was reached', () => {
  it.each<[string, RedisConfig, Partial<RedisSurvey>]>([
    ['all is well', redis, {}],
    ['save points are enough', redis, { appendsToFile: false, savesFile: true }],
    ['a policy without a bound throws nothing out', redis, { evictionPolicy: 'allkeys-lru' }],
    ['a bound without a policy throws nothing out', redis, { mostBytes: 1_048_576 }],
    ['the time is not asked for', { ...redis, clock: 'caller' }, { tellsTime: false }],
    ['the first version that will do', redis, { version: '6.2.0' }],
    ['versions are numbers and not text', redis, { version: '10.0.1' }],
  ])('there is nothing odd: %s', (_, config, survey) => {
    const version = survey.version ?? '7.0.15';
    expect(redisFindings(config, { ...sound, ...survey })).toEqual([
      { state: 'ok', what: `Redis at 10.0.0.1:6379 was reached: ${version}`, todo: '' },
    ]);
  });

  it.each<[Partial<RedisSurvey>, string, string, string]>([
    [
      { isReplica: true },
      'failed',
      'this Redis is a replica, on which nothing can be counted',
      'give its master',
    ],
    [
      { tellsTime: false },
      'failed',
      'scripts may not ask this Redis for the time',
      'set redis.clock to caller, and keep the clocks of the instances alike',
    ],
    [
      { refusesWrites: 'OOM' },
      'failed',
      'this Redis refuses writes, so that nothing can be counted: OOM',
      'give it more room (maxmemory), or Weir a Redis of its own',
    ],
    [
      { refusesWrites: 'MISCONF' },
      'failed',
      'this Redis refuses writes, so that nothing can be counted: MISCONF',
      'look at its log: it cannot save its file',
    ],
    // A replica refuses them as well, which need not be said twice.
    [
      { isReplica: true, refusesWrites: 'READONLY' },
      'failed',
      'this Redis is a replica, on which nothing can be counted',
      'give its master',
    ],
    [
      { version: '6.0.16' },
      'warning',
      'this Redis is older than 6.2, for which Weir is made',
      'use Redis 6.2 or later',
    ],
    [
      { version: '5.9.9' },
      'warning',
      'this Redis is older than 6.2, for which Weir is made',
      'use Redis 6.2 or later',
    ],
    [
      { mostBytes: 1_048_576, evictionPolicy: 'allkeys-lfu' },
      'warning',
      'with 1.0 MiB in use this Redis throws out limits that were set at run time, and what is counted: its maxmemory-policy is allkeys-lfu',
      'set maxmemory-policy to noeviction, or give Weir a Redis of its own',
    ],
    [
      { mostBytes: 1_048_576, evictionPolicy: 'volatile-ttl' },
      'warning',
      'with 1.0 MiB in use this Redis throws out what is counted, so that limits begin anew: its maxmemory-policy is volatile-ttl',
      'set maxmemory-policy to noeviction, or give Weir a Redis of its own',
    ],
    [
      { appendsToFile: false },
      'warning',
      'this Redis saves nothing: after its restart limits that were set at run time are only in the instances',
      'set appendonly to yes, or save points',
    ],
    [
      { appendsToFile: false, savesFile: undefined },
      'ok',
      'whether this Redis saves anything could not be seen: it does not tell its settings',
      '',
    ],
  ])('%j is told as %s', (survey, state, what, todo) => {
    expect(redisFindings(redis, { ...sound, ...survey }).slice(1)).toEqual([{ state, what, todo }]);
  });
});

describe('of a Redis that was not reached', () => {
  it.each([
    [redis, 'ECONNREFUSED', 'Redis at 10.0.0.1:6379', 'check redis.url, and that this machine reaches it'],
    [redis, 'no answer', 'Redis at 10.0.0.1:6379', 'check redis.url, and that this machine reaches it'],
    [redis, 'WRONGPASS', 'Redis at 10.0.0.1:6379', 'check redis.username and redis.password'],
    [redis, 'DEPTH_ZERO_SELF_SIGNED_CERT', 'Redis at 10.0.0.1:6379', 'check redis.tls'],
    [redis, 'MOVED', 'Redis at 10.0.0.1:6379', 'this is a node of a Redis Cluster'],
    [cluster, 'CLUSTERDOWN', 'the Redis Cluster at 10.0.0.1:6379', 'no node has the slot of the fleet'],
    [cluster, 'no cluster', 'the Redis Cluster at 10.0.0.1:6379', 'give redis.url instead'],
    [
      sentinels,
      'no sentinel names a master',
      'Redis, the master shop of the Sentinels at [::1]:26379',
      'check redis.sentinels and redis.master',
    ],
  ])('it is said why, and what to look at: %#', (config, notReached, where, todo) => {
    expect(redisFindings(config, { notReached })).toEqual([
      {
        state: 'failed',
        what: `${where} was not reached: ${notReached}`,
        todo: expect.stringContaining(todo),
      },
    ]);
  });
});
