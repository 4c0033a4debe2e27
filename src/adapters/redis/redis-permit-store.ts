import { ticksPerMs } from '../../core/throttle/gcra.ts';
import { type ChargedLimit, StoreError } from '../../core/throttle/limit-store.ts';
import type { PermitReturn, PermitStore, PermitVerdict } from '../../core/throttle/permits.ts';
import { isIntegers, readVerdict } from './charge-reply.ts';
import { returnPermit, takePermit } from './permit-lua.ts';
import type { RedisCommands } from './redis-port.ts';
import { chargeArguments, chargeKeys } from './throttle-lua.ts';

/** Permits of all instances of a fleet. */
export function createRedisPermitStore(redis: RedisCommands): PermitStore {
  const keyOf = (application: string, permitId: string): string => redis.key('permit', application, permitId);
  return {
    async take({ application, permitId, operation, limits, units, ttlMs }) {
      const reply = await redis.run(
        takePermit,
        [keyOf(application, permitId), redis.key('permits', application), ...chargeKeys(redis, limits)],
        [
          redis.clockArgument(),
          units,
          ttlMs * ticksPerMs,
          operation,
          writeLimits(limits),
          ...chargeArguments(limits),
        ],
      );
      return readTaking(reply, limits.length);
    },
    /** In two calls: a script must name its keys, and which limits were charged is known to the permit alone. */
    async giveBack({ application, permitId, units }) {
      const permit = keyOf(application, permitId);
      const limits = readLimits(await redis.call('HGET', permit, 'limits'));
      if (limits === undefined) return { kind: 'unknown' };
      const reply = await redis.run(
        returnPermit,
        [permit, ...chargeKeys(redis, limits)],
        [redis.clockArgument(), units, ...chargeArguments(limits)],
      );
      return readReturn(reply);
    },
  };
}

function readTaking(reply: unknown, limits: number): PermitVerdict {
  if (!isIntegers(reply)) throw new StoreError('failed');
  const [kind = 0, value = 0, ...rest] = reply;
  if (kind === 2) return { kind: 'refused', retryAfterMs: value, violated: [], states: [] };
  if (kind === 3) return { kind: 'other-operation' };
  const verdict = readVerdict(rest, limits);
  if (verdict.kind !== 'granted') return verdict;
  return {
    kind: 'granted',
    units: verdict.units,
    // Never longer than it is: rounded down.
    expiresInMs: Math.floor(value / ticksPerMs),
    repeated: kind === 1,
    states: verdict.states,
  };
}

function readReturn(reply: unknown): PermitReturn {
  if (reply === null) return { kind: 'unknown' };
  const [units, operation] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  if (typeof units !== 'number' || typeof operation !== 'string') throw new StoreError('failed');
  return { kind: 'returned', units, operation };
}

function writeLimits(limits: readonly ChargedLimit[]): string {
  return JSON.stringify(limits.map(({ id, rate, burst, enforced }) => [id, rate, burst, enforced]));
}

/** As `writeLimits` wrote them; undefined where there is no permit. */
function readLimits(text: unknown): readonly ChargedLimit[] | undefined {
  if (typeof text !== 'string') return undefined;
  const entries = JSON.parse(text) as readonly (readonly [string, number, number, boolean])[];
  return entries.map(([id, rate, burst, enforced]) => ({ id, rate, burst, enforced }));
}
