/**
 * Durations as counts by bucket, so that those of all instances can be added up. Buckets are as wide as 5 % of where they
 * lie, from 0.1 ms to 60 s; what is shorter or longer counts in the first or the last.
 */
import type { ProtectedLatency } from './guard.ts';
import type { BucketCounts } from './guard-store.ts';

const shortestMs = 0.1;
const longestMs = 60_000;
/** Above the first, which is all that is up to `shortestMs`; so many that none is wider than 5 %. */
const steps = 273;
const stepLog = Math.log(longestMs / shortestMs) / steps;
const share = 0.95;

/** Buckets have numbers from 0 to one less. */
export const bucketCount = steps + 1;

export function bucketOf(durationMs: number): number {
  if (!(durationMs > shortestMs)) return 0;
  return Math.min(steps, Math.ceil(Math.log(durationMs / shortestMs) / stepLog));
}

/** The longest duration that a bucket counts, in ms. */
export function bucketEndMs(bucket: number): number {
  return shortestMs * Math.exp(bucket * stepLog);
}

/** Buckets that there are not, and counts that are no positive numbers, are left out: others may run another version. */
export function addCounts(into: Map<number, number>, counts: BucketCounts): void {
  for (const [bucket, count] of counts) {
    if (isCounted(bucket, count)) into.set(bucket, (into.get(bucket) ?? 0) + count);
  }
}

/** The 95th percentile, as if the durations in a bucket lay evenly in it. */
export function latencyOf(counts: BucketCounts): ProtectedLatency {
  const buckets = [...counts].filter(([bucket, count]) => isCounted(bucket, count));
  buckets.sort(([left], [right]) => left - right);
  const samples = buckets.reduce((sum, [, count]) => sum + count, 0);
  const rank = samples * share;
  let before = 0;
  for (const [bucket, count] of buckets) {
    if (before + count >= rank) {
      const beginMs = bucket === 0 ? 0 : bucketEndMs(bucket - 1);
      return { samples, p95Ms: beginMs + (bucketEndMs(bucket) - beginMs) * ((rank - before) / count) };
    }
    before += count;
  }
  return { samples, p95Ms: undefined };
}

/** Collects durations until they are taken. Never more than `bucketCount` entries. */
export interface LatencyRecorder {
  record(durationMs: number): void;
  /** What came since it was last called; the caller's own. */
  take(): BucketCounts;
}

export function createLatencyRecorder(): LatencyRecorder {
  let counts = new Map<number, number>();
  return {
    record(durationMs) {
      const bucket = bucketOf(durationMs);
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    },
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
  };
}

function isCounted(bucket: number, count: number): boolean {
  return Number.isInteger(bucket) && bucket >= 0 && bucket < bucketCount && count > 0 && count < Infinity;
}
