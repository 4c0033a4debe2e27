/**
 * Reserve and borrow: a part of the fleet's limit is kept for some classes, and what they leave of it is lent to the
 * others, anew each second. Values in, values out.
 */
import type { LimitedOperation } from '../throttle/limit.ts';
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

/** By class, then by operation, of all classes that nothing is kept for. Never below 1 % of the fleet's rate. */
export function lentRates(facts: LendingFacts): Steering['rates'] {
  const rates: Record<string, Partial<Record<LimitedOperation, number>>> = {};
  for (const [operation, reserved] of facts.reserves) {
    const fleetRate = facts.fleetRate(operation);
    if (fleetRate === undefined || reserved.size === 0) continue;
    let left = fleetRate;
    for (const [className, reserve] of reserved) {
      left -= Math.max(reserve, headroom * facts.use(className, operation));
    }
    const borrowers = facts.classes.filter((className) => !reserved.has(className));
    const floor = Math.min(fleetRate, Math.max(leastFloor, fleetRate * floorShare));
    for (const [className, rate] of shares(left, floor, borrowers, operation, facts)) {
      const held = facts.held[className]?.[operation];
      const isSteady = held !== undefined && held <= rate && held >= rate * steadyShare && held >= floor;
      rates[className] = { ...rates[className], [operation]: isSteady ? held : rate };
    }
  }
  return rates;
}

/**
 * All of `left`, or the floor for each: those who use little get what they use and some more, the others the same each;
 * what is left over where nobody wants more goes to all.
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
