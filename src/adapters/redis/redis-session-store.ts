import { msOfTicks } from '../../core/throttle/gcra.ts';
import { limitId } from '../../core/throttle/limit.ts';
import { StoreError } from '../../core/throttle/limit-store.ts';
import {
  openedWith,
  type SessionCap,
  type SessionStore,
  type SessionVerdict,
} from '../../core/throttle/sessions.ts';
import { isIntegers, readVerdict } from './charge-reply.ts';
import type { RedisCommands } from './redis-port.ts';
import { checkSession, closeSession, countSessions, openSession, renewSession } from './session-lua.ts';
import { chargeArguments, chargeKeys } from './throttle-lua.ts';

/** Applications asked for in one call; a call for more takes several. */
const applicationsAtOnce = 100;

/** Sessions of all instances of a fleet, each operation one script. */
export function createRedisSessionStore(redis: RedisCommands): SessionStore {
  const setOf = (application: string): string =>
    redis.key('sessions', limitId({ kind: 'application', name: application }, 'connect'));
  const setsOf = (application: string, caps: readonly SessionCap[]): string[] => [
    setOf(application),
    ...caps.map(({ id }) => redis.key('sessions', id)),
  ];
  return {
    async open({ application, id, ttlMs, limits, caps }) {
      const reply = await redis.run(
        openSession,
        [...chargeKeys(redis, limits), ...setsOf(application, caps)],
        [
          redis.clockArgument(),
          id,
          ttlMs,
          limits.length,
          ...chargeArguments(limits),
          ...caps.flatMap(({ sessions, enforced }) => [sessions, enforced ? 1 : 0]),
        ],
      );
      return readOpening(reply, limits, caps);
    },
    async renew({ application, id, ttlMs, caps }) {
      const args = [redis.clockArgument(), id, ttlMs];
      return readFlag(await redis.run(renewSession, setsOf(application, caps), args));
    },
    async close({ application, id, caps }) {
      return readFlag(await redis.run(closeSession, setsOf(application, caps), [redis.clockArgument(), id]));
    },
    async isHeld(application, id) {
      return readFlag(await redis.run(checkSession, [setOf(application)], [redis.clockArgument(), id]));
    },
    async held(applications) {
      const counts = new Map<string, number>();
      for (let at = 0; at < applications.length; at += applicationsAtOnce) {
        const some = applications.slice(at, at + applicationsAtOnce);
        const reply = await redis.run(countSessions, some.map(setOf), [redis.clockArgument()]);
        if (!isIntegers(reply) || reply.length !== some.length) throw new StoreError('failed');
        for (const [index, application] of some.entries()) counts.set(application, reply[index] ?? 0);
      }
      return counts;
    },
  };
}

function readOpening(
  reply: unknown,
  limits: readonly { readonly id: string }[],
  caps: readonly SessionCap[],
): SessionVerdict {
  if (!isIntegers(reply)) throw new StoreError('failed');
  const [byCap = 0, value = 0, blamed = 0] = reply;
  if (byCap === 1) {
    const violated = caps.filter((_cap, index) => (blamed >> index) & 1).map(({ id }) => id);
    return { kind: 'refused', reason: 'connect-sessions', retryAfterMs: msOfTicks(value), violated };
  }
  const verdict = readVerdict(reply.slice(2), limits.length);
  if (verdict.kind === 'granted') return openedWith(verdict.states, value === 1);
  const violated = verdict.violated.map((index) => limits[index]?.id ?? '');
  // One session is never more than a burst: there is no `oversize`.
  const retryAfterMs = verdict.kind === 'refused' ? verdict.retryAfterMs : 0;
  return { kind: 'refused', reason: 'connect-rate', retryAfterMs, violated };
}

function readFlag(reply: unknown): boolean {
  if (reply !== 0 && reply !== 1) throw new StoreError('failed');
  return reply === 1;
}
