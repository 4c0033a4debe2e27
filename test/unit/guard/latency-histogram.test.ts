import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCounts,
  bucketCount,
  bucketEndMs,
  bucketOf,
  createLatencyRecorder,
  latencyOf,
} from '../../../src/core/guard/latency-histogram.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const durations = fc.double({ min: 0.1, max: 60_000, noNaN: true });

function countsOf(all: readonly number[]): Map<number, number> {
  const recorder = createLatencyRecorder();
  for (const duration of all) recorder.record(duration);
  return new Map(recorder.take());
}

describe('a bucket', () => {
  it('has the duration in it, and is no wider than 5 %', () => {
    fc.assert(
      fc.property(durations, (duration) => {
        const bucket = bucketOf(duration);
        const beginMs = bucket === 0 ? 0 : bucketEndMs(bucket - 1);
        // The ends themselves are rounded.
        expect(beginMs).toBeLessThan(duration * (1 + 1e-9));
        expect(bucketEndMs(bucket)).toBeGreaterThan(duration * (1 - 1e-9));
        if (bucket > 0) expect(bucketEndMs(bucket) / beginMs).toBeLessThanOrEqual(1.05);
      }),
      { numRuns: propertyRuns(500) },
    );
  });

  it.each([
    [0, 0, 'nothing'],
    [-3, 0, 'less than nothing, of a clock that was set'],
    [Number.NaN, 0, 'no number'],
    [0.1, 0, 'the shortest'],
    [0.101, 1, 'a little more'],
    [60_000, bucketCount - 1, 'the longest'],
    [1e9, bucketCount - 1, 'more than the longest'],
    [Number.POSITIVE_INFINITY, bucketCount - 1, 'no end'],
  ])('of %d ms is number %d: %s', (duration, bucket) => {
    expect(bucketOf(duration)).toBe(bucket);
  });
});

describe('the latency of counts', () => {
  it('is within a bucket of the 95th percentile', () => {
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 400 }), (all) => {
        const { samples, p95Ms = Number.NaN } = latencyOf(countsOf(all));
        const sorted = all.toSorted((left, right) => left - right);
        const exactMs = sorted[Math.ceil(0.95 * all.length) - 1] ?? Number.NaN;
        expect(samples).toBe(all.length);
        expect(p95Ms).toBeGreaterThan(exactMs > 0.1 ? exactMs / 1.0501 : 0);
        expect(p95Ms).toBeLessThanOrEqual(exactMs * 1.0501);
      }),
      { numRuns: propertyRuns(300) },
    );
  });

  it('lies in a bucket where its share of the bucket does', () => {
    const bucket = bucketOf(20);
    const [beginMs, endMs] = [bucketEndMs(bucket - 1), bucketEndMs(bucket)];
    const { p95Ms } = latencyOf(new Map([[bucket, 100]]));
    expect(p95Ms).toBeCloseTo(beginMs + 0.95 * (endMs - beginMs), 9);
  });

  it('is unknown without samples', () => {
    expect(latencyOf(new Map())).toEqual({ samples: 0, p95Ms: undefined });
  });

  it('leaves out what is no bucket and no count', () => {
    const odd = new Map([
      [-1, 5],
      [bucketCount, 5],
      [1.5, 5],
      [3, -2],
      [4, Number.NaN],
      [5, Number.POSITIVE_INFINITY],
      [60, 2],
    ]);
    expect(latencyOf(odd).samples).toBe(2);
    const into = new Map<number, number>();
    addCounts(into, odd);
    expect(into).toEqual(new Map([[60, 2]]));
  });

  it('is that of all instances, once their counts are added up', () => {
    fc.assert(
      fc.property(fc.array(durations), fc.array(durations), (mine, others) => {
        const into = countsOf(mine);
        addCounts(into, countsOf(others));
        expect(latencyOf(into)).toEqual(latencyOf(countsOf([...mine, ...others])));
      }),
      { numRuns: propertyRuns(200) },
    );
  });
});

describe('a recorder', () => {
  it('gives each duration once', () => {
    const recorder = createLatencyRecorder();
    recorder.record(20);
    recorder.record(20.1);
    recorder.record(4_000);
    const taken = recorder.take();
    recorder.record(7);
    expect(taken).toEqual(
      new Map([
        [bucketOf(20), 2],
        [bucketOf(4_000), 1],
      ]),
    );
    expect(recorder.take()).toEqual(new Map([[bucketOf(7), 1]]));
    expect(recorder.take()).toEqual(new Map());
  });
});
