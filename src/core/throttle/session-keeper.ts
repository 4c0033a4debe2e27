import type { Application } from '../applications.ts';
import type { Clock } from '../ports.ts';
import { chargedLimits, deniesWithoutStore, isEnforced } from './booked-limits.ts';
import { limitId } from './limit.ts';
import type { BookedLimit, LimitBook } from './limit-book.ts';
import { limitBounds } from './limit-rules.ts';
import type { LocalLimits } from './local-limits.ts';
import type { MemorySessionStore } from './memory-session-store.ts';
import type { SessionCap, SessionStore, SessionVerdict } from './sessions.ts';
import type { StoreBreaker } from './store-breaker.ts';

type Caller = Pick<Application, 'name' | 'className'>;

/** The store is down, and a `connect` limit says to deny then. */
export type Denied = 'denied';

/** The sessions of the fleet, with what takes the place of the store while it is down. Never rejects. */
export interface SessionKeeper {
  open(caller: Caller, id: string, ttlMs: number): Promise<SessionVerdict | Denied>;
  renew(caller: Caller, id: string, ttlMs: number): Promise<boolean | Denied>;
  close(caller: Caller, id: string): Promise<boolean | Denied>;
  isHeld(caller: Caller, id: string): Promise<boolean | Denied>;
}

export interface SessionKeeperParts {
  readonly store: SessionStore;
  /** Holds what is opened or renewed while the store is down. */
  readonly local: MemorySessionStore;
  /** How fast they are opened then. */
  readonly locals: Pick<LocalLimits, 'decide' | 'drop'>;
  readonly breaker: Pick<StoreBreaker, 'run' | 'state'>;
  readonly book: Pick<LimitBook, 'chain'>;
  /** Of the fleet, as last known; at least 1. */
  readonly instances: () => number;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export function createSessionKeeper(parts: SessionKeeperParts): SessionKeeper {
  return new Keeper(parts);
}

/**
 * While the store is down and no limit says to deny, sessions are opened in this process, under a share of the limits, and
 * whoever names a session is believed: it may well have been opened before, and what does not answer must not end a job.
 * Renewed ones count here. When the store is back it is given all that are held here, whatever its limits say.
 */
class Keeper implements SessionKeeper {
  readonly #parts: SessionKeeperParts;
  /** Who holds sessions here; applications are configured, so they are few. */
  readonly #holders = new Map<string, Caller>();
  #handingOver = false;

  constructor(parts: SessionKeeperParts) {
    this.#parts = parts;
  }

  open(caller: Caller, id: string, ttlMs: number): Promise<SessionVerdict | Denied> {
    const chain = this.#chain(caller);
    const limits = chargedLimits(chain);
    const caps = withBound(caller, capsOf(chain));
    return this.#ask<SessionVerdict | Denied>(
      'session-open',
      () => this.#parts.store.open({ application: caller.name, id, ttlMs, limits, caps }),
      () => this.#openHere(caller, id, ttlMs, chain),
    );
  }

