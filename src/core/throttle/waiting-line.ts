import type { Clock } from '../ports.ts';
import { type Decision, grant, type Refusal, refuse } from './decision.ts';
import type { CallerWatch } from './throttle.ts';

export interface WaitingLineParts {
  readonly clock: Clock;
  /** Never rejects. */
  readonly attempt: (units: number, atLeast: number) => Decision | Promise<Decision>;
  /** How many units could be had now, and until so many can, as far as is known. */
  readonly room: () => number;
  readonly untilRoomMs: (units: number) => number;
  /** The most that can be had in one attempt; who takes fewer units as well asks for no more. */
  readonly mostUnits: () => number;
}

export interface WaitingAsk {
  readonly units: number;
  readonly strict: boolean;
  /** Those who came first have the lower number. */
  readonly order: number;
  readonly endsAtMs: number;
  /** Known from an attempt that was refused; 0: nothing is known. */
  readonly retryAfterMs: number;
  readonly caller: CallerWatch | undefined;
}

interface Waiter {
  readonly ask: WaitingAsk;
  readonly resolve: (decision: Decision) => void;
  /** In the attempt that is under way. */
  askedUnits: number;
  isEnded: boolean;
  hasLeft: boolean;
  stopWatching: () => void;
}

/** One attempt is for so many who fit, at most. */
const mostTogether = 256;
const shortestPauseMs = 1;
/** Who has waited for an answer of the store beyond its time does not wait for another one. */
const latenessMs = 5;
const goneRefusal: Refusal = { reason: 'gone', retryAfterMs: undefined, violated: [] };

/**
 * Callers of one application who wait for one operation, in the order of their coming: nobody is served before the
 * first, who asks again when that can succeed. Who waits for its time in vain is refused; only a first one that takes
 * fewer units as well gets what there is then. The bound on its length is kept by who lets callers in.
 */
export class WaitingLine {
  readonly #parts: WaitingLineParts;
  readonly #waiters: Waiter[] = [];
  #asked: readonly Waiter[] = [];
  #isFirstAlone = false;
  #isClosed = false;
  /** Since the first asked: its answer may be of yesterday. */
  #isWoken = false;
  #nextAtMs = 0;
  #cancelTimer: () => void = () => {};
  #violated: readonly string[] = [];

  constructor(parts: WaitingLineParts) {
    this.#parts = parts;
  }

  get length(): number {
    return this.#waiters.length;
  }

