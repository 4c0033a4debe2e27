import { describe, expect, it } from 'vitest';
import { slowedUse } from '../../../src/core/guard/slowed-use.ts';
import { createLimitBook } from '../../../src/core/throttle/live-limit-book.ts';
import type { WrittenLimit } from '../../../src/core/throttle/settings-changes.ts';

const applications = [
  { name: 'storefront', className: 'frontend' },
  { name: 'nightly-report', className: 'backend' },
  { name: 'export', className: 'backend' },
];

function useOf(
  limits: Readonly<Record<string, WrittenLimit>>,
  use: Readonly<Record<string, number>>,
  factor = 1,
): number | undefined {
  const book = createLimitBook();
  book.setFile(new Map(Object.entries(limits)), applications);
  book.setSteering({ factor, slows: ['backend'], rates: {} });
  return slowedUse(book, ['backend'], new Map(Object.entries(use)));
}

const rate = { rate: 100 };

describe('the use of slowed limits', () => {
  it.each<
    [string, number | undefined, Readonly<Record<string, WrittenLimit>>, Readonly<Record<string, number>>]
  >([
    ['is none where there are none', undefined, {}, { 'nightly-report/scan': 50 }],
    [
      'is not that of others, of the fleet, of sessions, or of a shadow',
      undefined,
      {
        'storefront/read': rate,
        'fleet:all/read': rate,
        'export/connect': rate,
        'export/read': { rate: 100, enforce: 'shadow' },
      },
      { 'storefront/read': 50, 'fleet:all/read': 50, 'export/connect': 50, 'export/read': 50 },
    ],
    ['is nothing where nobody uses any', 0, { 'export/write': rate }, { 'nightly-report/write': 50 }],
    [
      'is that of the limit that is used most',
      0.9,
      { 'export/write': rate, 'nightly-report/scan': rate, 'class:backend/scan': { rate: 1_000 } },
      { 'export/write': 50, 'nightly-report/scan': 90, 'class:backend/scan': 90 },
    ],
    ['is that of a class as well', 0.4, { 'class:backend/scan': rate }, { 'class:backend/scan': 40 }],
  ])('%s', (_what, share, limits, use) => {
    expect(useOf(limits, use)).toBe(share);
  });

  it('is a share of what is left of them', () => {
    expect(useOf({ 'export/write': rate }, { 'export/write': 10 }, 0.2)).toBeCloseTo(0.5, 9);
  });
});
