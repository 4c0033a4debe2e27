import { SettledOnce } from './admission.ts';
import { type Decision, grant, nowhere, type Refusal, refuse } from './decision.ts';
import { Demand } from './demand.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { Ledger } from './ledger.ts';
import type { LimitedOperation } from './limit.ts';
import type { BookedLimit } from './limit-book.ts';
import { slowedBy } from './limit-steering.ts';
import type { LimitState } from './limit-store.ts';
import type { LocalLimits } from './local-limits.ts';
import { pausedRetryAfterMs } from './refused-call.ts';
import type { Admission, Ask, Pace, PolicyState } from './throttle.ts';
import type { ThrottleParts } from './throttle-parts.ts';
import { type WaitingAsk, WaitingLine } from './waiting-line.ts';

export interface AccountParts extends Omit<ThrottleParts, 'instances'> {
  readonly locals: LocalLimits;
  readonly onStranded: (application: string, operation: LimitedOperation, units: number) => void;
}

/** The limit that refused a part of it is gone. */
const changedRefusal: Refusal = { reason: 'over', retryAfterMs: 1, violated: [] };
const pausedRefusal: Refusal = { reason: 'paused', retryAfterMs: pausedRetryAfterMs, violated: [] };
/** Of the time that an ask has left, a part is kept for using what is granted at the end of the wait. */
const keptShare = 1 / 4;
const leastKeptMs = 20;
const mostKeptMs = 250;

/** One application's use of one operation on this instance: the limits that hold for it, its lease, those who wait. */
export class Account {
  readonly application: string;
  readonly operation: LimitedOperation;
  readonly #parts: AccountParts;
  readonly #demand: Demand;
  readonly #line: WaitingLine;
  #className: string;
  #isPaused = false;
  /** Undefined: no limit. */
  #ledger: Ledger | undefined;
  /** Undefined: each decision asks the store. */
  #keeper: LeaseKeeper | undefined;
  #arrivals = 0;
  #isClosed = false;

