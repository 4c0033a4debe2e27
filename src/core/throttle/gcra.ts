/**
 * The arithmetic of limits: the generic cell rate algorithm (ITU-T I.371) as a bucket that is known by one number, the
 * time at which it will be full again. `throttle-lua.ts` computes the same with the same double operations; one contract
 * suite holds both to the same answers.
 *
 * Time is in ticks of 1/16 µs since 2026-01-01T00:00:00Z: whole numbers, which a double holds exactly, for buckets
 * that take up to three years to fill, until 2036. What is taken is rounded up and what is given back is rounded
 * down, so that no sequence of both makes units.
 */
import type { ChargedLimit, LimitState } from './limit-store.ts';

export type Ticks = number;

export const ticksPerSecond = 16_000_000;
export const ticksPerMs = 16_000;
const ticksPerMicrosecond = 16;

/** A store may forget a bucket so long after it is full: longer than the clocks of its callers differ. */
export const clockMarginMs = 60_000;

type Pace = Pick<ChargedLimit, 'rate' | 'burst'>;

/** What `units` take: rounded up. */
export function costOf(limit: Pace, units: number): Ticks {
  return Math.ceil((units * ticksPerSecond) / limit.rate);
}

/** What `units` give back: rounded down. */
export function refundOf(limit: Pace, units: number): Ticks {
  return Math.floor((units * ticksPerSecond) / limit.rate);
}

/** What a whole burst takes. */
export function allowanceOf(limit: Pace): Ticks {
  return costOf(limit, limit.burst);
}

/**
 * When the bucket is full again, not before `now`, and at most two bursts from now: one that is used, and one of debt. A
 * clock that went back, or a limit that was made smaller, so blocks nobody for longer; for that a store has to write down
 * at once what it read where that is less than was stored. Otherwise the bound would move along with the time.
 */
export function readFullAt(limit: Pace, stored: Ticks | undefined, now: Ticks): Ticks {
  return Math.min(Math.max(stored ?? now, now), now + 2 * allowanceOf(limit));
}

/** Whole units that the limit gives at once. */
export function availableOf(limit: Pace, fullAt: Ticks, now: Ticks): number {
  const room = now + allowanceOf(limit) - fullAt;
  if (room < 0) return 0;
  const units = Math.min(Math.floor((room * limit.rate) / ticksPerSecond), limit.burst);
  // The product may have been rounded past a whole number, to either side.
  if (units < limit.burst && costOf(limit, units + 1) <= room) return units + 1;
  return units > 0 && costOf(limit, units) > room ? units - 1 : units;
}

/** Until `units`, at most the burst, can be had at once; 0 or less: they can now. */
export function waitOf(limit: Pace, fullAt: Ticks, units: number, now: Ticks): Ticks {
  return fullAt + costOf(limit, units) - allowanceOf(limit) - now;
}

export function stateOf(limit: Pace, fullAt: Ticks, now: Ticks, shadowRefused: number): LimitState {
  const remaining = availableOf(limit, fullAt, now);
  return {
    remaining,
    fullInMs: msOfTicks(fullAt - now),
    near: 5 * remaining <= limit.burst,
    shadowRefused,
  };
}

/** Rounded up to whole microseconds: that is how fine the clock of Redis is, and waiting so long is never too short. */
export function msOfTicks(ticks: Ticks): number {
  return Math.ceil(ticks / ticksPerMicrosecond) / 1_000;
}

/**
 * Until a limit that was seen in this state gives `units`, at most its burst, if nobody else comes first; 0: at once. For
 * the rest of a request that was granted in part: of the limits that are enforced, those with nothing remaining are to blame.
 */
export function untilGivenMs(limit: Pace, state: Pick<LimitState, 'fullInMs'>, units: number): number {
  const missing = costOf(limit, units) - allowanceOf(limit) + Math.round(state.fullInMs * ticksPerMs);
  return Math.max(0, msOfTicks(missing));
}
