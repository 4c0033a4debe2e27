import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LendingFacts, lentRates, type Reserves } from '../../../src/core/guard/borrowing.ts';
import type { Steering } from '../../../src/core/guard/guard.ts';
import { recentUse } from '../../../src/core/guard/recent-use.ts';
import type { UsageSecond } from '../../../src/core/throttle/fleet.ts';
import { limitId } from '../../../src/core/throttle/limit.ts';
import { limitBounds } from '../../../src/core/throttle/limit-rules.ts';
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
    ['nothing to one who has a reserve, where nothing is kept for others', { frontend: 0 }, {}],
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
    expect(held).toEqual({ backend: { read: 19_700 }, reports: { read: 300 } });
    held = lend({ frontend: 0, backend: 19_700, reports: 300 }, { held });
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

  const twoReserves: Reserves = new Map([
    [
      'read',
      new Map([
        ['frontend', 40_000],
        ['backend', 10_000],
      ]),
    ],
  ]);

  it.each<[string, Readonly<Record<string, number>>, Steering['rates']]>([
    [
      'all that is not kept for others',
      { frontend: 0, backend: 20_000 },
      { frontend: { read: 40_000 }, backend: { read: 20_000 } },
    ],
    [
      'less where others use more than is kept for them',
      { frontend: 42_500, backend: 8_000 },
      { frontend: { read: 50_000 }, backend: { read: 10_000 } },
    ],
    [
      'what is not kept for others either, nor for those without a reserve',
      { frontend: 0, backend: 20_000, reports: 0 },
      { frontend: { read: 40_000 }, backend: { read: 19_400 }, reports: { read: 600 } },
    ],
  ])(
    'a class with a reserve is bounded, so that it cannot use what is kept for others: it has %s',
    (_what, use, rates) => {
      expect(lend(use, { reserves: twoReserves })).toEqual(rates);
    },
  );

  it('to many beside a large reserve is no more than it leaves: the floor is one for all', () => {
    const large: Reserves = new Map([['read', new Map([['frontend', 57_000]])]]);
    const six = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`job-${at}`, 3_000]));
    for (const [frontend, most] of [
      [0, 3_000],
      [57_000, 600],
    ] as const) {
      const rates = lend({ frontend, ...six }, { reserves: large });
      const lent = Object.values(rates).map(({ read = 0 }) => read);
      expect(lent).toHaveLength(6);
      expect(lent.reduce((sum, rate) => sum + rate, 0)).toBeCloseTo(most);
    }
  });

  it('leaves to each class what is kept for it, whoever uses how much', () => {
    const kept = fc.record({
      reserve: fc.integer({ min: 1, max: 500 }),
      use: fc.integer({ min: 0, max: 3_000 }),
      held: fc.option(fc.integer({ min: 10, max: 1_000 })),
    });
    const lent = fc.record({
      use: fc.integer({ min: 0, max: 3_000 }),
      held: fc.option(fc.double({ min: 0.001, max: 1_000, noNaN: true })),
    });
    fc.assert(
      fc.property(
        fc.array(kept, { minLength: 1, maxLength: 3 }),
        fc.array(lent, { maxLength: 6 }),
        fc.integer({ min: 0, max: 500 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (keepers, borrowers, unkept, factor) => {
          const keeping = keepers.map((keeper, at) => [`kept-${at}`, keeper] as const);
          const borrowing = borrowers.map((borrower, at) => [`lent-${at}`, borrower] as const);
          const all = new Map<string, { use: number; held: number | null }>([...keeping, ...borrowing]);
          const reserved = keepers.reduce((sum, { reserve }) => sum + reserve, 0);
          const rate = reserved + unkept;
          const rates = lentRates({
            reserves: new Map([['scan', new Map(keeping.map(([name, { reserve }]) => [name, reserve]))]]),
            classes: [...all.keys()].sort(),
            fleetRate: () => rate,
            use: (name) => all.get(name)?.use ?? 0,
            held: Object.fromEntries(
              [...all].flatMap(([name, { held }]) => (held === null ? [] : [[name, { scan: held }]])),
            ),
            factor,
          });
          const most = rate * (1 + 1e-9) + borrowers.length * limitBounds.leastRate;
          const given = borrowing.map(([name]) => rates[name]?.scan ?? 0);
          const floor = borrowers.length === 0 ? 0 : Math.min(unkept, Math.max(1, rate * 0.01));
          expect(given.reduce((sum, units) => sum + units, reserved)).toBeLessThanOrEqual(most);
          for (const units of given) {
            expect(units).toBeGreaterThan(0);
            expect(units * borrowers.length).toBeGreaterThanOrEqual(floor * (1 - 1e-9));
          }
          for (const [name, { reserve }] of keeping) {
            const units = rates[name]?.scan;
            expect(units === undefined).toBe(keepers.length === 1);
            if (units === undefined) continue;
            expect(units).toBeGreaterThanOrEqual(reserve);
            expect(units + reserved - reserve + floor).toBeLessThanOrEqual(most);
          }
        },
      ),
      { numRuns: propertyRuns(500) },
    );
  });

  it('keeps two classes with a reserve from using together more than there is, in the long run', () => {
    const use = { frontend: 60_000, backend: 60_000 };
    let held: Steering['rates'] = {};
    for (let second = 0; second < 30; second += 1) {
      held = lend(use, { reserves: twoReserves, held });
      use.frontend = held['frontend']?.read ?? 0;
      use.backend = held['backend']?.read ?? 0;
    }
    expect(use.frontend).toBeGreaterThanOrEqual(40_000);
    expect(use.backend).toBeGreaterThanOrEqual(10_000);
    expect(use.frontend + use.backend).toBeLessThanOrEqual(fleetRate);
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
