import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCacheGaps } from '../../../src/core/cache/cache-gap.ts';
import { propertyRuns } from '../../support/property-runs.ts';

describe('a gap', () => {
  it('concerns what was read before it, and nothing where there was none', () => {
    const gaps = createCacheGaps();
    expect(gaps.concerns(0)).toBe(false);
    gaps.add(100, 10, 100);
    expect([99, 100].map(gaps.concerns)).toEqual([true, false]);
  });

  it.each([
    ['the first partition at its end', 99, 100, 0, true],
    ['one in the middle, not before its time', 99, 104.9, 0.5, false],
    ['one in the middle in its time', 99, 105, 0.5, true],
    ['the last one, not before', 99, 109, 0.999, false],
    ['all when it is over', 99, 110, 0.999, true],
    ['nothing that was read after it', 100, 1_000, 0, false],
  ])('ends %s', (_, readAtMs, nowMs, share, isOver) => {
    const gaps = createCacheGaps();
    gaps.add(100, 10, 100);
    expect(gaps.isOver(readAtMs, nowMs, share)).toBe(isOver);
  });

  it('can lie ahead: nothing ends before', () => {
    const gaps = createCacheGaps();
    gaps.add(100, 0, 50);
    expect([99.9, 100].map((nowMs) => gaps.isOver(80, nowMs, 0.5))).toEqual([false, true]);
  });

  it('does not let a later one prolong what an earlier one ends, nor end at once what came between', () => {
    const gaps = createCacheGaps();
    gaps.add(100, 10, 100);
    gaps.add(109, 10, 109);
    expect(gaps.isOver(50, 110, 0.9)).toBe(true);
    expect(gaps.isOver(105, 110, 0.9)).toBe(false);
    expect(gaps.isOver(105, 118, 0.9)).toBe(true);
  });

  it('is still known when long over', () => {
    const gaps = createCacheGaps();
    gaps.add(100, 10, 100);
    expect(gaps.isOver(99, 500, 0.9)).toBe(true);
    gaps.add(1_000, 10, 1_000);
    expect(gaps.isOver(99, 1_000, 0.9)).toBe(true);
  });
});

interface Added {
  readonly cutMs: number;
  readonly spreadMs: number;
}

it('keeps nothing longer than each gap by itself would, and no row shorter while they are few', () => {
  const gap = fc.record({ waitMs: fc.nat(6), aheadMs: fc.nat(4), spreadMs: fc.nat(12) });
  fc.assert(
    fc.property(fc.array(gap, { maxLength: 30 }), fc.nat(60), fc.nat(99), (steps, ageMs, percent) => {
      const gaps = createCacheGaps();
      const added: Added[] = [];
      let nowMs = 0;
      for (const { waitMs, aheadMs, spreadMs } of steps) {
        nowMs += waitMs;
        gaps.add(nowMs + aheadMs, spreadMs, nowMs);
        added.push({ cutMs: nowMs + aheadMs, spreadMs });
        const readAtMs = nowMs - ageMs / 4;
        const share = percent / 100;
        const expected = added.some(
          ({ cutMs, spreadMs: spread }) => readAtMs < cutMs && nowMs >= cutMs + spread * share,
        );
        const isOver = gaps.concerns(readAtMs) && gaps.isOver(readAtMs, nowMs, share);
        if (expected) expect(isOver).toBe(true);
        else if (steps.length <= 8) expect(isOver).toBe(false);
      }
    }),
    { numRuns: propertyRuns(300) },
  );
});
