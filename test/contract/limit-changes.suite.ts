import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ticksPerMs, ticksPerSecond } from '../../src/core/throttle/gcra.ts';
import type { ChargedLimit } from '../../src/core/throttle/limit-store.ts';
import { limitSetting, pauses, type TimedLimitStore } from '../support/limit-histories.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { type Admitted, mostBeyond } from './limit-properties.suite.ts';

const runs = { numRuns: propertyRuns(300) };
const fast: ChargedLimit = { id: 'storefront/read', rate: 1_000, burst: 1_000, enforced: true };
const slow: ChargedLimit = { ...fast, rate: 1 };

/** What holds while instances do not agree on a limit, or on the time. */
export function describeLimitChanges(create: () => Promise<TimedLimitStore>): void {
  describe('instances that differ', () => {
    let timed: TimedLimitStore;
    beforeEach(async () => {
      timed = await create();
    });

    const taken = async (limit: ChargedLimit): Promise<number> => {
      const verdict = await timed.store.charge({ limits: [limit], units: 1_000, atLeast: 1 });
      return verdict.kind === 'granted' ? verdict.units : 0;
    };

    it('a lowered rate gives no second burst: what was used stays used', async () => {
      await taken(fast);
      let units = 0;
      for (let second = 0; second < 5; second += 1) {
        units += await taken(slow);
        timed.now += ticksPerSecond;
      }
      expect(units).toBe(4);
    });

    it('an instance on the old limit does not undo what one on the new limit took', async () => {
      let units = await taken(fast);
      for (let times = 0; times < 20; times += 1) {
        units += await taken(slow);
        units += await taken(fast);
        timed.now += ticksPerMs;
      }
      expect(units).toBeLessThanOrEqual(1_000 + 20);
    });

    it('an instance with a smaller burst forgets nothing of what the others took', async () => {
      let units = await taken(fast);
      for (let times = 0; times < 20; times += 1) {
        units += await taken({ ...fast, burst: 10 });
        units += await taken(fast);
        timed.now += ticksPerMs;
      }
      expect(units).toBeLessThanOrEqual(1_000 + 20);
    });

    it('a limit that was made much smaller blocks for two bursts of each at most', async () => {
      await taken(fast);
      await timed.store.adjust([fast], 1_000);
      const smaller = { ...slow, burst: 10 };
      const verdict = await timed.store.charge({ limits: [smaller], units: 10, atLeast: 10 });
      // 2,000 units are owed: all but 20 of them are there again after 1,980 ms, and those after 20 s.
      expect(verdict).toMatchObject({ kind: 'refused', retryAfterMs: 1_980 + 20_000 });
    });

    it('units that are given back are no more by a rate than they were by another', async () => {
      await taken(fast);
      timed.now += 1_500 * ticksPerMs;
      await timed.store.adjust([slow], -10);
      expect(await taken(slow)).toBe(11);
    });

    it('never admit more than the highest rate and the largest burst among them would', async () => {
      const settings = fc.array(limitSetting, { minLength: 2, maxLength: 3 });
      const steps = fc.array(
        fc.tuple(pauses, fc.nat({ max: 2 }), fc.constantFrom(1, 7, 60, 1_000, 50_000), fc.nat({ max: 9 })),
        { maxLength: 40 },
      );
      await fc.assert(
        fc.asyncProperty(settings, steps, async (views, history) => {
          const one = await create();
          const admitted: Admitted[] = [];
          for (const [pause, view, units, kind] of history) {
            one.now += pause;
            const limits = [{ ...fast, ...(views[view % views.length] as (typeof views)[number]) }];
            if (kind === 9) await one.store.adjust(limits, units);
            const verdict = await one.store.charge({
              limits,
              units: kind === 8 ? 0 : units,
              atLeast: kind === 8 ? 0 : 1,
            });
            if (verdict.kind !== 'granted') continue;
            const returned = kind === 7 ? verdict.units : 0;
            if (returned > 0) await one.store.adjust(limits, -returned);
            admitted.push({ at: one.now, units: verdict.units - returned });
          }
          const rate = Math.max(...views.map((view) => view.rate));
          const burst = Math.max(...views.map((view) => view.burst));
          expect(mostBeyond({ ...fast, rate, burst }, admitted)).toBeLessThanOrEqual(0);
        }),
        runs,
      );
    });

    it('whose clocks differ admit what the rate gives in the time and the difference', async () => {
      const limit = { ...fast, rate: 100, burst: 20 };
      const start = timed.now;
      let units = 0;
      for (let passed = 0; passed <= 5_000; passed += 50) {
        for (const behindMs of [0, 1_000]) {
          timed.now = start + (passed - behindMs) * ticksPerMs;
          units += await taken(limit);
        }
      }
      expect(units).toBeLessThanOrEqual(100 * (5 + 1) + 20);
      expect(units).toBeGreaterThanOrEqual(100 * 5);
    });
  });
}
