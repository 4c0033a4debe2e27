/** What the guard makes of limits: those of slowed classes are a part of themselves, and a class has what others leave. */
import type { Limit, LimitedOperation } from './limit.ts';
import type { BookedLimit } from './limit-book.ts';
import { limitBounds } from './limit-rules.ts';

export interface LimitSteering {
  /** Above 0, at most 1: every limit on read, write and scan of a slowed class, and of its applications, is this part of itself. */
  readonly factor: number;
  /** Names of classes. */
  readonly slows: readonly string[];
  /** Units a second of the fleet's limit that a class may use; by class, then by operation. */
  readonly rates: Readonly<Record<string, Partial<Record<LimitedOperation, number>>>>;
}

export const noSteering: LimitSteering = { factor: 1, slows: [], rates: {} };

const factorSteps = 100;
const rateStep = 1.01;
/** From there on a whole number is nearer than a step. */
const wholeFrom = 100;
const rateParts = 1_000;

/**
 * In steps, a factor of 0.01 and rates of 1 %, never more of a rate: what moves by less changes no chain, and whoever
 * holds something by one (a lease, a refusal) need not start anew for nothing.
 */
export function inSteps({ factor, slows, rates }: LimitSteering): LimitSteering {
  const stepped = Object.entries(rates).map(([className, byOperation]) => [
    className,
    Object.fromEntries(
      Object.entries(byOperation).map(([operation, rate]) => [operation, stepBelow(rate)] as const),
    ),
  ]);
  return {
    factor: Math.min(1, Math.max(1, Math.round(factor * factorSteps)) / factorSteps),
    slows,
    rates: Object.fromEntries(stepped),
  };
}

export function isSameSteering(one: LimitSteering, other: LimitSteering): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** The limits of a request as they are set; undefined: there is none. Those that are `off` count as none. */
interface SetLimits {
  readonly own: Limit | undefined;
  readonly ofClass: Limit | undefined;
  readonly ofFleet: Limit | undefined;
}

type SteeredLimit = Pick<BookedLimit, 'limit' | 'slowed'>;

/** As they are now. The fleet's stays, and so do all on `connect`. */
export function steeredLimits(
  set: SetLimits,
  { factor, slows, rates }: LimitSteering,
  className: string,
  operation: LimitedOperation,
): Readonly<Record<keyof SetLimits, SteeredLimit | undefined>> {
  const lentRate = Object.hasOwn(rates, className) ? rates[className]?.[operation] : undefined;
  const part = operation !== 'connect' && slows.includes(className) ? factor : 1;
  return {
    own: slow(set.own, part),
    ofClass: slow(leftOf(set.ofClass, set.ofFleet, lentRate), part),
    ofFleet: slow(set.ofFleet, 1),
  };
}

/** The blame is on limits that are slowed: the least part of itself that one of them is now; undefined: on others. */
export function slowedBy(chain: readonly BookedLimit[], violated: readonly string[]): number | undefined {
  let least: number | undefined;
  for (const { policy, slowed } of chain) {
    if (slowed !== undefined && slowed < (least ?? 1) && violated.includes(policy)) least = slowed;
  }
  return least;
}

/**
 * The class' limit with what is lent to it of the fleet's. Without one of its own that is enforced, it has one as the
 * fleet's is: what is kept for others must hold.
 */
function leftOf(
  ofClass: Limit | undefined,
  ofFleet: Limit | undefined,
  lentRate: number | undefined,
): Limit | undefined {
  if (lentRate === undefined || ofFleet === undefined) return ofClass;
  if (ofClass !== undefined && (ofClass.enforce === 'on' || ofFleet.enforce !== 'on')) {
    return ofClass.rate <= lentRate ? ofClass : { ...ofClass, rate: lentRate };
  }
  return { ...ofFleet, rate: lentRate, burst: Math.max(1, Math.ceil(lentRate)) };
}

/** The burst stays: a batch that is larger than a smaller burst would be refused for ever, and not only more slowly. */
function slow(limit: Limit | undefined, part: number): SteeredLimit | undefined {
  if (limit === undefined || part >= 1) return limit === undefined ? undefined : { limit };
  const rate = Math.max(limitBounds.leastRate, Math.round(limit.rate * part * rateParts) / rateParts);
  return { limit: { ...limit, rate }, slowed: part };
}

function stepBelow(rate: number): number {
  if (!(rate > limitBounds.leastRate)) return limitBounds.leastRate;
  const stepped = rateStep ** Math.floor(Math.log(rate) / Math.log(rateStep));
  return stepped >= wholeFrom ? Math.floor(stepped) : stepped;
}
