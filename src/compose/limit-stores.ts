import { probeScript } from '../adapters/redis/fleet-lua.ts';
import { connectRedis } from '../adapters/redis/redis-connection.ts';
import { createRedisFleetStore } from '../adapters/redis/redis-fleet-store.ts';
import { createRedisGuardStore } from '../adapters/redis/redis-guard-store.ts';
import { createRedisInvalidationStream } from '../adapters/redis/redis-invalidation-stream.ts';
import { createRedisLimitStore } from '../adapters/redis/redis-limit-store.ts';
import { createRedisPermitStore } from '../adapters/redis/redis-permit-store.ts';
import { createRedisSessionStore } from '../adapters/redis/redis-session-store.ts';
import type { RedisConfig } from '../config/config.ts';
import type { InvalidationStream } from '../core/cache/invalidation.ts';
import type { GuardStore } from '../core/guard/guard-store.ts';
import { createMemoryGuardStore } from '../core/guard/memory-guard-store.ts';
import type { Clock } from '../core/ports.ts';
import type { FleetStore } from '../core/throttle/fleet.ts';
import { LimitBuckets } from '../core/throttle/limit-buckets.ts';
import type { LimitStore } from '../core/throttle/limit-store.ts';
import { createMemoryFleetStore } from '../core/throttle/memory-fleet-store.ts';
import { createMemoryLimitStore, ticksOf } from '../core/throttle/memory-limit-store.ts';
import { createMemoryPermitStore } from '../core/throttle/memory-permit-store.ts';
import { createMemorySessionStore } from '../core/throttle/memory-session-store.ts';
import type { PermitStore } from '../core/throttle/permits.ts';
import type { SessionStore } from '../core/throttle/sessions.ts';

/** Where a fleet counts, or this process alone. */
export interface LimitStores {
  readonly limits: LimitStore;
  readonly sessions: SessionStore;
  readonly permits: PermitStore;
  readonly fleet: FleetStore;
  readonly guard: GuardStore;
  /** Undefined where there are no other instances to be told. */
  readonly invalidations: InvalidationStream | undefined;
  readonly probe: () => Promise<unknown>;
  /** Resolves once the store is there. */
  readonly ready: Promise<void>;
  /** Why it is not there, in a word or two; empty where nothing is known against it. */
  readonly trouble: () => string;
  close(): Promise<void>;
}

/** Without Redis each process counts for itself. */
export function openLimitStores(redis: RedisConfig | undefined, clock: Clock): LimitStores {
  return redis === undefined ? memoryStores(clock) : redisStores(redis);
}

function redisStores(options: RedisConfig): LimitStores {
  let trouble = '';
  const redis = connectRedis(options, {
    onTrouble: (what) => {
      trouble = what;
    },
  });
  const ready = Promise.withResolvers<void>();
  redis.onReady(() => {
    trouble = '';
    ready.resolve();
  });
  return {
    limits: createRedisLimitStore(redis),
    sessions: createRedisSessionStore(redis),
    permits: createRedisPermitStore(redis),
    fleet: createRedisFleetStore(redis),
    guard: createRedisGuardStore(redis),
    invalidations: createRedisInvalidationStream(redis),
    probe: () => redis.run(probeScript, [redis.key('probe')], [redis.clockArgument()]),
    ready: ready.promise,
    trouble: () => trouble,
    close: () => redis.close(),
  };
}

function memoryStores(clock: Clock): LimitStores {
  const buckets = new LimitBuckets(ticksOf(clock));
  return {
    limits: createMemoryLimitStore(buckets),
    sessions: createMemorySessionStore(buckets, clock),
    permits: createMemoryPermitStore(buckets, clock),
    fleet: createMemoryFleetStore(() => Date.now()),
    guard: createMemoryGuardStore(clock),
    invalidations: undefined,
    probe: async () => {},
    ready: Promise.resolve(),
    trouble: () => '',
    close: async () => {},
  };
}
