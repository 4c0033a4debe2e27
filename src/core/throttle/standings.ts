import { untilGivenMs } from './gcra.ts';
import type { ChargedLimit, LimitState } from './limit-store.ts';

/** How the limits of a chain stood when the store last told, and how they stand now if nobody used them since. */
export class Standings {
  readonly #limits: readonly ChargedLimit[];
  readonly #fullAtMs: number[];

  constructor(limits: readonly ChargedLimit[]) {
    this.#limits = limits;
    this.#fullAtMs = limits.map(() => Number.NEGATIVE_INFINITY);
  }

  note(states: readonly LimitState[], nowMs: number): void {
    for (const [index, { fullInMs }] of states.entries()) this.#fullAtMs[index] = nowMs + fullInMs;
  }

  fullInMs(index: number, nowMs: number): number {
    return Math.max(0, (this.#fullAtMs[index] ?? nowMs) - nowMs);
  }

  /** Below 0 while the limit is in debt. Whole. */
  remaining(index: number, nowMs: number): number {
    const limit = this.#limits[index];
    if (limit === undefined) return 0;
    return Math.floor(limit.burst - (this.fullInMs(index, nowMs) * limit.rate) / 1_000);
  }

  of(index: number, nowMs: number): Pick<LimitState, 'remaining' | 'fullInMs'> {
    return { remaining: this.remaining(index, nowMs), fullInMs: this.fullInMs(index, nowMs) };
  }

  /** Units that all limits that are enforced would give at once. */
  room(nowMs: number): number {
    let room = Number.POSITIVE_INFINITY;
    for (const [index, { enforced }] of this.#limits.entries()) {
      if (enforced) room = Math.min(room, this.remaining(index, nowMs));
    }
    return room;
  }

  /** Until they would give so many, at most a burst; never too short, as far as is known. */
  untilRoomMs(units: number, nowMs: number): number {
    let longestMs = 0;
    for (const [index, limit] of this.#limits.entries()) {
      if (!limit.enforced) continue;
      const state = { fullInMs: this.fullInMs(index, nowMs) };
      longestMs = Math.max(longestMs, untilGivenMs(limit, state, Math.min(units, limit.burst)));
    }
    return longestMs;
  }

  /** Indexes of the enforced limits that have nothing left, or else the least. */
  scarcest(nowMs: number): readonly number[] {
    const most = Math.max(0, this.room(nowMs));
    return this.#limits.flatMap(({ enforced }, index) =>
      enforced && this.remaining(index, nowMs) <= most ? [index] : [],
    );
  }
}
