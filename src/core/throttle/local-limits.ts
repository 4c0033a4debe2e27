import type { Clock } from '../ports.ts';
import { type Decision, grant, nowhere, type Refusal, refuse, type UnitSource } from './decision.ts';
import type { Limit } from './limit.ts';
import type { BookedLimit } from './limit-book.ts';
import type { LimitState } from './limit-store.ts';

/** The store may be back by then, and where it is not, nobody has asked it for nothing. */
const storeDownRetryMs = 1_000;
/** The next call is likely to be answered. */
const unansweredRetryMs = 50;

type LocalShortfall = Refusal & { readonly retryAfterMs: number };

interface Bucket {
  /** Whose share it is. */
  limit: Limit;
  unitsPerMs: number;
  burst: number;
  units: number;
  atMs: number;
}

/**
 * What holds while the store cannot be asked: this instance's share of each limit. The shares of all instances together
 * are the limit. Buckets start empty, since nobody knows what the others have used: with k of N instances cut off, no
 * more than rate x t x (1 + k / N) + 2 x burst is admitted. There is at most one for each limit of the configuration.
 */
export class LocalLimits {
  readonly #clock: Clock;
  readonly #instances: () => number;
  readonly #buckets = new Map<string, Bucket>();
  /** Undefined: the store answers. */
  #sinceMs: number | undefined;

  constructor(clock: Clock, instances: () => number) {
    this.#clock = clock;
    this.#instances = instances;
  }

  /**
   * Judges by what each limit says of the time when the store is down; those that are not enforced say nothing.
   * `isDown`: otherwise one call was not answered, and what is more than the share ever gives is worth asking for again.
   */
  decide(limits: readonly BookedLimit[], units: number, atLeast: number, isDown = true): Decision {
    this.#sinceMs ??= this.#clock.nowMs();
    const enforced = limits.filter(({ limit }) => limit.enforce === 'on');
    const denying = enforced.filter(({ limit }) => limit.onStoreDown === 'deny');
    if (denying.length > 0) return refuse(storeDown(denying));
    const local = enforced.filter(({ limit }) => limit.onStoreDown === 'local');
    if (local.length === 0) return grant(units, nowhere);
    const buckets = local.map((booked) => this.#bucket(booked));
    const tooSmall = local.filter((_, index) => (buckets[index]?.burst ?? 0) < atLeast);
    if (tooSmall.length > 0) {
      const refusal = storeDown(tooSmall);
      return refuse(isDown ? refusal : { ...refusal, reason: 'over', retryAfterMs: unansweredRetryMs });
    }
    let granted = units;
    for (const bucket of buckets) granted = Math.min(granted, Math.floor(bucket.units));
    if (granted < atLeast) return refuse(overOf(local, buckets, atLeast));
    for (const bucket of buckets) bucket.units -= granted;
    const refusal = granted < units ? overOf(local, buckets, units - granted) : undefined;
    return grant(granted, this.#sourceOf(buckets), refusal);
  }

  /** Of this instance's share; undefined where it does not hold: nobody was judged by it, or the limit is not counted here. */
  standing(booked: BookedLimit): Pick<LimitState, 'remaining' | 'fullInMs'> | undefined {
    if (this.#sinceMs === undefined || !isCountedHere(booked)) return undefined;
    const { units, burst, unitsPerMs } = this.#bucket(booked);
    return { remaining: Math.max(0, Math.floor(units)), fullInMs: (burst - units) / unitsPerMs };
  }

  /** Until the shares give at least one unit. */
  untilUnitMs(limits: readonly BookedLimit[]): number {
    const counted = limits.filter(isCountedHere);
    return overOf(
      counted,
      counted.map((booked) => this.#bucket(booked)),
      1,
    ).retryAfterMs;
  }

  /** What the shares can ever give at once; infinite where none is counted here. */
  mostUnits(limits: readonly BookedLimit[]): number {
    const bursts = limits.filter(isCountedHere).map((booked) => this.#bucket(booked).burst);
    return Math.floor(Math.min(...bursts));
  }

  /** The store answers again. */
  drop(): void {
    if (this.#sinceMs === undefined) return;
    this.#sinceMs = undefined;
    this.#buckets.clear();
  }

  /** Limits have changed. A full bucket says no more than a new one will, and nobody may ask for its limit again. */
  dropFull(): void {
    const nowMs = this.#clock.nowMs();
    for (const [id, bucket] of this.#buckets) {
      fill(bucket, nowMs);
      if (bucket.units >= bucket.burst) this.#buckets.delete(id);
    }
  }

  #bucket({ id, limit }: BookedLimit): Bucket {
    const nowMs = this.#clock.nowMs();
    const known = this.#buckets.get(id);
    if (known !== undefined) {
      fill(known, nowMs);
      // What was earned by the limit as it was is kept: the guard changes limits each second.
      if (!isSameShare(known.limit, limit)) {
        Object.assign(known, { limit, ...this.#shareOf(limit) });
        known.units = Math.min(known.burst, known.units);
      }
      return known;
    }
    const share = this.#shareOf(limit);
    const units = Math.min(share.burst, (nowMs - (this.#sinceMs ?? nowMs)) * share.unitsPerMs);
    const bucket: Bucket = { limit, ...share, units, atMs: nowMs };
    this.#buckets.set(id, bucket);
    return bucket;
  }

  #shareOf({ rate, burst }: Limit): Pick<Bucket, 'unitsPerMs' | 'burst'> {
    const instances = Math.max(1, this.#instances());
    return { unitsPerMs: rate / instances / 1_000, burst: Math.max(1, burst / instances) };
  }

  /** Buckets that were dropped meanwhile take it and nobody looks at them any more. */
  #sourceOf(buckets: readonly Bucket[]): UnitSource {
    return {
      settle(units) {
        for (const bucket of buckets) {
          bucket.units = Math.max(-bucket.burst, Math.min(bucket.burst, bucket.units + units));
        }
      },
    };
  }
}

function fill(bucket: Bucket, nowMs: number): void {
  bucket.units = Math.min(bucket.burst, bucket.units + (nowMs - bucket.atMs) * bucket.unitsPerMs);
  bucket.atMs = nowMs;
}

function isSameShare(one: Limit, other: Limit): boolean {
  return one.rate === other.rate && one.burst === other.burst;
}

function isCountedHere({ limit }: BookedLimit): boolean {
  return limit.enforce === 'on' && limit.onStoreDown === 'local';
}

function storeDown(limits: readonly BookedLimit[]): Refusal {
  return {
    reason: 'store-down',
    retryAfterMs: storeDownRetryMs,
    violated: limits.map(({ policy }) => policy),
  };
}

/** What lacks of `units`, at most a burst. */
function overOf(limits: readonly BookedLimit[], buckets: readonly Bucket[], units: number): LocalShortfall {
  let retryAfterMs = 0;
  const violated: string[] = [];
  for (const [index, { policy }] of limits.entries()) {
    const bucket = buckets[index] as Bucket;
    const missing = Math.min(units, bucket.burst) - bucket.units;
    if (missing <= 0) continue;
    violated.push(policy);
    retryAfterMs = Math.max(retryAfterMs, missing / bucket.unitsPerMs);
  }
  return { reason: 'over', retryAfterMs, violated };
}
