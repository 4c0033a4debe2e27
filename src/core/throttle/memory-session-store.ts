import type { Clock } from '../ports.ts';
import { HeldSessions } from './held-sessions.ts';
import { type LimitId, limitId } from './limit.ts';
import type { LimitBuckets } from './limit-buckets.ts';
import { openedWith, type SessionCap, type SessionStore, type SessionVerdict } from './sessions.ts';

type Opening = Parameters<SessionStore['open']>[0];

/** The sessions of this process alone. Never rejects. */
export interface MemorySessionStore extends SessionStore {
  /** Holds it whatever limits and caps say: it was opened elsewhere. */
  hold(session: Omit<Opening, 'limits'>): void;
  /** When it ends by itself, on this store's clock; undefined: it is not held. */
  endOf(application: string, id: string): number | undefined;
  /** Every session held. */
  all(): readonly { readonly application: string; readonly id: string }[];
}

/** Holds as many as its callers' caps allow, and those that were handed to `hold`. */
export function createMemorySessionStore(
  buckets: Pick<LimitBuckets, 'charge'>,
  clock: Pick<Clock, 'nowMs'>,
): MemorySessionStore {
  return new SessionSets(buckets, clock);
}

class SessionSets implements MemorySessionStore {
  readonly #buckets: Pick<LimitBuckets, 'charge'>;
  readonly #clock: Pick<Clock, 'nowMs'>;
  /** Of applications, by their `connect` limits, so that their own caps count them; of classes and of all. */
  readonly #sets = new Map<LimitId, HeldSessions>();
  readonly #applications = new Set<string>();

  constructor(buckets: Pick<LimitBuckets, 'charge'>, clock: Pick<Clock, 'nowMs'>) {
    this.#buckets = buckets;
    this.#clock = clock;
  }

  async open(session: Opening): Promise<SessionVerdict> {
    const nowMs = this.#clock.nowMs();
    const full = session.caps.filter(({ id, sessions }) => this.#set(id).count(nowMs) >= sessions);
    const violated = full.filter(({ enforced }) => enforced);
    if (violated.length > 0) {
      return {
        kind: 'refused',
        reason: 'connect-sessions',
        retryAfterMs: Math.max(...violated.map((cap) => this.#placeFreeAt(cap, nowMs))) - nowMs,
        violated: violated.map(({ id }) => id),
      };
    }
    const verdict = this.#buckets.charge({ limits: session.limits, units: 1, atLeast: 1 });
    if (verdict.kind === 'granted') {
      this.hold(session);
      return openedWith(verdict.states, full.length > 0);
    }
    return {
      kind: 'refused',
      reason: 'connect-rate',
      // One session is never more than a burst: there is no `oversize`.
      retryAfterMs: verdict.kind === 'refused' ? verdict.retryAfterMs : 0,
      violated: verdict.violated.map((index) => session.limits[index]?.id ?? ''),
    };
  }

  hold({ application, id, ttlMs, caps }: Omit<Opening, 'limits'>): void {
    this.#applications.add(application);
    const nowMs = this.#clock.nowMs();
    for (const set of this.#setsOf(application, caps)) {
      set.count(nowMs);
      set.hold(id, nowMs + ttlMs);
    }
  }

  async renew(session: Omit<Opening, 'limits'>): Promise<boolean> {
    if (this.endOf(session.application, session.id) === undefined) return false;
    this.hold(session);
    return true;
  }

  async close({ application, id, caps }: Parameters<SessionStore['close']>[0]): Promise<boolean> {
    const wasHeld = this.endOf(application, id) !== undefined;
    for (const set of this.#setsOf(application, caps)) set.release(id);
    return wasHeld;
  }

  async isHeld(application: string, id: string): Promise<boolean> {
    return this.endOf(application, id) !== undefined;
  }

  async held(applications: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const nowMs = this.#clock.nowMs();
    return new Map(
      applications.map((name) => [name, this.#sets.get(ownLimit(name))?.count(nowMs) ?? 0] as const),
    );
  }

  endOf(application: string, id: string): number | undefined {
    return this.#sets.get(ownLimit(application))?.endOf(id, this.#clock.nowMs());
  }

  all(): readonly { readonly application: string; readonly id: string }[] {
    const nowMs = this.#clock.nowMs();
    return [...this.#applications].flatMap((application) => {
      const set = this.#set(ownLimit(application));
      return set.count(nowMs) === 0 ? [] : set.ids().map((id) => ({ application, id }));
    });
  }

  #placeFreeAt({ id, sessions }: SessionCap, nowMs: number): number {
    const set = this.#set(id);
    return set.endOfNext(set.count(nowMs) - sessions + 1);
  }

  #setsOf(application: string, caps: readonly SessionCap[]): readonly HeldSessions[] {
    return [ownLimit(application), ...caps.map(({ id }) => id)].map((id) => this.#set(id));
  }

  #set(id: LimitId): HeldSessions {
    const known = this.#sets.get(id);
    if (known !== undefined) return known;
    const made = new HeldSessions();
    this.#sets.set(id, made);
    return made;
  }
}

function ownLimit(application: string): LimitId {
  return limitId({ kind: 'application', name: application }, 'connect');
}
