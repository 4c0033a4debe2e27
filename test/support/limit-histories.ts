import fc from 'fast-check';
import { type Ticks, ticksPerMs, ticksPerSecond } from '../../src/core/throttle/gcra.ts';
import type { Charge, ChargedLimit, ChargeVerdict, LimitStore } from '../../src/core/throttle/limit-store.ts';

/** 2026-11-20, about: digits as a stored time has them in production. */
export const laterThisYear: Ticks = 28_000_000 * ticksPerSecond;

/** A store whose time is moved by the test. */
export interface TimedLimitStore {
  readonly store: LimitStore;
  now: Ticks;
}

export type LimitStep =
  | { readonly kind: 'move'; readonly ticks: Ticks }
  | { readonly kind: 'charge'; readonly charge: Charge }
  | { readonly kind: 'adjust'; readonly limits: readonly ChargedLimit[]; readonly units: number };

/** Rates whose units are whole ticks and rates whose units are not; the fastest has 16 units in a tick. */
const rates = [0.1, 0.1 + 0.2, 1, 3, 7, 100, 5_000, 30_000, 47_000, 90_000, 1e6, 256e6];
const bursts = [1, 2, 5, 50, 1_000, 20_000, 1_000_000];

export const limitSetting = fc.record({ rate: fc.constantFrom(...rates), burst: fc.constantFrom(...bursts) });

/** Times between decisions: none, single ticks, and up to what fills most buckets. */
export const pauses = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 500 }),
  fc.integer({ min: 1, max: 50 * ticksPerMs }),
  fc.integer({ min: 1, max: 3 * ticksPerSecond }),
);

/** Up to an hour forward, and as much back. */
const jumps = fc.integer({ min: -3_600 * ticksPerSecond, max: 3_600 * ticksPerSecond });

const someUnits = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(1_000, 25_000));

/** Steps over three limits, each with two settings that it is changed between, in any order and with any clock. */
export const limitHistories: fc.Arbitrary<readonly LimitStep[]> = fc
  .tuple(limitSetting, limitSetting, limitSetting, limitSetting)
  .chain(([usual, other, ...rest]) => {
    const limitOf = (id: string, settings: readonly { readonly rate: number; readonly burst: number }[]) =>
      fc
        .record({ setting: fc.constantFrom(...settings), enforced: fc.boolean() })
        .map(({ setting, enforced }): ChargedLimit => ({ id, ...setting, enforced }));
    const limits = fc
      .tuple(
        limitOf('storefront/read', [usual, usual, usual, other]),
        limitOf('class:frontend/read', rest),
        limitOf('fleet:all/read', [usual]),
      )
      .chain((all) => fc.shuffledSubarray(all, { minLength: 1 }));
    const charge = fc.tuple(limits, someUnits, fc.nat()).map(
      ([chosen, units, least]): LimitStep => ({
        kind: 'charge',
        charge: { limits: chosen, units, atLeast: units === 0 ? 0 : 1 + (least % units) },
      }),
    );
    const adjust = fc.tuple(limits, someUnits, fc.boolean()).map(
      ([chosen, units, isDebt]): LimitStep => ({
        kind: 'adjust',
        limits: chosen,
        units: isDebt ? units : -units,
      }),
    );
    const move = fc
      .oneof({ arbitrary: pauses, weight: 8 }, { arbitrary: jumps, weight: 1 })
      .map((ticks): LimitStep => ({ kind: 'move', ticks }));
    return fc.array(
      fc.oneof(
        { arbitrary: charge, weight: 4 },
        { arbitrary: move, weight: 3 },
        { arbitrary: adjust, weight: 1 },
      ),
      { minLength: 1, maxLength: 40 },
    );
  });

/** What a store answers to the steps, in their order. */
export async function replay(
  timed: TimedLimitStore,
  steps: readonly LimitStep[],
): Promise<readonly ChargeVerdict[]> {
  const verdicts: ChargeVerdict[] = [];
  for (const step of steps) {
    if (step.kind === 'move') timed.now += step.ticks;
    else if (step.kind === 'adjust') await timed.store.adjust(step.limits, step.units);
    else verdicts.push(await timed.store.charge(step.charge));
  }
  return verdicts;
}
