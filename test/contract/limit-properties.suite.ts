import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ticksPerMs, ticksPerSecond } from '../../src/core/throttle/gcra.ts';
import type { ChargedLimit, LimitState } from '../../src/core/throttle/limit-store.ts';
import {
  limitHistories,
  limitSetting,
  pauses,
  replay,
  type TimedLimitStore,
} from '../support/limit-histories.ts';
import { propertyRuns } from '../support/property-runs.ts';

const runs = { numRuns: propertyRuns(200) };
const asked = fc.array(fc.tuple(pauses, fc.integer({ min: 1, max: 60 }), fc.boolean()), { maxLength: 40 });

export interface Admitted {
  readonly at: number;
  readonly units: number;
}

/** What holds for every `LimitStore` in any history. */
export function describeLimitProperties(create: () => Promise<TimedLimitStore>): void {
  describe('in any history', () => {
    it('no window admits more than the rate times its length and a burst', async () => {
      await fc.assert(
        fc.asyncProperty(limitSetting, limitSetting, asked, async (first, second, steps) => {
          const timed = await create();
          const limits = [enforced('storefront/read', first), enforced('fleet:all/read', second)];
          const admitted: Admitted[] = [];
          for (const [pause, units, isStrict] of steps) {
            timed.now += pause;
            const verdict = await timed.store.charge({ limits, units, atLeast: isStrict ? units : 1 });
            if (verdict.kind === 'granted') admitted.push({ at: timed.now, units: verdict.units });
          }
          for (const limit of limits) expect(mostBeyond(limit, admitted)).toBeLessThanOrEqual(0);
        }),
        runs,
      );
    });

    it('what was given back can be had again, and no more', async () => {
      const steps = fc.array(fc.tuple(pauses, fc.integer({ min: 1, max: 60 }), fc.nat({ max: 60 })), {
        maxLength: 30,
      });
      await fc.assert(
        fc.asyncProperty(limitSetting, steps, async (setting, history) => {
          const timed = await create();
          const limit = enforced('storefront/read', setting);
          const used: Admitted[] = [];
          for (const [pause, units, spared] of history) {
            timed.now += pause;
            const verdict = await timed.store.charge({ limits: [limit], units, atLeast: 1 });
            if (verdict.kind !== 'granted') continue;
            const returned = Math.min(spared, verdict.units);
            if (returned > 0) await timed.store.adjust([limit], -returned);
            used.push({ at: timed.now, units: verdict.units - returned });
          }
          expect(mostBeyond(limit, used)).toBeLessThanOrEqual(0);
        }),
        runs,
      );
    });

    it('a refusal changes nothing, and is told to wait as long as it must and no longer', async () => {
      await fc.assert(
        fc.asyncProperty(limitHistories, limitSetting, async (steps, setting) => {
          const timed = await create();
          await replay(timed, steps);
          const limits = [
            enforced('storefront/read', setting),
            enforced('fleet:all/read', { rate: 1_000, burst: 100 }),
            { id: 'class:frontend/read', rate: 7, burst: 5, enforced: false },
          ];
          const units = Math.min(setting.burst, 60);
          const charge = { limits, units, atLeast: units };
          const before = await statesOf(timed, limits);
          const verdict = await timed.store.charge(charge);
          if (verdict.kind !== 'refused') return;
          expect(verdict.states).toEqual(before);
          expect(await statesOf(timed, limits)).toEqual(before);
          expect(verdict.violated.length).toBeGreaterThan(0);
          expect(verdict.retryAfterMs).toBeGreaterThan(0);
          const ticks = Math.round(verdict.retryAfterMs * ticksPerMs);
          const start = timed.now;
          timed.now = start + ticks - 16;
          expect(await timed.store.charge(charge)).toMatchObject({ kind: 'refused' });
          timed.now = start + ticks;
          expect(await timed.store.charge(charge)).toMatchObject({ kind: 'granted', units });
        }),
        runs,
      );
    });

    it('remaining units are there to be had, and one more is not', async () => {
      await fc.assert(
        fc.asyncProperty(limitHistories, limitSetting, async (steps, setting) => {
          const timed = await create();
          await replay(timed, steps);
          const limits = [enforced('storefront/read', setting)];
          const [state] = await statesOf(timed, limits);
          const left = state?.remaining ?? 0;
          const more = await timed.store.charge({ limits, units: left + 1, atLeast: left + 1 });
          expect(more.kind).toBe(left === setting.burst ? 'oversize' : 'refused');
          const exact = await timed.store.charge({ limits, units: left, atLeast: left });
          expect(exact).toMatchObject({ kind: 'granted', states: [{ remaining: 0 }] });
        }),
        runs,
      );
    });

    // With the digits that a stored time has this year: written with too few, each charge would be lost.
    it.each([30_000, 47_000, 90_000])(
      'a rate of %i is kept to the unit, charged one by one',
      async (rate) => {
        const timed = await create();
        const limits = [enforced('storefront/read', { rate, burst: 100 })];
        const charge = { limits, units: 1, atLeast: 1 };
        const start = timed.now;
        let admitted = 0;
        for (const end = start + 10 * ticksPerMs; timed.now <= end; timed.now += 16 * 50) {
          while ((await timed.store.charge(charge)).kind === 'granted') admitted += 1;
        }
        const byRate = (rate * 10) / 1_000;
        expect(admitted).toBeLessThanOrEqual(100 + byRate);
        // A unit takes whole ticks: at these rates up to one in 300 more than its share.
        expect(admitted).toBeGreaterThanOrEqual(100 + Math.floor(byRate * 0.995) - 5);
      },
    );
  });
}

function enforced(id: string, { rate, burst }: Pick<ChargedLimit, 'rate' | 'burst'>): ChargedLimit {
  return { id, rate, burst, enforced: true };
}

async function statesOf(
  timed: TimedLimitStore,
  limits: readonly ChargedLimit[],
): Promise<readonly LimitState[]> {
  const verdict = await timed.store.charge({ limits, units: 0, atLeast: 0 });
  return verdict.kind === 'oversize' ? [] : verdict.states;
}

/** In the worst window, how many units more were admitted than the limit promises; a tick is as fine as time is. */
export function mostBeyond({ rate, burst }: ChargedLimit, admitted: readonly Admitted[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const [first, { at: begin }] of admitted.entries()) {
    let units = 0;
    for (const { at, units: more } of admitted.slice(first)) {
      units += more;
      most = Math.max(most, units - burst - Math.ceil((rate * (at - begin + 1)) / ticksPerSecond));
    }
  }
  return most;
}
