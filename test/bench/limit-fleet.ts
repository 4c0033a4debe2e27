/** Instances of the limiter on a real Redis, each with connections of its own, for measuring. */
import { systemClock, systemRandom } from '../../src/adapters/node/clock.ts';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisLimitStore } from '../../src/adapters/redis/redis-limit-store.ts';
import type { Limit, LimitSubject } from '../../src/core/throttle/limit.ts';
import { limitId, policyName } from '../../src/core/throttle/limit.ts';
import type { BookedLimit, LimitBook } from '../../src/core/throttle/limit-book.ts';
import { createStoreBreaker, type StoreBreaker } from '../../src/core/throttle/store-breaker.ts';
import { createThrottle, type ThrottleEngine } from '../../src/core/throttle/throttle-engine.ts';
import type { RedisServer } from '../../topology/launcher/redis.ts';

export interface LimiterInstance {
  readonly engine: ThrottleEngine;
  /** Units that were never spent nor given back. */
  stranded(): number;
  /** Calls that Redis answered, and those that it did not answer in time. */
  calls(): { readonly ok: number; readonly failed: number };
  close(): Promise<void>;
}

export const application = { name: 'storefront', className: 'frontend' } as const;

export function limitOf(rate: number, mode: Limit['mode'], burst = rate): Limit {
  return { rate, burst, mode, enforce: 'on', onOver: 'reject', onStoreDown: 'local' };
}

/** Every application has the same limits: one for each subject, innermost first. */
function fixedBook(subjects: readonly LimitSubject[], limit: Limit): LimitBook {
  const chain: readonly BookedLimit[] = subjects.map((subject) => ({
    id: limitId(subject, 'read'),
    policy: policyName(subject, 'read'),
    limit,
  }));
  return { chain: () => chain, isPaused: () => false, onChange: () => () => {} };
}

export const oneLimit: readonly LimitSubject[] = [{ kind: 'application', name: application.name }];
export const threeLimits: readonly LimitSubject[] = [
  ...oneLimit,
  { kind: 'class', name: application.className },
  { kind: 'fleet' },
];

/** `patienceMs`: how long each call to Redis is waited for; undefined: as long as a Weir does. */
export function startLimiter(
  redis: Pick<RedisServer, 'host' | 'port'>,
  subjects: readonly LimitSubject[],
  limit: Limit,
  instances: number,
  patienceMs?: number,
): Promise<LimiterInstance> {
  let stranded = 0;
  const calls = { ok: 0, failed: 0 };
  const connection = connectRedis({
    servers: { kind: 'single', address: { host: redis.host, port: redis.port }, database: 0 },
    fleet: 'weir',
    clock: 'redis',
  });
  const telemetry = {
    used: () => {},
    refused: () => {},
    near: () => {},
    waited: () => {},
    storeCall: (_call: string, _durationMs: number, outcome: string) => {
      calls[outcome === 'ok' ? 'ok' : 'failed'] += 1;
    },
    stranded: (_application: string, _operation: string, units: number) => {
      stranded += units;
    },
    unexpected: (error: unknown) => {
      throw error;
    },
  };
  const breaker = createStoreBreaker({
    clock: systemClock,
    telemetry,
    probe: async () => void (await connection.call('PING')),
  });
  const engine = createThrottle({
    store: createRedisLimitStore(connection),
    breaker: patienceMs === undefined ? breaker : patient(breaker, patienceMs),
    book: fixedBook(subjects, limit),
    clock: systemClock,
    random: systemRandom,
    telemetry,
    instances: () => instances,
    bounds: { waiting: 1_000, longestWaitMs: 30_000 },
  });
  return new Promise((resolve) => {
    connection.onReady(() =>
      resolve({
        engine,
        stranded: () => stranded,
        calls: () => ({ ...calls }),
        async close() {
          await engine.close();
          breaker.close();
          await connection.close();
        },
      }),
    );
  });
}

function patient(breaker: StoreBreaker, patienceMs: number): StoreBreaker {
  return {
    run: (name, call) => breaker.run(name, call, patienceMs),
    state: () => breaker.state(),
    trouble: () => breaker.trouble(),
    onChange: (listener) => breaker.onChange(listener),
    close: () => breaker.close(),
  };
}

/** Commands that clients sent, by name; those that scripts run are not among them. */
export async function commandsSent(redis: RedisServer): Promise<ReadonlyMap<string, number>> {
  const text = String(await redis.command('INFO', 'commandstats'));
  const sent = new Map<string, number>();
  for (const [, name = '', calls = ''] of text.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)) {
    if (!insideScripts.has(name)) sent.set(name, Number(calls));
  }
  return sent;
}

/** The limiter itself sends none of these outside of a script. */
const insideScripts: ReadonlySet<string> = new Set(['get', 'set', 'del', 'time', 'info', 'pexpire']);
