import { type Law, type SimulatedLoad, simulate } from './guard-simulation.ts';
import { fixedLaw } from './guard-simulation-laws.ts';

export interface Outcome {
  readonly p95Ms: number;
  /** The job's units under the law ÷ those under the best fixed limit whose p95 is no higher. */
  readonly share: number;
  readonly cutsPerMinute: number;
}

/** One history of look-ups and jobs, lived through under any number of laws. */
export interface Contest {
  /** The p95 of the same look-ups without a job. */
  readonly aloneMs: number;
  enter(law: Law): Outcome;
}

/** Fixed factors, each a ninth above the one before; the first is far below what the guard may go to. */
const factors = Array.from({ length: 34 }, (_, step) => 0.9 ** (33 - step));

export function openContest(load: SimulatedLoad, seed: number): Contest {
  const runs = new Map<number, { p95Ms: number; unitsPerSecond: number }>();
  const fixed = (step: number) => {
    let run = runs.get(step);
    if (run === undefined) {
      run = simulate(load, seed, fixedLaw(factors[step] ?? 1));
      runs.set(step, run);
    }
    return run;
  };

  /** Halves the steps, since a higher factor means a higher p95; between two of them on a straight line. */
  const bestUnits = (p95Ms: number): number => {
    let low = 0;
    let high = factors.length - 1;
    if (fixed(high).p95Ms <= p95Ms) return fixed(high).unitsPerSecond;
    if (fixed(low).p95Ms > p95Ms) return fixed(low).unitsPerSecond;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (fixed(middle).p95Ms <= p95Ms) low = middle;
      else high = middle;
    }
    const [below, above] = [fixed(low), fixed(high)];
    const part = (p95Ms - below.p95Ms) / (above.p95Ms - below.p95Ms);
    return below.unitsPerSecond + part * (above.unitsPerSecond - below.unitsPerSecond);
  };

  return {
    aloneMs: simulate({ ...load, jobs: [] }, seed, fixedLaw(1)).p95Ms,
    enter(law) {
      const { p95Ms, unitsPerSecond, cuts } = simulate(load, seed, law);
      return {
        p95Ms,
        share: unitsPerSecond / bestUnits(p95Ms),
        cutsPerMinute: (cuts * 60) / load.seconds,
      };
    },
  };
}
