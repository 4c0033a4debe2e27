import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Admission } from '../../../src/core/throttle/throttle.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { askFor, type StoreMood, setUpScene } from '../../support/throttle-scene.ts';

const step = fc.record({
  instance: fc.nat(2),
  units: fc.integer({ min: 1, max: 60 }),
  strict: fc.boolean(),
  waitMs: fc.constantFrom(0, 0, 20, 300),
  times: fc.integer({ min: 1, max: 20 }),
  /** Of what was granted; more than 1 is a debt. */
  used: fc.constantFrom(0, 0.5, 1, 1, 1),
  passMs: fc.constantFrom(0, 1, 5, 30, 200, 700),
  mood: fc.constantFrom<StoreMood>('well', 'well', 'well', 'well', 'silent', 'unreachable', 'lost'),
});

const settings = fc.record({
  mode: fc.constantFrom('exact' as const, 'lease' as const),
  rate: fc.constantFrom(50, 500, 5_000),
  burstMs: fc.constantFrom(100, 1_000),
  canFail: fc.boolean(),
});

/** What an answer must not be. */
function faultOf({ granted, refusal }: Admission, units: number, strict: boolean): string | undefined {
  if (granted > units) return `${granted} of ${units}`;
  if ((refusal === undefined) !== (granted === units)) return `${granted} of ${units}, ${refusal?.reason}`;
  if (strict && granted > 0 && granted < units) return `a part of ${units}`;
  if (refusal?.reason === 'over' && !((refusal.retryAfterMs ?? 0) > 0))
    return `over, ${refusal.retryAfterMs}`;
  return undefined;
}

describe('whatever happens to a throttle', () => {
  it('each ask has one answer in time, the limit holds, and nothing is left behind', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { maxLength: 40 }), async (setting, steps) => {
        const { mode, rate, burstMs, canFail } = setting;
        const burst = Math.max(1, (rate * burstMs) / 1_000);
        const scene = setUpScene([{ rate, burst, mode, onStoreDown: 'local' }, { rate: 2 * rate }], {
          count: 3,
        });
        const { clock, instances } = scene;
        const startMs = clock.nowMs();
        const faults: string[] = [];
        let asked = 0;
        let answered = 0;
        let used = 0;
        for (const { instance, units, strict, waitMs, times, used: share, passMs, mood } of steps) {
          const target = instances[instance];
          if (target === undefined) continue;
          target.store.mood = canFail ? mood : 'well';
          for (let time = 0; time < times; time += 1) {
            const sinceMs = clock.nowMs();
            const settle = (admission: Admission): void => {
              const { granted, refusal } = admission;
              answered += 1;
              used += Math.ceil(granted * share);
              admission.settle(Math.ceil(granted * share));
              const fault = faultOf(admission, units, strict);
              if (fault !== undefined) faults.push(fault);
              const lateMs = clock.nowMs() - sinceMs - waitMs;
              if (lateMs > 50) faults.push(`${granted} ${refusal?.reason} ${lateMs} ms late`);
            };
            asked += 1;
            const admission = target.throttle.admit(askFor(units, { strict, waitMs }));
            if (admission instanceof Promise) void admission.then(settle);
            else settle(admission);
          }
          await clock.advance(passMs);
        }
        await clock.advance(400);
        expect(faults).toEqual([]);
        expect(answered).toBe(asked);
        const seconds = (clock.nowMs() - startMs) / 1_000;
        expect(used).toBeLessThanOrEqual(canFail ? 2 * (rate * seconds + burst) : rate * seconds + burst);
        await clock.runUntil(Promise.all(instances.map(({ throttle }) => throttle.close())));
        for (const { breaker } of instances) breaker.close();
        await clock.advance(1_000);
        expect(clock.pending()).toBe(0);
      }),
      { numRuns: propertyRuns(150) },
    );
  }, 30_000);
});
