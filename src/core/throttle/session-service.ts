import type { Application } from '../applications.ts';
import { RequestError } from '../errors.ts';
import type { LimitId } from './limit.ts';
import type { LimitBook } from './limit-book.ts';
import { paused, type RefusedCall, storeDown } from './refused-call.ts';
import { readFields } from './request-fields.ts';
import { isSessionId, type SessionCheck } from './session-check.ts';
import type { SessionKeeper } from './session-keeper.ts';
import type { SessionVerdict } from './sessions.ts';
import type { ThrottleTelemetry } from './telemetry.ts';
import type { ThrottleEngine } from './throttle-engine.ts';

type Caller = Pick<Application, 'name' | 'className'>;

/** In seconds. */
export const sessionTimes = { shortest: 1, default: 30, longest: 3_600 } as const;

export interface HeldSession {
  readonly kind: 'held';
  readonly sessionId: string;
  readonly expiresInMs: number;
}

/** Sessions as applications ask for them. `body`: parsed JSON, or undefined where there is none. */
export interface SessionService {
  /** Rejects with a `RequestError`: `invalid-request`. */
  open(caller: Caller, body: unknown): Promise<HeldSession | RefusedCall>;
  /** Rejects with a `RequestError`: `invalid-request`, `not-found` for a session that is not held (any more). */
  renew(caller: Caller, sessionId: string, body: unknown): Promise<HeldSession | RefusedCall>;
  /** Undefined: it is closed. Rejects with a `RequestError`: `not-found`. */
  close(caller: Caller, sessionId: string): Promise<RefusedCall | undefined>;
}

export interface SessionServiceParts {
  readonly keeper: SessionKeeper;
  readonly check: Pick<SessionCheck, 'forget'>;
  readonly book: Pick<LimitBook, 'chain' | 'isPaused'>;
  readonly telemetry: Pick<ThrottleTelemetry, 'used' | 'refused' | 'near'>;
  /** Is told how the limits on the rate stand, as others are to be told of them. */
  readonly throttle: Pick<ThrottleEngine, 'note'>;
  /** 128 random bits that nobody can guess, in base64url. */
  readonly newId: () => string;
}

export function createSessionService(parts: SessionServiceParts): SessionService {
  const { keeper, check } = parts;
  return {
    async open(caller, body) {
      const ttlMs = readTtlMs(body);
      if (parts.book.isPaused(caller.name)) return paused;
      const chain = parts.book.chain(caller, 'connect');
      const sessionId = parts.newId();
      const verdict = await keeper.open(caller, sessionId, ttlMs);
      if (verdict === 'denied') return storeDown;
      report(parts, caller, verdict);
      if (verdict.kind === 'opened') {
        parts.throttle.note(caller, 'connect', chain, verdict.states);
        return { kind: 'held', sessionId, expiresInMs: ttlMs };
      }
      return refusalOf(parts, caller, verdict);
    },
    async renew(caller, sessionId, body) {
      const ttlMs = readTtlMs(body);
      const renewed = isSessionId(sessionId) && (await keeper.renew(caller, sessionId, ttlMs));
      if (renewed === 'denied') return storeDown;
      if (renewed) return { kind: 'held', sessionId, expiresInMs: ttlMs };
      check.forget(caller, sessionId);
      throw noSuchSession();
    },
    async close(caller, sessionId) {
      check.forget(caller, sessionId);
      const closed = isSessionId(sessionId) && (await keeper.close(caller, sessionId));
      if (closed === 'denied') return storeDown;
      if (!closed) throw noSuchSession();
      return undefined;
    },
  };
}

function readTtlMs(body: unknown): number {
  const { shortest, longest } = sessionTimes;
  const fields = readFields(body ?? {}, ['ttlSeconds']);
  const ttlSeconds = fields.wholeNumber('ttlSeconds', shortest, longest) ?? sessionTimes.default;
  fields.check();
  return ttlSeconds * 1_000;
}

function report({ telemetry }: SessionServiceParts, { name }: Caller, verdict: SessionVerdict): void {
  if (verdict.kind === 'refused') {
    telemetry.refused(name, 'connect', 1, 'on');
    return;
  }
  telemetry.used(name, 'connect', 1);
  if (verdict.shadowRefused) telemetry.refused(name, 'connect', 1, 'shadow');
  if (verdict.near) telemetry.near(name, 'connect');
}

function refusalOf(
  { book }: SessionServiceParts,
  caller: Caller,
  { reason, retryAfterMs, violated }: Extract<SessionVerdict, { kind: 'refused' }>,
): RefusedCall {
  const isViolated = ({ id }: { readonly id: LimitId }): boolean => violated.includes(id);
  return {
    kind: 'refused',
    problem: 'over-quota',
    detail:
      reason === 'connect-rate'
        ? 'sessions are opened faster than the limits allow'
        : 'as many sessions are held as the limits allow',
    reason,
    retryAfterMs,
    violated: book
      .chain(caller, 'connect')
      .filter(isViolated)
      .map(({ policy }) => policy),
  };
}

function noSuchSession(): RequestError {
  return new RequestError('not-found', 'the application holds no such session, or it has ended');
}
