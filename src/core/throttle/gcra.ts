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
export function refundOf(limit: Pick<Pace, 'rate'>, units: number): Ticks {
  return Math.floor((units * ticksPerSecond) / limit.rate);
}

/** What a whole burst takes. */
export function allowanceOf(limit: Pace): Ticks {
  return costOf(limit, limit.burst);
}

/** What is stored of a bucket: at `at`, it would be full again at `fullAt` if it were filled at `rate`. */
export interface StoredBucket {
  readonly fullAt: Ticks;
  /** Units a second, of the limit by which it was written. */
  readonly rate: number;
  /** The newest time at which it was charged. */
  readonly at: Ticks;
}

/**
 * A clock is behind what was stored. By at most `clockMarginMs`: the newest time counts until the clock reaches it, so that
 * callers whose clocks differ do not fill a bucket between them. By more: the clock was set back; the bucket is taken
 * as if it had been charged now. That has to be written down at once, or it would move along with the time.
 */
export function setBack(stored: StoredBucket, now: Ticks): StoredBucket {
  const ahead = stored.at - now;
  return ahead > clockMarginMs * ticksPerMs ? { ...stored, fullAt: stored.fullAt - ahead, at: now } : stored;
}

/**
 * When the bucket is full again. After a change of the limit the units that were used stay used: they are filled at the
 * reader's own rate since they were stored. Only what is beyond two bursts of the reader is filled at the stored rate
 * where that is faster, so that a limit that was made much smaller blocks nobody for longer than two bursts of the
 * one before and two of its own. Nothing is ever stored that forgives more than that: instances that do not yet agree on the limit
 * admit together what the highest rate and the largest burst among them would.
 */
export function readFullAt(limit: Pace, { fullAt, rate, at }: StoredBucket): Ticks {
  if (rate === limit.rate) return fullAt;
  const own = Math.ceil(((fullAt - at) * rate) / limit.rate);
  const most = 2 * allowanceOf(limit);
  if (rate < limit.rate || own <= most) return at + own;
  return fullAt - Math.floor((most * limit.rate) / rate) + most;
}

/**
 * Whether a reader has to store what it read, since it fills more slowly than what is stored and would find it forgotten
 * too early. Once: faster readers do not store what they read. Not while it is beyond two bursts, since those who know a
 * larger burst have more to remember.
 */
export function isSlowed(limit: Pace, storedRate: number, fullAt: Ticks, at: Ticks): boolean {
  return storedRate > limit.rate && fullAt > at && fullAt <= at + 2 * allowanceOf(limit);
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

/** Where the bucket was stored later than `now`, `at` is that time. */
export function stateOf(
  limit: Pace,
  fullAt: Ticks,
  now: Ticks,
  shadowRefused: number,
  at: Ticks = now,
): LimitState {
  const remaining = availableOf(limit, fullAt, at);
  return {
    remaining,
    fullInMs: msOfTicks(Math.max(fullAt, now) - now),
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
