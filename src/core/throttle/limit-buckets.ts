import {
  allowanceOf,
  availableOf,
  clockMarginMs,
  costOf,
  msOfTicks,
  readFullAt,
  refundOf,
  stateOf,
  type Ticks,
  ticksPerMs,
  waitOf,
} from './gcra.ts';
import type { LimitId } from './limit.ts';
import type { Charge, ChargedLimit, ChargeVerdict } from './limit-store.ts';

/** Full buckets are looked for when there are so many, and then at twice as many as were left. */
const fewestSwept = 1_024;

/** A limit with what its bucket has at the moment of the decision. */
interface Bucket {
  readonly limit: ChargedLimit;
  readonly fullAt: Ticks;
  readonly available: number;
}

/**
 * The limits of this process, each as the time at which it will be full again. Holds at most twice as many as there are
 * limits that were used within the time that they take to fill and a minute, or 1,024.
 */
export class LimitBuckets {
  readonly #ticks: () => Ticks;
  readonly #fullAt = new Map<LimitId, Ticks>();
  #sweepAt = fewestSwept;

  /** `ticks` tells the time, in whole ticks. */
  constructor(ticks: () => Ticks) {
    this.#ticks = ticks;
  }

  get size(): number {
    return this.#fullAt.size;
  }

  /** As `LimitStore.charge`. */
  charge(charge: Charge): ChargeVerdict {
    const { verdict, take } = this.judge(charge);
    take();
    return verdict;
  }

  /**
   * The verdict of `charge` without the charge, which `take` makes good. To be called before anything else changes; where
   * it is not called, nothing was charged.
   */
  judge({ limits, units, atLeast }: Charge): { readonly verdict: ChargeVerdict; take(): void } {
    const now = this.#ticks();
    const buckets = limits.map((limit) => this.#look(limit, now));
    const granted = enforced(buckets).reduce((least, { available }) => Math.min(least, available), units);
    if (granted < atLeast) return { verdict: refusalOf(buckets, atLeast, now), take: () => {} };
    const changes = buckets.map((bucket) => {
      const { limit, fullAt } = bucket;
      const given = givenBy(bucket, granted, atLeast);
      return { limit, given, fullAt: given > 0 ? fullAt + costOf(limit, given) : fullAt };
    });
    const states = changes.map(({ limit, given, fullAt }) => stateOf(limit, fullAt, now, granted - given));
    return {
      verdict: { kind: 'granted', units: granted, states },
      take: () => {
        for (const { limit, given, fullAt } of changes) if (given > 0) this.#write(limit, fullAt, now);
      },
    };
  }

  /** As `LimitStore.adjust`. */
  adjust(limits: readonly ChargedLimit[], units: number): void {
    const now = this.#ticks();
    for (const limit of limits) {
      const fullAt = readFullAt(limit, this.#fullAt.get(limit.id), now);
      if (units > 0) {
        const owed = fullAt + costOf(limit, units);
        this.#write(limit, Math.min(owed, now + 2 * allowanceOf(limit)), now);
      } else if (units < 0) {
        this.#write(limit, fullAt - refundOf(limit, -units), now);
      }
    }
  }

  #look(limit: ChargedLimit, now: Ticks): Bucket {
    const stored = this.#fullAt.get(limit.id);
    const fullAt = readFullAt(limit, stored, now);
    if (stored !== undefined && stored > fullAt) this.#fullAt.set(limit.id, fullAt);
    return { limit, fullAt, available: availableOf(limit, fullAt, now) };
  }

  #write({ id }: ChargedLimit, fullAt: Ticks, now: Ticks): void {
    if (fullAt <= now) {
      this.#fullAt.delete(id);
      return;
    }
    if (this.#fullAt.size >= this.#sweepAt && !this.#fullAt.has(id)) this.#sweep(now);
    this.#fullAt.set(id, fullAt);
  }

  #sweep(now: Ticks): void {
    const forgotten = now - clockMarginMs * ticksPerMs;
    for (const [id, fullAt] of this.#fullAt) if (fullAt < forgotten) this.#fullAt.delete(id);
    this.#sweepAt = Math.max(fewestSwept, 2 * this.#fullAt.size);
  }
}

/** A limit in its shadow gives what it would if it were enforced: it refuses as a whole what is of no use in part. */
function givenBy({ limit, available }: Bucket, granted: number, atLeast: number): number {
  if (limit.enforced) return granted;
  return available < atLeast ? 0 : Math.min(granted, available);
}

function refusalOf(buckets: readonly Bucket[], atLeast: number, now: Ticks): ChargeVerdict {
  const oversize = blamed(buckets, ({ limit }) => limit.burst < atLeast);
  if (oversize.length > 0) return { kind: 'oversize', violated: oversize };
  const short = enforced(buckets).filter(({ available }) => available < atLeast);
  const wait = short.reduce(
    (longest, { limit, fullAt }) => Math.max(longest, waitOf(limit, fullAt, atLeast, now)),
    0,
  );
  return {
    kind: 'refused',
    retryAfterMs: msOfTicks(wait),
    violated: blamed(buckets, ({ available }) => available < atLeast),
    states: buckets.map(({ limit, fullAt }) => stateOf(limit, fullAt, now, 0)),
  };
}

function enforced(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.filter(({ limit }) => limit.enforced);
}

function blamed(buckets: readonly Bucket[], isToBlame: (bucket: Bucket) => boolean): number[] {
  return buckets.flatMap((bucket, at) => (bucket.limit.enforced && isToBlame(bucket) ? [at] : []));
}
