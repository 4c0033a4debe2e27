import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LendingFacts, lentRates, type Reserves } from '../../../src/core/guard/borrowing.ts';
import type { Steering } from '../../../src/core/guard/guard.ts';
import { recentUse } from '../../../src/core/guard/recent-use.ts';
import type { UsageSecond } from '../../../src/core/throttle/fleet.ts';
import { limitId } from '../../../src/core/throttle/limit.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const fleetRate = 60_000;
const reserves: Reserves = new Map([['read', new Map([['frontend', 40_000]])]]);

/** Units a second by class, all of them reads. */
function lend(use: Readonly<Record<string, number>>, change: Partial<LendingFacts> = {}): Steering['rates'] {
  return lentRates({
    reserves,
    classes: Object.keys(use).sort(),
    fleetRate: () => fleetRate,
    use: (className, operation) => (operation === 'read' ? (use[className] ?? 0) : 0),
    held: {},
    factor: 1,
    ...change,
  });
}

describe('what is lent', () => {
  it.each<[string, Readonly<Record<string, number>>, Steering['rates']]>([
    ['what nothing is kept of', { frontend: 0, backend: 0 }, { backend: { read: 20_000 } }],
    [
      'no more for a front end that uses less',
      { frontend: 20_000, backend: 0 },
      { backend: { read: 20_000 } },
    ],
    [
      'what it leaves beside some room to grow',
      { frontend: 40_000, backend: 20_000 },
      { backend: { read: 12_000 } },
    ],
    ['never less than a hundredth', { frontend: 55_000, backend: 9 }, { backend: { read: 600 } }],
    [
      'the same to all',
      { frontend: 0, backend: 0, reports: 0 },
      { backend: { read: 10_000 }, reports: { read: 10_000 } },
    ],
    ['nothing where all have a reserve', { frontend: 0 }, {}],
  ])('is %s', (_what, use, rates) => {
    expect(lend(use)).toEqual(rates);
  });

  it('is nothing where the fleet has no limit, and of no other operation', () => {
    expect(lend({ frontend: 0, backend: 0 }, { fleetRate: () => undefined })).toEqual({});
    expect(lend({ frontend: 0, backend: 0 }, { reserves: new Map() })).toEqual({});
  });

  it('is all for who uses it beside one who does not, who gets its share when it does', () => {
    let held = lend({ frontend: 0, backend: 0, reports: 0 });
    held = lend({ frontend: 0, backend: 10_000, reports: 0 }, { held });
    expect(held).toEqual({ backend: { read: 19_400 }, reports: { read: 600 } });
    held = lend({ frontend: 0, backend: 19_400, reports: 600 }, { held });
    expect(held).toEqual({ backend: { read: 10_000 }, reports: { read: 10_000 } });
    held = lend({ frontend: 0, backend: 10_000, reports: 2_000 }, { held });
    expect(held).toEqual({ backend: { read: 17_600 }, reports: { read: 2_400 } });
    expect(
      lend({ frontend: 0, backend: 17_600, reports: 2_000 }, { held })['reports']?.read,
    ).toBeGreaterThanOrEqual(2_400);
  });

  it('stays as it is while it could be a little more, and falls at once', () => {
    const held = { backend: { read: 12_000 } };
    expect(lend({ frontend: 39_800, backend: 12_000 }, { held })).toEqual(held);
    expect(lend({ frontend: 40_100, backend: 12_000 }, { held })['backend']?.read).toBe(11_880);
    expect(lend({ frontend: 39_000, backend: 12_000 }, { held })['backend']?.read).toBe(13_200);
  });

  it('together with what is kept is never more than the fleet may use, while nobody uses more than is kept for it', () => {
    const kept = fc.record({
      reserve: fc.integer({ min: 1, max: 400 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const lent = fc.record({
      use: fc.integer({ min: 0, max: 3_000 }),
      held: fc.option(fc.integer({ min: 10, max: 1_000 })),
    });
    fc.assert(
      fc.property(
        fc.array(kept, { minLength: 1, maxLength: 2 }),
        fc.array(lent, { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (keepers, borrowers, factor) => {
          const rate = 1_000;
          const keeping = keepers.map((keeper, at) => [`kept-${at}`, keeper] as const);
          const borrowing = borrowers.map((borrower, at) => [`lent-${at}`, borrower] as const);
          const use = new Map<string, number>([
            ...keeping.map(([name, { reserve, share }]) => [name, reserve * share] as const),
            ...borrowing.map(([name, borrower]) => [name, borrower.use] as const),
          ]);
          const rates = lentRates({
            reserves: new Map([['scan', new Map(keeping.map(([name, { reserve }]) => [name, reserve]))]]),
            classes: [...use.keys()].sort(),
            fleetRate: () => rate,
            use: (name) => use.get(name) ?? 0,
            held: Object.fromEntries(
              borrowing.flatMap(([name, { held }]) => (held === null ? [] : [[name, { scan: held }]])),
            ),
            factor,
          });
          const given = borrowing.map(([name]) => rates[name]?.scan ?? 0);
          const reserved = keepers.reduce((sum, { reserve }) => sum + reserve, 0);
          expect(given.reduce((sum, units) => sum + units, reserved)).toBeLessThanOrEqual(rate * (1 + 1e-9));
          for (const units of given) expect(units).toBeGreaterThanOrEqual(10);
          expect(Object.keys(rates)).toHaveLength(borrowers.length);
        },
      ),
      { numRuns: propertyRuns(500) },
    );
  });
});

describe('a front end that rises', () => {
  const applications = new Map([
    ['storefront', 'frontend'],
    ['nightly-report', 'backend'],
  ]);
  const second = (at: number, read: number): UsageSecond => ({
    second: at,
    counts: [{ application: 'storefront', operation: 'read', admitted: read, refused: 0 }],
  });
  const lentAfter = (seconds: readonly UsageSecond[], held: Steering['rates']): number | undefined => {
    const use = recentUse(seconds, applications);
    const rates = lentRates({
      reserves,
      classes: ['backend', 'frontend'],
      fleetRate: () => fleetRate,
      use: (name, operation) => use.get(limitId({ kind: 'class', name }, operation)) ?? 0,
      held,
      factor: 1,
    });
    return rates['backend']?.read;
  };

  it('has its room with the second decision, wherever in a second it rose', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: 40_000, max: 50_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (before, after, part) => {
          const mixed = Math.round(before * part + after * (1 - part));
          const calm = [second(1, before), second(2, before), second(3, before)];
          const held = { backend: { read: lentAfter(calm, {}) ?? 0 } };
          const first = { backend: { read: lentAfter([...calm.slice(1), second(4, mixed)], held) ?? 0 } };
          const next = lentAfter([second(3, before), second(4, mixed), second(5, after)], first);
          expect(next).toBeLessThanOrEqual(Math.max(600, fleetRate - Math.max(40_000, 1.2 * after)) + 1e-6);
        },
      ),
      { numRuns: propertyRuns(200) },
    );
  });
});

describe('recent use', () => {
  it('is the mean of three seconds or the newest, by limits of applications and classes', () => {
    const counts = (admitted: number) => [
      { application: 'storefront', operation: 'read' as const, admitted, refused: 500 },
      { application: 'search', operation: 'read' as const, admitted: 30, refused: 0 },
      { application: 'unheard-of', operation: 'read' as const, admitted: 999, refused: 0 },
    ];
    const classes = new Map([
      ['storefront', 'frontend'],
      ['search', 'frontend'],
    ]);
    const use = recentUse(
      [
        { second: 7, counts: counts(90) },
        { second: 9, counts: counts(-600) },
      ],
      classes,
    );
    expect(Object.fromEntries(use)).toEqual({
      'storefront/read': 0,
      'class:frontend/read': 0,
      'search/read': 30,
    });
    const falling = recentUse(
      [
        { second: 7, counts: counts(90) },
        { second: 8, counts: counts(0) },
      ],
      classes,
    );
    expect(falling.get('storefront/read')).toBe(30);
    expect(recentUse([], classes).size).toBe(0);
  });
});
