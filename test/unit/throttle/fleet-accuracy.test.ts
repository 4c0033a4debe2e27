import { describe, expect, it } from 'vitest';
import { type FleetCount, offerLoad } from '../../support/fleet-load.ts';
import { type Scene, setUpScene } from '../../support/throttle-scene.ts';

/** Four instances; the first is asked for most. */
const shares = [0.7, 0.2, 0.08, 0.02];

function storeCalls({ instances }: Scene): number {
  return instances.reduce((sum, { store: { calls } }) => sum + calls.charge + calls.adjust, 0);
}

/** Of the rate, from the second second on: by then the first burst is used up. */
function steadyShare({ bySecond }: FleetCount, rate: number): number {
  const last = bySecond.length - 1;
  return ((bySecond[last] ?? 0) - (bySecond[1] ?? 0)) / ((last - 1) * rate);
}

describe('four instances of one limit, asked for three times of it', () => {
  const rates = [100, 5_000, 30_000, 47_000, 90_000] as const;
  const lenient = rates.flatMap((rate) => [1, 50].map((cost) => [rate, cost, 'lease', false] as const));
  const rows = [
    ...lenient,
    ...rates.map((rate) => [rate, 50, 'lease', true] as const),
    [100, 1, 'exact', false] as const,
    [100, 50, 'exact', true] as const,
    [5_000, 1, 'exact', false] as const,
    [30_000, 50, 'exact', true] as const,
  ];
  it.each(rows)(
    'admit the rate %i and not more, with requests of %i (%s, strict: %s)',
    async (rate, cost, mode, strict) => {
      const scene = setUpScene([{ rate, mode }], { count: 4 });
      const load = {
        ...scene,
        shares,
        unitsPerSecond: 3 * rate,
        unitsPerAsk: cost,
        seconds: 6,
        ask: { strict },
      };
      const count = await offerLoad(load);
      expect(count.mostAbove(rate)).toBeLessThanOrEqual(rate);
      expect(steadyShare(count, rate)).toBeGreaterThanOrEqual(0.97);
      expect(scene.instances.map(({ throttle }) => throttle.strandedUnits())).toEqual([0, 0, 0, 0]);
    },
    30_000,
  );

  it('give the smallest what it needs: who needs little is served before who needs much', async () => {
    const rate = 5_000;
    const scene = setUpScene([{ rate, mode: 'lease' }], { count: 4 });
    const count = await offerLoad({ ...scene, shares, unitsPerSecond: 3 * rate, unitsPerAsk: 1, seconds: 6 });
    const [, , , smallest = 0] = count.granted;
    expect(smallest).toBeGreaterThan(0.9 * 3 * rate * 0.02 * 6);
  });
});

describe('four instances that lease', () => {
  const rows: readonly [string, number, number][] = [
    ['a limit that is not reached', 10_000, 5_000],
    ['a limit that is nearly reached', 5_000, 4_750],
    ['a limit three times exceeded', 5_000, 15_000],
    ['a limit three times exceeded, by 5,000 a second', 1_667, 5_000],
  ];
  it.each(rows)(
    'call the store at most ten times for a thousand requests: %s',
    async (_why, rate, offered) => {
      const scene = setUpScene([{ rate, mode: 'lease' }], { count: 4 });
      const count = await offerLoad({
        ...scene,
        shares,
        unitsPerSecond: offered,
        unitsPerAsk: 1,
        seconds: 6,
      });
      expect(storeCalls(scene) / count.asks).toBeLessThanOrEqual(0.01);
    },
  );

  it('refuse nobody while the limit is not reached, even with a burst that all of them share', async () => {
    const scene = setUpScene([{ rate: 5_000, burst: 1_000, mode: 'lease' }], { count: 32 });
    const even = scene.instances.map(() => 1 / 32);
    const load = { ...scene, shares: even, unitsPerSecond: 4_500, unitsPerAsk: 1, seconds: 5 };
    const count = await offerLoad(load);
    const refused = scene.instances.reduce((sum, { telemetry }) => sum + telemetry.counts.refused, 0);
    expect(refused / count.asks).toBeLessThan(0.001);
  });

  it('hold several limits at once: the fleet stays within its own', async () => {
    const limits = [{ rate: 5_000, mode: 'lease' as const }, { rate: 50_000 }, { rate: 2_000 }];
    const scene = setUpScene(limits, { count: 4 });
    const count = await offerLoad({ ...scene, shares, unitsPerSecond: 15_000, unitsPerAsk: 5, seconds: 5 });
    expect(count.mostAbove(2_000)).toBeLessThanOrEqual(2_000);
    expect(steadyShare(count, 2_000)).toBeGreaterThanOrEqual(0.97);
  });
});

describe('instances that are cut off from the store', () => {
  const rows = [1, 2, 4].flatMap((cut) =>
    (['exact', 'lease'] as const).flatMap((mode) =>
      (['silent', 'unreachable', 'lost'] as const).map((mood) => [cut, mode, mood] as const),
    ),
  );
  it.each(rows)(
    '%i of four, %s, %s: admitted at most rate x t x (1 + k / N) + 2 x burst',
    async (cut, mode, mood) => {
      const rate = 2_000;
      const scene = setUpScene([{ rate, mode }], { count: 4 });
      const count = await offerLoad({
        ...scene,
        shares: [0.25, 0.25, 0.25, 0.25],
        unitsPerSecond: 3 * rate,
        unitsPerAsk: 5,
        seconds: 8,
        onMs: (ms) => {
          if (ms === 2_000) for (const { store } of scene.instances.slice(0, cut)) store.mood = mood;
          if (ms === 6_000) for (const { store } of scene.instances) store.mood = 'well';
        },
      });
      expect(count.mostAbove(rate * (1 + cut / 4))).toBeLessThanOrEqual(2 * rate);
      // Those who are cut off still get their share.
      const [cutOff = 0] = count.granted;
      expect(cutOff).toBeGreaterThan((rate / 4) * 6);
      // And within two seconds of the recovery the limit is exact again.
      expect((count.bySecond[7] ?? 0) - (count.bySecond[6] ?? 0)).toBeLessThanOrEqual(1.1 * rate);
      for (const { breaker } of scene.instances) expect(breaker.state()).toBe('closed');
    },
  );
});
