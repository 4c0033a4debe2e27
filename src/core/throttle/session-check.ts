import type { Application } from '../applications.ts';
import type { Clock } from '../ports.ts';
import { isEnforced } from './booked-limits.ts';
import type { LimitBook } from './limit-book.ts';
import { type RefusedCall, refusedCall, storeDown } from './refused-call.ts';
import type { SessionKeeper } from './session-keeper.ts';

type Caller = Pick<Application, 'name' | 'className'>;

/** Whether a request names a session where it has to. */
export interface SessionCheck {
  /**
   * Undefined: it may go on. Where an enforced limit on `connect` counts for the application, the request must name a
   * session that the application holds. Never rejects.
   */
  refusalOf(
    caller: Caller,
    sessionId: string | undefined,
  ): RefusedCall | undefined | Promise<RefusedCall | undefined>;
  /** Asks the store at the next request. */
  forget(caller: Caller, sessionId: string): void;
}

export interface SessionCheckParts {
  readonly keeper: Pick<SessionKeeper, 'isHeld'>;
  readonly book: Pick<LimitBook, 'chain'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** A session that was held is taken for held so long: one that is closed elsewhere ends here by then. */
const believedMs = 1_000;
/** Sessions remembered; beyond, the one that was asked for first is asked for again. */
const mostBelieved = 10_000;
/** 128 bits in base64url. */
const sessionIdPattern = /^[A-Za-z0-9_-]{22}$/;

/** What has not the form of an id is none: nobody need be asked. */
export function isSessionId(text: string): boolean {
  return sessionIdPattern.test(text);
}

const noSession = refusedCall(
  'session-required',
  'name a session in X-Weir-Session: the application has a connect limit',
);
const notHeld = refusedCall(
  'session-required',
  'the session in X-Weir-Session is not held by the application, or has ended',
);

export function createSessionCheck({ keeper, book, clock }: SessionCheckParts): SessionCheck {
  /** Until when, by application and session; the oldest first. */
  const believed = new Map<string, number>();
  const believe = (name: string): void => {
    believed.delete(name);
    const [oldest] = believed.keys();
    if (oldest !== undefined && believed.size >= mostBelieved) believed.delete(oldest);
    believed.set(name, clock.nowMs() + believedMs);
  };
  const ask = async (caller: Caller, sessionId: string): Promise<RefusedCall | undefined> => {
    const held = await keeper.isHeld(caller, sessionId);
    if (held === 'denied') return storeDown;
    if (!held) return notHeld;
    believe(nameOf(caller, sessionId));
    return undefined;
  };
  return {
    refusalOf(caller, sessionId) {
      if (!book.chain(caller, 'connect').some(isEnforced)) return undefined;
      if (sessionId === undefined) return noSession;
      if (!isSessionId(sessionId)) return notHeld;
      const untilMs = believed.get(nameOf(caller, sessionId));
      return untilMs !== undefined && clock.nowMs() < untilMs ? undefined : ask(caller, sessionId);
    },
    forget(caller, sessionId) {
      believed.delete(nameOf(caller, sessionId));
    },
  };
}

function nameOf({ name }: Caller, sessionId: string): string {
  return `${name} ${sessionId}`;
}
