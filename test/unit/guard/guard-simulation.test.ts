import { describe, expect, it } from 'vitest';
import { type SimulatedLoad, type SimulatedRun, simulate } from '../../support/guard-simulation.ts';
import { fixedLaw, guardLaw } from '../../support/guard-simulation-laws.ts';
import { hardLoads, loadWith, sharedLoads } from '../../support/guard-simulation-loads.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const seeds = Array.from({ length: Math.ceil(propertyRuns(60) / 12) }, (_, index) => index + 1);
const least = 0.1;

function aloneMs(load: SimulatedLoad, seed: number): number {
  return simulate({ ...load, jobs: [] }, seed, fixedLaw(1)).p95Ms;
}

function guarded(load: SimulatedLoad, seed: number, targetMs: number): SimulatedRun {
  return simulate(load, seed, guardLaw(targetMs, least));
}

/** Of the steady part. */
function spread(factors: readonly number[]): {
  mean: number;
  deviation: number;
  least: number;
  most: number;
} {
  const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
  const squares = factors.reduce((sum, factor) => sum + (factor - mean) ** 2, 0) / factors.length;
  return { mean, deviation: Math.sqrt(squares), least: Math.min(...factors), most: Math.max(...factors) };
}

describe('the simulated cluster', () => {
  it('is the same for the same seed, and another for another', () => {
    const load = loadWith({ seconds: 30 });
    expect(simulate(load, 3, fixedLaw(1))).toEqual(simulate(load, 3, fixedLaw(1)));
    expect(simulate(load, 4, fixedLaw(1)).p95Ms).not.toBe(simulate(load, 3, fixedLaw(1)).p95Ms);
  });

  it('is slower, and does more for the job, the more the job may', () => {
    const runs = [0.05, 0.1, 0.2, 0.4, 0.7].map((factor) => simulate(loadWith({}), 1, fixedLaw(factor)));
    for (const [index, run] of runs.entries()) {
      const before = runs[index - 1];
      if (before === undefined) continue;
      expect(run.p95Ms).toBeGreaterThan(before.p95Ms);
      expect(run.unitsPerSecond).toBeGreaterThan(before.unitsPerSecond);
    }
    expect(runs.at(-1)?.p95Ms).toBeGreaterThan(2 * aloneMs(loadWith({}), 1));
  });
});

describe.each(seeds)('the guard in history %d', (seed) => {
  it('comes to rest around one factor under a steady load', () => {
    const load = loadWith({});
    const run = guarded(load, seed, 1.6 * aloneMs(load, seed));
    const steady = spread(run.factors.slice(40));
    expect(steady.deviation / steady.mean).toBeLessThan(0.2);
    expect(steady.most / steady.least).toBeLessThan(2);
    expect(run.cuts / (load.seconds / 60)).toBeLessThan(7);
  });

  it('is open again within 45 s of the job leaving', () => {
    const load = loadWith({ jobs: [{ from: 10, until: 60, limit: 0.6, leaseMs: 50 }] });
    const { factors, phases } = guarded(load, seed, 1.25 * aloneMs(load, seed));
    expect(Math.min(...factors.slice(30, 60))).toBeLessThan(0.3);
    expect(phases.slice(105)).toEqual(phases.slice(105).map(() => 'open'));
    expect(factors.at(-1)).toBe(1);
  });

  it('slows nobody for a front end that is too busy by itself', () => {
    const load = loadWith({ frontEnd: (second) => (second > 20 && second < 70 ? 1.05 : 0.4), jobs: [] });
    const { factors, phases } = guarded(load, seed, 60);
    expect(Math.min(...factors)).toBe(1);
    expect(phases.slice(40, 70)).toContain('helpless');
    expect(phases.at(-1)).toBe('open');
  });

  it('says helpless where the target cannot be reached, and goes on when it can', () => {
    const load = loadWith({ frontEnd: (second) => (second < 75 ? 0.6 : 0.1) });
    const targetMs = aloneMs(loadWith({ frontEnd: () => 0.45 }), seed);
    const { factors, phases } = guarded(load, seed, targetMs);
    expect(factors.slice(40, 75)).toEqual(factors.slice(40, 75).map(() => least));
    expect(phases.slice(45, 75)).toEqual(phases.slice(45, 75).map(() => 'helpless'));
    expect(Math.max(...factors.slice(75))).toBeGreaterThan(2 * least);
  });

  it('leaves a job alone whose front end sleeps', () => {
    const load = loadWith({ frontEnd: () => 0 });
    const run = guarded(load, seed, 60);
    expect(run.lookUps).toBe(0);
    expect(Math.min(...run.factors)).toBe(1);
  });

  it('does not cut without a job', () => {
    const load = loadWith({ jobs: [] });
    expect(guarded(load, seed, 1.05 * aloneMs(load, seed)).cuts).toBe(0);
  });
});

describe('the guard', () => {
  it.each([...sharedLoads, ...hardLoads])('never goes below its least, nor above 1: $name', (load) => {
    for (const target of [0.5, 1.25, 3]) {
      const { factors } = guarded(load, 1, target * aloneMs(load, 1));
      expect(factors).toHaveLength(load.seconds);
      expect(Math.min(...factors)).toBeGreaterThanOrEqual(least);
      expect(Math.max(...factors)).toBeLessThanOrEqual(1);
    }
  });
});
