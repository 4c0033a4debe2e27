import { Corrections } from './corrections.ts';
import { type Decision, grant, type Refusal, refuse, type UnitSource } from './decision.ts';
import type { LeaseGround } from './lease-sizing.ts';
import type { LimitedOperation } from './limit.ts';
import type { BookedLimit } from './limit-book.ts';
import { type ChargedLimit, type ChargeVerdict, type LimitState, StoreError } from './limit-store.ts';
import type { LocalLimits } from './local-limits.ts';
import { RefusalMemory } from './refusal-memory.ts';
import { Standings } from './standings.ts';
import type { Pace } from './throttle.ts';
import type { ThrottleParts } from './throttle-parts.ts';

const shortestRetryMs = 1;
/**
 * A refusal holds so long at least, where the burst is not full again by far until then: of a fast limit that is offered
 * more than it gives, each refusal would otherwise be asked for anew.
 */
const shortestRefusalMs = 5;
const refusalShareOfFill = 1 / 8;

/** For whom is counted; both are metric labels. */
export interface LedgerOwner {
  readonly application: string;
  readonly operation: LimitedOperation;
}

export interface LedgerParts extends Pick<ThrottleParts, 'store' | 'breaker' | 'clock' | 'telemetry'> {
  readonly locals: LocalLimits;
  readonly onStranded: (units: number) => void;
}

/** Charges one chain of limits, as it is written: where a setting changes, another ledger takes its place. */
export class Ledger implements UnitSource {
  readonly chain: readonly BookedLimit[];
  /** Of the limits that are enforced; infinite where none is. */
  readonly smallestBurst: number;
  /** Of the same limits; undefined where there is none. */
  readonly pace: Pace | undefined;
  readonly standings: Standings;
  readonly corrections: Corrections;
  readonly memory: RefusalMemory;
  /** What a lease is taken from. */
  readonly ground: LeaseGround;
  readonly #parts: LedgerParts;
  readonly #owner: LedgerOwner;
  readonly #charged: readonly ChargedLimit[];

