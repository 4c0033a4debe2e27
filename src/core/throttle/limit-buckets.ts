import {
  allowanceOf,
  availableOf,
  clockMarginMs,
  costOf,
  isSlowed,
  msOfTicks,
  readFullAt,
  refundOf,
  type StoredBucket,
  setBack,
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
  /** Now, or when it was stored if that is later. */
  readonly at: Ticks;
  readonly fullAt: Ticks;
  readonly available: number;
}

/**
 * The limits of this process, each as the time at which it will be full again. Holds at most twice as many as there are
 * limits that were used within the time that they take to fill and a minute, or 1,024.
 */
export class LimitBuckets {
  readonly #ticks: () => Ticks;
  readonly #stored = new Map<LimitId, StoredBucket>();
  #sweepAt = fewestSwept;

  /** `ticks` tells the time, in whole ticks. */
  constructor(ticks: () => Ticks) {
    this.#ticks = ticks;
  }

  get size(): number {
    return this.#stored.size;
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
      const { limit, at, fullAt } = bucket;
      const given = givenBy(bucket, granted, atLeast);
      return { limit, at, given, fullAt: given > 0 ? fullAt + costOf(limit, given) : fullAt };
    });
    const states = changes.map(({ limit, at, given, fullAt }) =>
      stateOf(limit, fullAt, now, granted - given, at),
    );
    return {
      verdict: { kind: 'granted', units: granted, states },
      take: () => {
        for (const { limit, at, given, fullAt } of changes) {
          if (given > 0) this.#write(limit, { fullAt, rate: limit.rate, at }, now);
        }
      },
    };
  }

  /** As `LimitStore.adjust`. */
  adjust(limits: readonly ChargedLimit[], units: number): void {
    const now = this.#ticks();
    for (const limit of limits) {
      const { at, fullAt } = this.#look(limit, now);
      const stored = this.#stored.get(limit.id);
      if (units > 0) {
        const owed = Math.min(fullAt + costOf(limit, units), at + 2 * allowanceOf(limit));
        if (owed > fullAt) this.#write(limit, { fullAt: owed, rate: limit.rate, at }, now);
      } else if (units < 0 && stored !== undefined) {
        const rest = { ...stored, fullAt: stored.fullAt - refundOf(stored, -units) };
        if (readFullAt(limit, rest) > at) this.#write(limit, rest, now);
        else this.#stored.delete(limit.id);
      }
    }
  }

  #look(limit: ChargedLimit, now: Ticks): Bucket {
    const known = this.#stored.get(limit.id);
    if (known === undefined) return { limit, at: now, fullAt: now, available: limit.burst };
    const stored = setBack(known, now);
    const at = Math.max(now, stored.at);
    const fullAt = Math.max(readFullAt(limit, stored), at);
    if (isSlowed(limit, stored.rate, fullAt, at)) this.#write(limit, { fullAt, rate: limit.rate, at }, now);
    else if (stored !== known) this.#write(limit, stored, now);
    return { limit, at, fullAt, available: availableOf(limit, fullAt, at) };
  }

  #write({ id }: ChargedLimit, bucket: StoredBucket, now: Ticks): void {
    if (this.#stored.size >= this.#sweepAt && !this.#stored.has(id)) this.#sweep(now);
    this.#stored.set(id, bucket);
  }

  #sweep(now: Ticks): void {
    const forgotten = now - clockMarginMs * ticksPerMs;
    for (const [id, { fullAt }] of this.#stored) if (fullAt < forgotten) this.#stored.delete(id);
    this.#sweepAt = Math.max(fewestSwept, 2 * this.#stored.size);
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
    states: buckets.map(({ limit, at, fullAt }) => stateOf(limit, fullAt, now, 0, at)),
  };
}

function enforced(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.filter(({ limit }) => limit.enforced);
}

function blamed(buckets: readonly Bucket[], isToBlame: (bucket: Bucket) => boolean): number[] {
  return buckets.flatMap((bucket, at) => (bucket.limit.enforced && isToBlame(bucket) ? [at] : []));
}