  constructor(parts: AccountParts, application: Ask['application'], operation: LimitedOperation) {
    this.application = application.name;
    this.operation = operation;
    this.#className = application.className;
    this.#parts = parts;
    this.#demand = new Demand(parts.clock.nowMs());
    this.#line = new WaitingLine({
      clock: parts.clock,
      attempt: (units, atLeast) => this.#attempt(units, atLeast),
      room: () => this.#keeper?.units() ?? this.#ledger?.standings.room(parts.clock.nowMs()) ?? 0,
      untilRoomMs: (units) =>
        this.#keeper?.untilRoomMs(units) ??
        this.#ledger?.standings.untilRoomMs(units, parts.clock.nowMs()) ??
        0,
      mostUnits: () => this.#mostUnits(),
    });
    this.refresh();
  }

  admit(ask: Ask): Admission | Promise<Admission> {
    if (ask.application.className !== this.#className) {
      this.#className = ask.application.className;
      this.refresh();
    }
    const nowMs = this.#parts.clock.nowMs();
    const ledger = this.#ledger;
    this.#demand.note(ask.units, nowMs);
    if (this.#isPaused) return this.#conclude(ask, refuse(pausedRefusal), 0);
    if (ledger === undefined) return this.#conclude(ask, grant(ask.units, nowhere), 0);
    if (ask.strict && ask.units > ledger.smallestBurst) {
      return this.#conclude(ask, refuse(ledger.oversize(ask.units)), 0);
    }
    const units = ask.strict ? ask.units : Math.min(ask.units, this.#mostUnits());
    const endsAtMs = this.#endOfWaiting(ask, ledger, nowMs);
    const mayWait = endsAtMs > nowMs;
    const { strict, caller } = ask;
    const place: WaitingAsk = {
      units: ask.units,
      strict,
      order: this.#nextArrival(),
      endsAtMs,
      retryAfterMs: 0,
      caller,
    };
    if (this.#line.length > 0) {
      const refusal = this.#line.refusal();
      return mayWait ? this.#wait(ask, place, refusal) : this.#conclude(ask, refuse(refusal), 0);
    }
    const decision = this.#attempt(units, strict || mayWait ? units : 1);
    const take = (known: Decision): Admission | Promise<Admission> => {
      const { refusal } = known;
      const isTimeLeft = this.#parts.clock.nowMs() < endsAtMs;
      if (!isTimeLeft || refusal?.reason !== 'over') return this.#conclude(ask, known, 0);
      const isOfToday = ledger === this.#ledger && !this.#isPaused;
      const retryAfterMs = isOfToday ? (refusal.retryAfterMs ?? 0) : 0;
      return this.#wait(ask, { ...place, retryAfterMs }, refusal);
    };
    return decision instanceof Promise ? decision.then(take) : take(decision);
  }

  /** Looks up what holds now; where nothing changed for this account, its lease stays. */
  refresh(): void {
    const { book, breaker, clock, random } = this.#parts;
    const chain = book.chain({ name: this.application, className: this.#className }, this.operation);
    this.#isPaused = book.isPaused(this.application);
    this.#ledger?.memory.forget();
    if (chain !== this.#ledger?.chain) {
      void this.#retire();
      const onStranded = (units: number): void =>
        this.#parts.onStranded(this.application, this.operation, units);
      const ledger = chain.length > 0 ? new Ledger({ ...this.#parts, onStranded }, this, chain) : undefined;
      this.#ledger = ledger;
      this.#keeper =
        ledger !== undefined && chain[0]?.limit.mode === 'lease'
          ? new LeaseKeeper({ clock, random, breaker, ledger, demand: this.#demand })
          : undefined;
    }
    this.#line.wake();
  }

  /** What was refused may succeed now. */
  wake(): void {
    this.#line.wake();
  }

  standing(): PolicyState | undefined {
    const ledger = this.#ledger;
    const own = ledger?.chain[0];
    if (ledger === undefined || own?.policy !== this.operation || own.limit.enforce !== 'on')
      return undefined;
    const { clock, breaker, locals } = this.#parts;
    const { policy, limit } = own;
    const { rate, burst } = limit;
    const here = breaker.state() === 'open' ? locals.standing(own) : undefined;
    const { remaining, fullInMs } = here ?? ledger.standings.of(0, clock.nowMs());
    if (this.#isPaused) {
      return { policy, rate, burst, remaining: 0, fullInMs: Math.max(fullInMs, pausedRetryAfterMs) };
    }
    const units = Math.max(0, remaining) + this.leased();
    return { policy, rate, burst, remaining: Math.min(burst, units), fullInMs };
  }

  pace(): Pace | undefined {
    return this.#ledger?.pace;
  }

  /** What the store said to others who charged this chain. */
  note(chain: readonly BookedLimit[], states: readonly LimitState[]): void {
    if (chain === this.#ledger?.chain) this.#ledger.standings.note(states, this.#parts.clock.nowMs());
  }

  leased(): number {
    return this.#keeper?.units() ?? 0;
  }

  /** Nobody waits, and nobody has asked for so long. */
  isIdle(forMs: number): boolean {
    return this.#line.length === 0 && this.#parts.clock.nowMs() - this.#demand.latestMs() >= forMs;
  }

  /** Refuses those who wait and gives back what is leased; resolves when the store knows. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#line.close();
    await this.#retire();
  }

  /** What was charged by these limits is still settled by them. */
  async #retire(): Promise<void> {
    await this.#keeper?.close();
    await this.#ledger?.corrections.flush();
  }

  #attempt(units: number, atLeast: number): Decision | Promise<Decision> {
    const ledger = this.#ledger;
    if (this.#isPaused) return refuse(pausedRefusal);
    if (ledger === undefined) return grant(units, nowhere);
    if (atLeast > Math.max(ledger.smallestBurst, this.#mostUnits())) return refuse(ledger.oversize(atLeast));
    return this.#keeper?.decide(units, atLeast) ?? ledger.decide(units, atLeast);
  }

  /** More than these nobody is ever given at once: without the store, of this instance's share. */
  #mostUnits(): number {
    const { breaker, locals } = this.#parts;
    const ledger = this.#ledger;
    if (ledger === undefined) return Number.POSITIVE_INFINITY;
    return breaker.state() === 'open' ? locals.mostUnits(ledger.chain) : ledger.smallestBurst;
  }

  #nextArrival(): number {
    this.#arrivals += 1;
    return this.#arrivals;
  }

  #endOfWaiting(ask: Ask, ledger: Ledger, nowMs: number): number {
    if (this.#isClosed) return nowMs;
    const { longestWaitMs } = this.#parts.bounds;
    const byLimit = ledger.chain[0]?.limit.onOver === 'wait' ? longestWaitMs : 0;
    const waitMs = Math.min(ask.waitMs ?? byLimit, longestWaitMs);
    const keptMs = Math.min(mostKeptMs, (ask.deadlineMs - nowMs) * keptShare);
    return Math.min(nowMs + waitMs, ask.deadlineMs - Math.max(leastKeptMs, keptMs));
  }

  #wait(ask: Ask, place: WaitingAsk, refusal: Refusal): Admission | Promise<Admission> {
    const { clock, bounds, telemetry } = this.#parts;
    if (this.#line.length >= bounds.waiting) {
      return this.#conclude(ask, refuse({ ...refusal, reason: 'queue-full' }), 0);
    }
    const sinceMs = clock.nowMs();
    return this.#line.join(place, refusal.violated).then((decision) => {
      const waitedMs = clock.nowMs() - sinceMs;
      telemetry.waited(this.application, this.operation, waitedMs);
      return this.#conclude(ask, decision, waitedMs);
    });
  }

  #conclude(ask: Ask, decision: Decision, waitedMs: number): Admission {
    const { telemetry } = this.#parts;
    const missing = ask.units - decision.granted;
    let { refusal } = decision;
    // More than a burst was asked for, and the burst was granted.
    if (missing > 0) refusal ??= this.#ledger?.shortfall(missing, 0) ?? changedRefusal;
    refusal = this.#withSlowed(refusal);
    if (decision.granted > 0) telemetry.used(this.application, this.operation, decision.granted);
    if (missing > 0 && refusal?.reason !== 'gone') {
      telemetry.refused(this.application, this.operation, missing, 'on');
    }
    return new SettledOnce(decision, refusal, waitedMs, this.#onUsed);
  }

  /** Here for all ways to a refusal, remembered ones and waiting too. More than a burst is too much whatever the rate. */
  #withSlowed(refusal: Refusal | undefined): Refusal | undefined {
    if (refusal?.reason !== 'over' && refusal?.reason !== 'queue-full') return refusal;
    const slowed = slowedBy(this.#ledger?.chain ?? [], refusal.violated);
    return slowed === undefined ? refusal : { ...refusal, slowed };
  }

  readonly #onUsed = (units: number): void =>
    this.#parts.telemetry.used(this.application, this.operation, units);
}
