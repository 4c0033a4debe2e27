import type { UsageSecond } from '../throttle/fleet.ts';
import { limitId } from '../throttle/limit.ts';
import type { LiveLimitBook } from '../throttle/live-limit-book.ts';
import { lentRates, type Reserves } from './borrowing.ts';
import type { GuardOverride, GuardSettings, Steering } from './guard.ts';
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
  /** Undefined: it could not be learnt just now. */
  readonly usage: readonly UsageSecond[] | undefined;
}

/** Decides for all instances from what one knows, for as long as it leads. */
export class GuardLeader {
  readonly #book: LeaderBook;
  #state: GuardState;
  #rates: Steering['rates'];

  /** `found`: what is in force; undefined: nobody has decided yet. */
  constructor(book: LeaderBook, found: Steering | undefined, nowMs: number) {
    this.#book = book;
    this.#state = found === undefined ? unguarded(nowMs) : resume(found, nowMs);
    this.#rates = found?.rates ?? {};
  }

  decide(facts: LeaderFacts): Steering {
    const { settings, override, nowMs } = facts;
    const latency = latencyOf(facts.window);
    const use =
      facts.usage === undefined ? undefined : recentUse(facts.usage, this.#book.file().applications);
    if (settings === undefined)
      return { factor: 1, phase: 'open', latency, rates: this.#lend(facts, use, 1) };
    if (override !== undefined) {
      // Given back, the guard goes on from there, and looks for a whole window first.
      this.#state = resume({ factor: Math.max(settings.min, override.factor) }, nowMs);
      const { factor } = override;
      return { factor, phase: 'manual', latency, rates: this.#lend(facts, use, factor) };
    }
    const observation =
      use === undefined ? undefined : { latency, slowedUse: slowedUse(this.#book, settings.slows, use) };
    const rates = this.#lend(facts, use, this.#state.factor);
    this.#state = decide(this.#state, observation, nowMs, settings);
    const { factor, phase } = this.#state;
    return { factor, phase, latency, rates };
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