  async #openHere(
    caller: Caller,
    id: string,
    ttlMs: number,
    chain: readonly BookedLimit[],
  ): Promise<SessionVerdict | Denied> {
    const { local, locals, instances } = this.#parts;
    const { granted, refusal, source, expiresAtMs } = locals.decide(chain, 1, 1);
    if (granted === 0) {
      if (refusal?.reason !== 'over') return 'denied';
      const violated = chain
        .filter(({ policy }) => refusal.violated.includes(policy))
        .map((limit) => limit.id);
      return { kind: 'refused', reason: 'connect-rate', retryAfterMs: refusal.retryAfterMs ?? 0, violated };
    }
    this.#holders.set(caller.name, caller);
    const counted = chain.filter(({ limit }) => limit.onStoreDown === 'local');
    const share = capsOf(counted).map((cap) => shareOf(cap, instances()));
    const session = { application: caller.name, id, ttlMs, limits: [], caps: withBound(caller, share) };
    const verdict = await local.open(session);
    if (verdict.kind === 'refused') source.settle(1, expiresAtMs);
    return verdict;
  }

  renew(caller: Caller, id: string, ttlMs: number): Promise<boolean | Denied> {
    const { store, local } = this.#parts;
    const chain = this.#chain(caller);
    const session = { application: caller.name, id, ttlMs, caps: capsOf(chain) };
    return this.#ask<boolean | Denied>(
      'session-renew',
      async () => {
        if (await store.renew(session)) return true;
        // Opened here while the store was down, and not yet handed over.
        return local.endOf(caller.name, id) !== undefined && this.#moveToStore(caller, id, ttlMs);
      },
      async () => {
        if (deniesWithoutStore(chain)) return 'denied';
        this.#holders.set(caller.name, caller);
        const caps = withBound(caller, capsOf(chain).map(inShadow));
        // Without room for it here it is believed all the same.
        if (!(await local.renew(session))) await local.open({ ...session, limits: [], caps });
        return true;
      },
    );
  }

  async close(caller: Caller, id: string): Promise<boolean | Denied> {
    const { store, local } = this.#parts;
    const chain = this.#chain(caller);
    const session = { application: caller.name, id, caps: capsOf(chain) };
    const wasHeldHere = await local.close(session);
    return this.#ask<boolean | Denied>(
      'session-close',
      async () => (await store.close(session)) || wasHeldHere,
      // Nobody renews it in the store, where it ends by itself.
      () => wasHeldHere || (deniesWithoutStore(chain) ? 'denied' : true),
    );
  }

  isHeld(caller: Caller, id: string): Promise<boolean | Denied> {
    const { store, local } = this.#parts;
    return this.#ask<boolean | Denied>(
      'session-check',
      async () => (await store.isHeld(caller.name, id)) || local.endOf(caller.name, id) !== undefined,
      () => (deniesWithoutStore(this.#chain(caller)) ? 'denied' : true),
    );
  }

  async #ask<T>(name: string, call: () => Promise<T>, instead: () => T | Promise<T>): Promise<T> {
    let answer: T;
    try {
      answer = await this.#parts.breaker.run(name, call);
    } catch {
      return instead();
    }
    const { breaker, locals } = this.#parts;
    // An answer may come after others have found the store to be down.
    if (breaker.state() === 'closed') locals.drop();
    if (this.#holders.size > 0 && !this.#handingOver) void this.#handOver();
    return answer;
  }

  /** One after another, until the store fails again. */
  async #handOver(): Promise<void> {
    const { local, breaker, clock } = this.#parts;
    this.#handingOver = true;
    try {
      for (const { application, id } of local.all()) {
        const caller = this.#holders.get(application);
        const endMs = local.endOf(application, id);
        if (caller === undefined || endMs === undefined) continue;
        const ttlMs = Math.ceil(endMs - clock.nowMs());
        await breaker.run('session-open', () => this.#moveToStore(caller, id, ttlMs));
      }
      if (local.all().length === 0) this.#holders.clear();
    } catch {
      // The next answer of the store begins again.
    } finally {
      this.#handingOver = false;
    }
  }

  async #moveToStore(caller: Caller, id: string, ttlMs: number): Promise<true> {
    const { store, local } = this.#parts;
    const caps = capsOf(this.#chain(caller));
    const session = { application: caller.name, id, ttlMs };
    await store.open({ ...session, limits: [], caps: caps.map(inShadow) });
    await local.close({ ...session, caps });
    return true;
  }

  #chain(caller: Caller): readonly BookedLimit[] {
    return this.#parts.book.chain(caller, 'connect');
  }
}

function capsOf(chain: readonly BookedLimit[]): readonly SessionCap[] {
  return chain.flatMap((booked) => {
    const { sessions } = booked.limit;
    return sessions === undefined ? [] : [{ id: booked.id, sessions, enforced: isEnforced(booked) }];
  });
}

/** Whoever has no cap of its own has a bound all the same. */
function withBound({ name }: Caller, caps: readonly SessionCap[]): readonly SessionCap[] {
  const id = limitId({ kind: 'application', name }, 'connect');
  const hasOwn = caps.some((cap) => cap.id === id && cap.enforced);
  return hasOwn ? caps : [...caps, { id, sessions: limitBounds.mostSessions, enforced: true }];
}

function inShadow(cap: SessionCap): SessionCap {
  return { ...cap, enforced: false };
}

/** What this instance lets in while it cannot see what the others do; at least one. */
function shareOf(cap: SessionCap, instances: number): SessionCap {
  return { ...cap, sessions: Math.max(1, Math.floor(cap.sessions / instances)) };
}
