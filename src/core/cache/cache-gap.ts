/**
 * Times in which invalidations may have been lost. What was read before the end of one expires, one partition after the
 * other: all at once would send every hot row to the cluster in the same moment.
 */
interface Gap {
  /** What was read before may lack a write whose invalidation is lost. */
  readonly cutMs: number;
  /** The first partitions expire then, the last ones `spreadMs` later. */
  readonly fromMs: number;
  readonly spreadMs: number;
}

/** Gaps told apart; what comes while so many still expire is taken together with the latest. */
const maxGaps = 8;

export interface CacheGaps {
  /** What was read before `cutMs` is over from then on, or by its partition up to `spreadMs` later. */
  add(cutMs: number, spreadMs: number, nowMs: number): void;
  /** Whether it was read before a gap at all: one comparison, for every hit. */
  concerns(readAtMs: number): boolean;
  /** `share`: of the partition, in [0, 1). */
  isOver(readAtMs: number, nowMs: number, share: number): boolean;
}

export function createCacheGaps(): CacheGaps {
  /** The oldest first. */
  let expiring: Gap[] = [];
  /** Of all gaps. */
  let latestCutMs = Number.NEGATIVE_INFINITY;
  /** Of those in which everything has expired. */
  let floorMs = Number.NEGATIVE_INFINITY;

  const endPast = (nowMs: number): void => {
    if (expiring.length === 0) return;
    for (const { cutMs, fromMs, spreadMs } of expiring) {
      if (fromMs + spreadMs <= nowMs) floorMs = Math.max(floorMs, cutMs);
    }
    expiring = expiring.filter(({ fromMs, spreadMs }) => fromMs + spreadMs > nowMs);
  };

  return {
    add(cutMs, spreadMs, nowMs) {
      endPast(nowMs);
      const gap = { cutMs, fromMs: cutMs, spreadMs };
      const latest = expiring.length < maxGaps ? undefined : expiring.pop();
      expiring.push(latest === undefined ? gap : together(latest, gap));
      latestCutMs = Math.max(latestCutMs, cutMs);
    },
    concerns: (readAtMs) => readAtMs < latestCutMs,
    isOver(readAtMs, nowMs, share) {
      endPast(nowMs);
      if (readAtMs < floorMs) return true;
      return expiring.some(
        ({ cutMs, fromMs, spreadMs }) => readAtMs < cutMs && nowMs >= fromMs + spreadMs * share,
      );
    },
  };
}

/** One gap in which nothing is kept longer than in either. */
function together(one: Gap, other: Gap): Gap {
  const fromMs = Math.min(one.fromMs, other.fromMs);
  const endMs = Math.min(one.fromMs + one.spreadMs, other.fromMs + other.spreadMs);
  return {
    cutMs: Math.max(one.cutMs, other.cutMs),
    fromMs,
    spreadMs: Math.max(0, endMs - fromMs),
  };
}