  /** What is told to those who do not wait while others do. */
  refusal(): Refusal {
    const retryAfterMs = Math.max(shortestPauseMs, this.#nextAtMs - this.#parts.clock.nowMs());
    return { reason: 'over', retryAfterMs, violated: this.#violated };
  }

  join(ask: WaitingAsk, violated: readonly string[]): Promise<Decision> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const cancelEnd = clock.after(ask.endsAtMs - clock.nowMs(), () => this.#end(waiter));
      const waiter: Waiter = {
        ask,
        resolve,
        askedUnits: 0,
        isEnded: false,
        hasLeft: false,
        stopWatching: cancelEnd,
      };
      let place = this.#waiters.length;
      while (place > 0 && (this.#waiters[place - 1] as Waiter).ask.order > ask.order) place -= 1;
      this.#waiters.splice(place, 0, waiter);
      if (violated.length > 0) this.#violated = violated;
      if (place === 0) this.#nextAtMs = clock.nowMs() + ask.retryAfterMs;
      const stopListening = ask.caller?.onGone(() => this.#leave(waiter, refuse(goneRefusal)));
      waiter.stopWatching = () => {
        cancelEnd();
        stopListening?.();
      };
      if (waiter.hasLeft) waiter.stopWatching();
      this.#serve();
    });
  }

  /** What was refused may succeed now. */
  wake(): void {
    this.#nextAtMs = this.#parts.clock.nowMs();
    this.#isWoken = this.#asked.length > 0;
    this.#serve();
  }

  /** Refuses everybody. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    const refusal = this.refusal();
    for (const waiter of [...this.#waiters]) this.#leave(waiter, refuse(refusal));
  }

  #serve(): void {
    this.#cancelTimer();
    if (this.#isClosed) return;
    while (this.#asked.length === 0 && this.#waiters.length > 0) {
      const pauseMs = this.#nextAtMs - this.#parts.clock.nowMs();
      if (pauseMs > 0) {
        const [first] = this.#waiters;
        this.#cancelTimer();
        if (first?.ask.strict && this.#nextAtMs > first.ask.endsAtMs) {
          // Nobody behind it has to wait for what cannot be.
          this.#leave(first, refuse(this.refusal()));
          return;
        }
        this.#cancelTimer = this.#parts.clock.after(pauseMs, () => this.#serve());
        return;
      }
      const group = this.#group();
      for (const waiter of group) waiter.askedUnits = this.#unitsOf(waiter.ask);
      const units = group.reduce((sum, { askedUnits }) => sum + askedUnits, 0);
      this.#asked = group;
      const answer = this.#parts.attempt(units, units);
      if (answer instanceof Promise) {
        void answer.then((decision) => {
          this.#answer(group, decision);
          this.#serve();
        });
        return;
      }
      this.#answer(group, answer);
    }
  }

  /** The first, and those behind it that fit as well: one call for all of them. */
  #group(): readonly Waiter[] {
    const [first] = this.#waiters;
    if (first === undefined || this.#isFirstAlone) return this.#waiters.slice(0, 1);
    const room = this.#parts.room();
    let units = this.#unitsOf(first.ask);
    let length = 1;
    while (length < Math.min(mostTogether, this.#waiters.length)) {
      units += this.#unitsOf((this.#waiters[length] as Waiter).ask);
      if (units > room) break;
      length += 1;
    }
    return this.#waiters.slice(0, length);
  }

  #answer(group: readonly Waiter[], decision: Decision): void {
    const { refusal } = decision;
    if (refusal === undefined) {
      this.#isFirstAlone = false;
      for (const waiter of group) this.#give(waiter, decision);
      this.#pauseForFirst();
    } else if (group.length > 1) {
      this.#isFirstAlone = true;
      this.#nextAtMs = this.#parts.clock.nowMs();
    } else if (refusal.reason === 'over') {
      this.#isFirstAlone = false;
      this.#violated = refusal.violated;
      const pauseMs = Math.max(shortestPauseMs, refusal.retryAfterMs ?? 0);
      this.#nextAtMs = this.#parts.clock.nowMs() + pauseMs;
    } else {
      // It would not help to wait: perhaps it would not help the next one either.
      for (const waiter of group) this.#leave(waiter, decision);
      this.#nextAtMs = this.#parts.clock.nowMs();
    }
    if (this.#isWoken) this.#nextAtMs = this.#parts.clock.nowMs();
    this.#isWoken = false;
    this.#asked = [];
    for (const waiter of group) if (waiter.isEnded && !waiter.hasLeft) this.#end(waiter);
  }

  #give(waiter: Waiter, { source, expiresAtMs }: Decision): void {
    const units = waiter.askedUnits;
    if (waiter.hasLeft) source.settle(units, expiresAtMs);
    else this.#leave(waiter, grant(units, source, undefined, expiresAtMs));
  }

  /** The answer that is under way decides of those for whom it was asked. */
  #end(waiter: Waiter): void {
    waiter.isEnded = true;
    if (!this.#asked.includes(waiter)) this.#finish(waiter);
  }

  #finish(waiter: Waiter): void {
    const { strict, endsAtMs } = waiter.ask;
    const isTooLate = this.#parts.clock.nowMs() - endsAtMs > latenessMs;
    if (strict || isTooLate || this.#waiters[0] !== waiter || this.#asked.length > 0) {
      this.#leave(waiter, refuse(this.refusal()));
      return;
    }
    this.#asked = [waiter];
    const answer = this.#parts.attempt(this.#unitsOf(waiter.ask), 1);
    const take = (decision: Decision): void => {
      this.#asked = [];
      if (waiter.hasLeft) decision.source.settle(decision.granted, decision.expiresAtMs);
      else this.#leave(waiter, decision);
      this.#serve();
    };
    if (answer instanceof Promise) void answer.then(take);
    else take(answer);
  }

  #leave(waiter: Waiter, decision: Decision): void {
    if (waiter.hasLeft) return;
    waiter.hasLeft = true;
    waiter.stopWatching();
    const place = this.#waiters.indexOf(waiter);
    this.#waiters.splice(place, 1);
    waiter.resolve(decision);
    if (place > 0 || this.#asked.length > 0 || this.#isClosed) return;
    this.#pauseForFirst();
    this.#serve();
  }

  #pauseForFirst(): void {
    const [first] = this.#waiters;
    const pauseMs = first === undefined ? 0 : this.#parts.untilRoomMs(this.#unitsOf(first.ask));
    this.#nextAtMs = this.#parts.clock.nowMs() + pauseMs;
  }

  /** As the limits are now: they may have changed since it came. */
  #unitsOf({ units, strict }: WaitingAsk): number {
    return strict ? units : Math.min(units, this.#parts.mostUnits());
  }
}
