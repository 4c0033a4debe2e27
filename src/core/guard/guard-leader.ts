import type { UsageSecond } from '../throttle/fleet.ts';
import { limitId } from '../throttle/limit.ts';
import type { LiveLimitBook } from '../throttle/live-limit-book.ts';
import { lentRates, type Reserves } from './borrowing.ts';
import type { Decision, GuardObservation, GuardOverride, GuardSettings, Steering } from './guard.ts';
import { decide, type GuardState, resume, unguarded } from './guard-control.ts';
import type { BucketCounts } from './guard-store.ts';
import { latencyOf } from './latency-histogram.ts';
import { type RecentUse, recentUse } from './recent-use.ts';
import { slowedUse } from './slowed-use.ts';

export type LeaderBook = Pick<LiveLimitBook, 'chain' | 'file' | 'limitOf'>;

/** What the leader knows, once a second. */
interface LeaderFacts {
  readonly nowMs: number;
  readonly settings: GuardSettings | undefined;
  readonly reserves: Reserves;
  readonly override: GuardOverride | undefined;
  readonly window: BucketCounts;
  /** To which part of themselves limits are lowered where they are lowest; undefined: nobody tells. */
  readonly leastFactor: number | undefined;
  /** Undefined: it could not be learnt just now. */
  readonly usage: readonly UsageSecond[] | undefined;
}

/** A new leader goes on from there. */
interface Found {
  /** Undefined: it knows of no decision, or of none that others must have heard of, too. */
  readonly factor: number | undefined;
  readonly rates: Steering['rates'];
}

/** By then every instance has beaten, and told how far it is slowed. */
const toldByMs = 1_500;

/** Decides for all instances from what one knows, for as long as it leads. */
export class GuardLeader {
  readonly #book: LeaderBook;
  /** Undefined: without a guard, or where it is not known yet how far others are slowed. */
  #state: GuardState | undefined;
  #askedMs: number | undefined;
  #rates: Steering['rates'];

  constructor(book: LeaderBook, { factor, rates }: Found, nowMs: number) {
    this.#book = book;
    this.#state = factor === undefined ? undefined : resume({ factor }, nowMs);
    this.#rates = rates;
  }

  decide(facts: LeaderFacts): Decision {
    const { settings, reserves, override } = facts;
    const latency = latencyOf(facts.window);
    const use =
      facts.usage === undefined ? undefined : recentUse(facts.usage, this.#book.file().applications);
    // By what was in force while that was used.
    const usedAt = settings === undefined ? undefined : (override ?? this.#state);
    const rates = this.#lend(facts, use, usedAt?.factor ?? 1);
    const observation =
      use === undefined || settings === undefined
        ? undefined
        : { latency, slowedUse: slowedUse(this.#book, settings.slows, use) };
    const { factor, phase = 'open' } = this.#steer(facts, observation) ?? {};
    return { factor, phase, latency, rates: reserves.size === 0 ? undefined : rates };
  }

  #steer(
    facts: LeaderFacts,
    observation: GuardObservation | undefined,
  ): Pick<Steering, 'factor' | 'phase'> | undefined {
    const { settings, override, nowMs } = facts;
    if (settings === undefined) {
      this.#state = undefined;
      this.#askedMs = undefined;
      return undefined;
    }
    if (override !== undefined) {
      // Given back, the guard goes on from there, and looks for a whole window first.
      this.#state = resume({ factor: Math.max(settings.min, override.factor) }, nowMs);
      return { factor: override.factor, phase: 'manual' };
    }
    const state = this.#state ?? this.#begin(facts);
    if (state === undefined) return undefined;
    this.#state = decide(state, observation, nowMs, settings);
    return this.#state;
  }

  /** Whom nobody has told what is in force elsewhere must not let go of it: it asks all, and takes the least. */
  #begin({ nowMs, leastFactor = 1 }: LeaderFacts): GuardState | undefined {
    this.#askedMs ??= nowMs;
    if (nowMs - this.#askedMs < toldByMs) return undefined;
    return leastFactor < 1 ? resume({ factor: leastFactor }, nowMs) : unguarded(nowMs);
  }

  #lend({ reserves }: LeaderFacts, use: RecentUse | undefined, factor: number): Steering['rates'] {
    if (use === undefined) return this.#rates;
    this.#rates = lentRates({
      reserves,
      classes: [...new Set(this.#book.file().applications.values())].sort(),
      fleetRate: (operation) => {
        const limit = this.#book.limitOf(limitId({ kind: 'fleet' }, operation));
        return limit === undefined || limit.enforce === 'off' ? undefined : limit.rate;
      },
      use: (name, operation) => use.get(limitId({ kind: 'class', name }, operation)) ?? 0,
      held: this.#rates,
      factor,
    });
    return this.#rates;
  }
}
