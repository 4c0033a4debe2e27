/**
 * The guard in virtual time, against the best fixed limit and against other laws, over many histories of many loads.
 *
 * `node test/bench/guard-simulation.ts <target> <seeds>` prints one line of JSON; `target` is a multiple of the p95 that
 * the front end has alone.
 */
import { comparedLaws } from '../support/guard-simulation-laws.ts';
import { hardLoads, sharedLoads } from '../support/guard-simulation-loads.ts';
import { type Contest, type Outcome, openContest } from '../support/guard-simulation-search.ts';

export interface GuardSimulation {
  readonly load: string;
  /** It is listed, and nothing is promised of it. */
  readonly isHard: boolean;
  readonly law: string;
  readonly seeds: number;
  /** Of the job's throughput under the best fixed limit of the same p95. */
  readonly medianShare: number;
  readonly leastShare: number;
  /** Times what it is without a job. */
  readonly medianP95: number;
  readonly mostP95: number;
  readonly cutsPerMinute: number;
}

const [target = Number.NaN, seeds = Number.NaN] = process.argv.slice(2).map(Number);
const laws = Object.entries(comparedLaws);

const results = [...sharedLoads, ...hardLoads].flatMap((load): GuardSimulation[] => {
  const outcomes = laws.map((): { outcome: Outcome; contest: Contest }[] => []);
  for (let seed = 1; seed <= seeds; seed += 1) {
    const contest = openContest(load, seed);
    for (const [index, [, law]] of laws.entries()) {
      outcomes[index]?.push({ outcome: contest.enter(law(target * contest.aloneMs)), contest });
    }
  }
  return laws.map(([law], index) => {
    const own = outcomes[index] ?? [];
    const shares = ascending(own.map(({ outcome }) => outcome.share));
    const p95s = ascending(own.map(({ outcome, contest }) => outcome.p95Ms / contest.aloneMs));
    return {
      load: load.name,
      isHard: hardLoads.includes(load),
      law,
      seeds,
      medianShare: middle(shares),
      leastShare: shares[0] ?? Number.NaN,
      medianP95: middle(p95s),
      mostP95: p95s.at(-1) ?? Number.NaN,
      cutsPerMinute: middle(ascending(own.map(({ outcome }) => outcome.cutsPerMinute))),
    };
  });
});

process.stdout.write(`${JSON.stringify(results)}\n`);

function ascending(values: readonly number[]): number[] {
  return values.toSorted((left, right) => left - right);
}

function middle(values: readonly number[]): number {
  return values[values.length >> 1] ?? Number.NaN;
}
