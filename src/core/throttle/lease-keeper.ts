import { type Decision, grant, refuse, type UnitSource } from './decision.ts';
import type { Demand } from './demand.ts';
import { Lease } from './lease.ts';
import { leaseHoldMs, leaseLifeMs, leaseLowWater, leaseTarget } from './lease-sizing.ts';
import type { Ledger } from './ledger.ts';
import type { StoreBreaker } from './store-breaker.ts';
import type { ThrottleParts } from './throttle-parts.ts';

/** With what has passed, nobody waits longer for a store than 50 ms, even where two calls come one after the other. */
const patienceMs = 45;
const leastPatienceMs = 10;

export interface LeaseKeeperParts extends Pick<ThrottleParts, 'clock' | 'random'> {
  readonly breaker: Pick<StoreBreaker, 'state'>;
  readonly ledger: Ledger;
  readonly demand: Demand;
}

/**
 * Takes units of a chain before they are spent and decides with them at once. It is filled up in the background; at most
 * one take is under way. A take that brings less than was wanted shows that the limit is reached: then the limit is left
 * alone for a moment, and what the lease cannot give is refused here. Whoever needs little is served from the next take
 * in full, whoever needs much gets what is left: nobody small starves beside somebody large.
 */
export class LeaseKeeper implements UnitSource {
  readonly #parts: LeaseKeeperParts;
  readonly #lease = new Lease();
  #taking: Promise<boolean> | undefined;
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  /** Policies that the hold is for. */
  #violated: readonly string[] = [];
  #cancelExpiry: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  units(): number {
    return this.#lease.units(this.#parts.clock.nowMs());
  }

  /** Until so many can be had here or may be asked for, as far as is known. */
  untilRoomMs(units: number): number {
    const nowMs = this.#parts.clock.nowMs();
    return this.#lease.units(nowMs) >= units ? 0 : Math.max(0, this.#heldUntilMs - nowMs);
  }

  decide(units: number, atLeast: number): Decision | Promise<Decision> {
    const { clock, breaker, ledger } = this.#parts;
    const nowMs = clock.nowMs();
    const had = this.#lease.units(nowMs);
    if (had >= units) return this.#spend(units, nowMs);
    if (breaker.state() === 'open') return this.#decideWithoutStore(units, atLeast);
    if (this.#isClosed || this.#target(nowMs) < units) return ledger.decide(units, atLeast);
    if (nowMs < this.#heldUntilMs) return this.#giveRest(units, atLeast, had);
    return this.#take(units).then((isAnswered) =>
      isAnswered ? this.#decideAfterTake(units, atLeast, nowMs) : this.#decideWithoutStore(units, atLeast),
    );
  }

  /** Units that come back in time can be spent again; what is owed is paid by what is here. */
  settle(units: number, expiresAtMs: number): void {
    const { clock, ledger } = this.#parts;
    const nowMs = clock.nowMs();
    if (units > 0) {
      if (this.#isClosed || expiresAtMs <= nowMs) ledger.corrections.giveBackLeased(units);
      else this.#add(units, expiresAtMs);
      return;
    }
    const paid = Math.min(-units, this.#lease.units(nowMs));
    this.#lease.spend(paid, nowMs);
    if (paid < -units) ledger.corrections.owe(-units - paid);
  }

  /** Gives everything back; resolves when the store knows. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelExpiry?.();
    this.#cancelExpiry = undefined;
    this.#giveBack(this.#lease.takeAll());
    await this.#taking;
    await this.#parts.ledger.corrections.flush();
  }

  #spend(units: number, nowMs: number): Decision {
    const expiresAtMs = this.#lease.spend(units, nowMs);
    this.#fillUp(nowMs);
    return grant(units, this, undefined, expiresAtMs);
  }

  /** What the limit will not give before the hold is over. */
  #giveRest(units: number, atLeast: number, had: number): Decision {
    const { clock, ledger } = this.#parts;
    const nowMs = clock.nowMs();
    const granted = had >= atLeast ? Math.min(had, units) : 0;
    const missing = granted > 0 ? units - granted : atLeast - had;
    const shortfall = ledger.shortfall(missing, this.#heldUntilMs - nowMs);
    const refusal = this.#violated.length > 0 ? { ...shortfall, violated: this.#violated } : shortfall;
    if (granted === 0) return refuse(refusal);
    return grant(granted, this, refusal, this.#lease.spend(granted, nowMs));
  }

  #decideAfterTake(units: number, atLeast: number, sinceMs: number): Decision | Promise<Decision> {
    const { clock, ledger } = this.#parts;
    const nowMs = clock.nowMs();
    const had = this.#lease.units(nowMs);
    if (had >= units) return this.#spend(units, nowMs);
    if (nowMs < this.#heldUntilMs) return this.#giveRest(units, atLeast, had);
    // Others who waited for the same take were quicker.
    return ledger.decide(units, atLeast, Math.max(leastPatienceMs, patienceMs - (nowMs - sinceMs)));
  }

  /** What is here has been counted already. */
  #decideWithoutStore(units: number, atLeast: number): Decision {
    const nowMs = this.#parts.clock.nowMs();
    const had = this.#lease.units(nowMs);
    if (had >= units) return this.#spend(units, nowMs);
    const local = this.#parts.ledger.decideLocally(units, atLeast);
    if (local.granted === units || had < atLeast || had <= local.granted) return local;
    if (local.granted > 0) local.source.settle(local.granted, local.expiresAtMs);
    return this.#giveRest(units, atLeast, had);
  }

  #target(nowMs: number): number {
    const { ledger, demand } = this.#parts;
    return leaseTarget(ledger.ground, demand.unitsPerSecond(nowMs), demand.unitsPerAsk());
  }

  #fillUp(nowMs: number): void {
    if (this.#taking !== undefined || this.#isClosed || nowMs < this.#heldUntilMs) return;
    const { demand, breaker } = this.#parts;
    const lowWater = leaseLowWater(this.#target(nowMs), demand.unitsPerSecond(nowMs));
    if (this.#lease.units(nowMs) >= lowWater || breaker.state() === 'open') return;
    void this.#take(0);
  }

  /** `asked` are wanted at once, beside what is to be held. Resolves to whether the store answered. */
  #take(asked: number): Promise<boolean> {
    this.#taking ??= this.#takeNow(asked).finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #takeNow(asked: number): Promise<boolean> {
    const { clock, ledger, demand, random } = this.#parts;
    const sentMs = clock.nowMs();
    const had = this.#lease.units(sentMs);
    const units = Math.max(1, this.#target(sentMs) + asked - had);
    const verdict = await ledger.charge({
      call: 'take',
      units,
      atLeast: 1,
      onLate: (late) => this.#giveBack(late),
    });
    if (verdict === undefined) return false;
    const granted = verdict.kind === 'granted' ? verdict.units : 0;
    if (this.#isClosed) this.#giveBack(granted);
    else this.#add(granted, sentMs + leaseLifeMs);
    if (granted < units) {
      const retryAfterMs = verdict.kind === 'refused' ? verdict.retryAfterMs : 0;
      const holdMs = leaseHoldMs(ledger.ground, demand.unitsPerAsk(), random.next());
      this.#heldUntilMs = clock.nowMs() + Math.max(retryAfterMs, holdMs);
      this.#violated = ledger.scarcest();
    }
    return true;
  }

  #add(units: number, expiresAtMs: number): void {
    this.#lease.add(units, expiresAtMs);
    this.#watchExpiry();
  }

  /** One timer while there are units. */
  #watchExpiry(): void {
    const nextMs = this.#lease.nextExpiryMs();
    if (nextMs === undefined || this.#cancelExpiry !== undefined) return;
    const { clock } = this.#parts;
    this.#cancelExpiry = clock.after(nextMs - clock.nowMs(), () => {
      this.#cancelExpiry = undefined;
      this.#giveBack(this.#lease.takeExpired(clock.nowMs()));
      this.#watchExpiry();
    });
  }

  #giveBack(units: number): void {
    if (units > 0) this.#parts.ledger.corrections.giveBackLeased(units);
  }
}