  constructor(parts: LedgerParts, owner: LedgerOwner, chain: readonly BookedLimit[]) {
    this.#parts = parts;
    this.#owner = owner;
    this.chain = chain;
    this.#charged = chain.map(({ id, limit: { rate, burst, enforce } }) => ({
      id,
      rate,
      burst,
      enforced: enforce === 'on',
    }));
    const enforced = this.#charged.filter((limit) => limit.enforced);
    this.smallestBurst = Math.min(...enforced.map(({ burst }) => burst));
    const slowestRate = Math.min(...enforced.map(({ rate }) => rate));
    const isSlowed = chain.some(({ slowed, limit }) => slowed !== undefined && limit.enforce === 'on');
    this.pace =
      enforced.length === 0 ? undefined : { perSecond: slowestRate, burst: this.smallestBurst, isSlowed };
    this.standings = new Standings(this.#charged);
    this.corrections = new Corrections(parts, this.#charged);
    this.memory = new RefusalMemory(slowestRate);
    // In their shadow, limits are counted with what they would have given; a lease goes by them as if they held.
    this.ground = groundOf(enforced.length > 0 ? enforced : this.#charged);
  }

  /** One call to the store, or none: a remembered refusal, or a store that is down. Never rejects. */
  decide(units: number, atLeast: number, withinMs?: number): Decision | Promise<Decision> {
    const { breaker, clock } = this.#parts;
    if (breaker.state() === 'open') return this.decideLocally(units, atLeast);
    const remembered = this.memory.recall(atLeast, clock.nowMs());
    if (remembered !== undefined) return refuse(remembered);
    return this.charge({ call: 'charge', units, atLeast, withinMs }).then((verdict) =>
      verdict === undefined
        ? this.#parts.locals.decide(this.chain, units, atLeast, breaker.state() === 'open')
        : this.#judge(verdict, units, atLeast),
    );
  }

  /** Without the store. */
  decideLocally(units: number, atLeast: number): Decision {
    return this.#parts.locals.decide(this.chain, units, atLeast);
  }

  /** Undefined: the store did not answer. `onLate` gets units that were granted after that. Never rejects. */
  async charge(charge: {
    readonly call: 'charge' | 'take';
    readonly units: number;
    readonly atLeast: number;
    readonly withinMs?: number | undefined;
    readonly onLate?: (units: number) => void;
  }): Promise<ChargeVerdict | undefined> {
    const { store, breaker, clock, telemetry, locals } = this.#parts;
    const { call, units, atLeast, withinMs, onLate } = charge;
    let isGivenUp = false;
    const ask = async (): Promise<ChargeVerdict> => {
      const verdict = await store.charge({ limits: this.#charged, units, atLeast });
      if (isGivenUp && verdict.kind === 'granted') onLate?.(verdict.units);
      return verdict;
    };
    try {
      const verdict = await breaker.run(call, ask, withinMs);
      if (breaker.state() === 'closed') locals.drop();
      if (verdict.kind !== 'oversize') {
        this.standings.note(verdict.states, clock.nowMs());
        this.#report(verdict.states);
      }
      return verdict;
    } catch (error) {
      isGivenUp = true;
      if (!(error instanceof StoreError)) telemetry.unexpected(error);
      return undefined;
    }
  }

  /** Why so many units more are not to be had now, as far as is known; worth asking again in `leastMs` at the earliest. */
  shortfall(units: number, leastMs: number): Refusal {
    const nowMs = this.#parts.clock.nowMs();
    const retryAfterMs = Math.max(leastMs, this.standings.untilRoomMs(units, nowMs), shortestRetryMs);
    return { reason: 'over', retryAfterMs, violated: this.scarcest() };
  }

  /** Policies of the limits that have nothing left, or else the least. */
  scarcest(): readonly string[] {
    return this.#policies(this.standings.scarcest(this.#parts.clock.nowMs()));
  }

  oversize(units: number): Refusal {
    const violated = this.chain.filter(({ limit }) => limit.enforce === 'on' && limit.burst < units);
    return { reason: 'oversize', retryAfterMs: undefined, violated: violated.map(({ policy }) => policy) };
  }

  settle(units: number): void {
    if (units > 0) this.corrections.giveBack(units);
    else this.corrections.owe(-units);
  }

  #judge(verdict: ChargeVerdict, units: number, atLeast: number): Decision {
    if (verdict.kind === 'oversize') {
      return refuse({
        reason: 'oversize',
        retryAfterMs: undefined,
        violated: this.#policies(verdict.violated),
      });
    }
    if (verdict.kind === 'granted') {
      const missing = units - verdict.units;
      return grant(verdict.units, this, missing > 0 ? this.shortfall(missing, 0) : undefined);
    }
    const violated = this.#policies(verdict.violated);
    const leastMs = Math.min(shortestRefusalMs, this.ground.fillMs * refusalShareOfFill);
    const retryAfterMs = Math.max(verdict.retryAfterMs, leastMs);
    this.memory.remember(atLeast, retryAfterMs, violated, this.#parts.clock.nowMs());
    return refuse({ reason: 'over', retryAfterMs, violated });
  }

  #report(states: readonly LimitState[]): void {
    const { application, operation } = this.#owner;
    const { telemetry } = this.#parts;
    let shadowRefused = 0;
    for (const state of states) shadowRefused = Math.max(shadowRefused, state.shadowRefused);
    if (shadowRefused > 0) telemetry.refused(application, operation, shadowRefused, 'shadow');
    if (states.some(({ near }) => near)) telemetry.near(application, operation);
  }

  #policies(indexes: readonly number[]): readonly string[] {
    return this.chain.filter((_, index) => indexes.includes(index)).map(({ policy }) => policy);
  }
}

function groundOf(limits: readonly ChargedLimit[]): LeaseGround {
  return {
    burst: Math.min(...limits.map(({ burst }) => burst)),
    rate: Math.min(...limits.map(({ rate }) => rate)),
    fillMs: Math.min(...limits.map(({ burst, rate }) => (burst * 1_000) / rate)),
  };
}
