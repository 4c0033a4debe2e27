/** How much a lease takes, when, and how long it leaves a limit alone that has nothing to give. Pure arithmetic. */

/** Units that were taken and not spent by then go back. */
export const leaseLifeMs = 500;

/** Of the demand: so much is held where the burst allows it. */
const worthMs = 300;
/** A take is under way for a millisecond or two; it is begun so long before the lease would be empty. */
const leadMs = 50;
/** A lease for fewer requests would save nothing. */
const leastAsks = 2;
/** No lease holds more of a burst. */
const mostShare = 1 / 4;
/**
 * Together the leases of all instances hold less of it, as long as the limit is not reached: what they hold is idle, and
 * others must not be refused for it.
 */
const mostShareOfAll = 1 / 2;

const holdMs = 100;
const longestHoldMs = 250;
/** So many requests' worth gathers during a hold: those who ask for single requests beside find enough of it. */
const holdAsks = 8;

/** What a lease is taken from: the tightest of the limits that are enforced, in each respect. */
export interface LeaseGround {
  /** Units. */
  readonly burst: number;
  /** Units a second. */
  readonly rate: number;
  /** How long the burst takes to fill. */
  readonly fillMs: number;
}

/** Units that a lease should hold after a take; 0: leasing is not worth while. */
export function leaseTarget(
  { burst, fillMs }: LeaseGround,
  unitsPerSecond: number,
  unitsPerAsk: number,
): number {
  const heldMs = Math.min(worthMs, fillMs * mostShareOfAll);
  const target = Math.floor(Math.min((unitsPerSecond * heldMs) / 1_000, burst * mostShare));
  return target < leastAsks * unitsPerAsk ? 0 : target;
}

/** With fewer units than these a lease is filled up. */
export function leaseLowWater(target: number, unitsPerSecond: number): number {
  return Math.min(target / 2, (unitsPerSecond * leadMs) / 1_000);
}

/**
 * After a limit gave less than was wanted: how long it is left to gather units, at least. Never so long that the burst
 * would be full and units lost. `chance` in [0, 1) keeps instances from coming at the same time.
 */
export function leaseHoldMs({ rate, fillMs }: LeaseGround, unitsPerAsk: number, chance: number): number {
  const gatherMs = (holdAsks * unitsPerAsk * 1_000) / rate;
  const wantedMs = Math.min(Math.max(holdMs, gatherMs), longestHoldMs);
  return Math.min(wantedMs, fillMs * mostShare) * (0.75 + 0.5 * chance);
}
