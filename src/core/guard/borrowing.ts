/**
 * Reserve and borrow: a part of the fleet's limit is kept for some classes, and what they leave of it is lent to all
 * classes, anew each second. Values in, values out.
 */
import type { LimitedOperation } from '../throttle/limit.ts';
import { limitBounds } from '../throttle/limit-rules.ts';
import type { Steering } from './guard.ts';

/** Units a second that are kept, by operation, then by class. */
export type Reserves = ReadonlyMap<LimitedOperation, ReadonlyMap<string, number>>;

export interface LendingFacts {
  readonly reserves: Reserves;
  /** All classes, sorted. */
  readonly classes: readonly string[];
  /** Units a second; undefined: nothing limits the fleet, and nothing has to be lent. */
  readonly fleetRate: (operation: LimitedOperation) => number | undefined;
  /** Units a second. */
  readonly use: (className: string, operation: LimitedOperation) => number;
  /** What was lent last. */
  readonly held: Steering['rates'];
  /** By which the guard slows those who borrow, just now. */
  readonly factor: number;
}

/** Whoever uses more than is kept for it gets this times its use: it can always grow. */
const headroom = 1.2;
const floorShare = 0.01;
const leastFloor = 1;
/** Who uses so much of what it has would perhaps use more. */
const hungryShare = 0.8;
/** What is lent stays as it is while it is between this part of what it could be, and that. */
const steadyShare = 0.95;

/**
 * By class, then by operation. Classes without a reserve share what those with one leave: at least 1 % of the fleet's
 * rate for all of them together, and no more than reserves leave. A class with a reserve has it and what the others
 * with one leave; where it is the only one nothing bounds it, since nothing is kept for others.
 */
export function lentRates(facts: LendingFacts): Steering['rates'] {
  const rates: Record<string, Partial<Record<LimitedOperation, number>>> = {};
  for (const [operation, reserved] of facts.reserves) {
    const fleetRate = facts.fleetRate(operation);
    if (fleetRate === undefined || reserved.size === 0) continue;
    for (const [className, share] of sharesOf(fleetRate, reserved, operation, facts)) {
      const held = facts.held[className]?.[operation];
      const isSteady =
        held !== undefined && held >= share.least && held >= share.rate * steadyShare && held <= share.rate;
      rates[className] = { ...rates[className], [operation]: isSteady ? held : share.rate };
    }
  }
  return rates;
}

/** Units a second, and how many of them a class has whatever others use. */
interface Share {
  readonly rate: number;
  readonly least: number;
}

function sharesOf(
  fleetRate: number,
  reserved: ReadonlyMap<string, number>,
  operation: LimitedOperation,
  facts: LendingFacts,
): ReadonlyMap<string, Share> {
  const kept = new Map(
    [...reserved].map(([className, reserve]) => [
      className,
      Math.max(reserve, headroom * facts.use(className, operation)),
    ]),
  );
  const left = fleetRate - sum(kept.values());
  const borrowers = facts.classes.filter((className) => !reserved.has(className));
  // Of all of them together: one for each would take of what is kept where they are many.
  const unkept = Math.max(0, fleetRate - sum(reserved.values()));
  const floor = borrowers.length === 0 ? 0 : Math.min(unkept, Math.max(leastFloor, fleetRate * floorShare));
  const least = Math.max(limitBounds.leastRate, floor / Math.max(1, borrowers.length));
  const lent = shares(Math.max(left, floor), least, borrowers, operation, facts);
  const all = new Map([...lent].map(([className, rate]) => [className, { rate, least }]));
  if (reserved.size === 1) return all;
  for (const [className, reserve] of reserved) {
    const leftByOthers = left + (kept.get(className) ?? 0) - floor;
    all.set(className, { rate: Math.max(reserve, leftByOthers), least: reserve });
  }
  return all;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/**
 * All of `left`, which has the floor of each: those who use little get what they use and some more, the others the same
 * each; what is left over where nobody wants more goes to all.
 */
function shares(
  left: number,
  floor: number,
  borrowers: readonly string[],
  operation: LimitedOperation,
  { use, held, factor }: LendingFacts,
): ReadonlyMap<string, number> {
  const given = new Map<string, number>();
  const wanted = borrowers.map((className) => {
    const used = use(className, operation);
    const had = held[className]?.[operation];
    const isHungry = had === undefined || used >= hungryShare * factor * had;
    return { className, rate: isHungry ? Number.POSITIVE_INFINITY : Math.max(floor, headroom * used) };
  });
  wanted.sort((one, other) => (one.rate < other.rate ? -1 : one.rate > other.rate ? 1 : 0));
  let open = left;
  for (const [at, { className, rate }] of wanted.entries()) {
    const share = Math.max(floor, Math.min(rate, open / (wanted.length - at)));
    given.set(className, share);
    open -= share;
  }
  const more = Math.max(0, open) / borrowers.length;
  return new Map([...given].map(([className, share]) => [className, share + more]));
}
