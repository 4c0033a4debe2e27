import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { describeCluster, datacenter as frontend } from '../bench-cluster.ts';
import { attachWithBackend, backend, fillBothDatacenters, nodesOf } from '../isolation-cluster.ts';
import { type JobRates, leastShare, watchingTargetMs } from '../isolation-fleet.ts';
import type { IsolationOptions } from '../isolation-options.ts';
import { isolationPicture } from '../isolation-picture.ts';
import { searchBelow, searchUpwards, type Trial } from '../isolation-search.ts';
import { IsolationStage, type RateTrial } from '../isolation-stage.ts';
import {
  failureTarget,
  figuresOf,
  type IsolationFigures,
  isolationNames,
  isolationTable,
  isolationTargets,
  mostP95Ratio,
  p95OverTime,
  summarizeIsolation,
} from '../isolation-summary.ts';
import type { IsolationTurn, TurnPlan } from '../isolation-turn.ts';
import { isReached, markdownTable, targetTable, writeResult } from '../report.ts';
import { rotate } from '../rounds.ts';
import { median } from '../statistics.ts';
import type { Teardown } from '../teardown.ts';

/** Of the search for what the front end can do. */
const capacity = { least: 10, most: 2_000, turns: 3 } as const;
/** At its capacity the front end is so many times slower than almost idle. */
const slownessAtCapacity = 3;
const loadShare = 0.5;

interface Calibration {
  readonly aloneP95Ms: number;
  /** Of the guard, from what it saw of the front end alone. */
  readonly targetMs: number;
  /** What the job reaches without limits, and so its generous limits. */
  readonly generous: JobRates;
}

interface IsolationOutput {
  readonly print: (text: string) => void;
  readonly report: (line: string) => void;
}

interface Context {
  readonly options: IsolationOptions;
  readonly output: IsolationOutput;
  readonly cluster: RunningCluster;
  readonly stage: IsolationStage;
  readonly plan: TurnPlan;
  readonly jobDatacenter: string;
}

/** What a job at full speed does to the front end's look-ups: straight on Cassandra, at fixed limits, and under the guard. */
export async function benchIsolation(
  options: IsolationOptions,
  { teardown, ...output }: IsolationOutput & { readonly teardown: Teardown },
): Promise<boolean> {
  const { report } = output;
  const cluster = attachWithBackend(options.cluster, options.short === true, report);
  await fillBothDatacenters(cluster, report);
  const stage = new IsolationStage(cluster, options, report);
  teardown.add('the stage of isolation', () => stage.clear());
  const rate = options.rate ?? (await findRate(options, output, stage));
  const plan: TurnPlan = {
    aloneMs: options.aloneSeconds * 1_000,
    settleMs: options.settleSeconds * 1_000,
    measureMs: options.turnSeconds * 1_000,
    rate,
    keysPerLookUp: options.keys,
  };
  const places = { backend: [backend], frontend: [frontend], both: [backend, frontend] }[options.jobIn];
  let reached = true;
  for (const jobDatacenter of places) {
    const isIsolated = await measurePlace({ options, output, cluster, stage, plan, jobDatacenter });
    reached = isIsolated && reached;
  }
  return reached;
}

/** A share of the highest rate at which the front end, alone, is not much slower than at the least. */
async function findRate(
  options: IsolationOptions,
  { print }: IsolationOutput,
  stage: IsolationStage,
): Promise<number> {
  const { best, trials } = await stage.withTrials({ jobDatacenter: backend }, async (trial) => {
    let lowP95Ms: number | undefined;
    return searchUpwards(capacity, async (rate) => {
      const first = await trial(rate);
      lowP95Ms ??= first.p95Ms;
      const mostMs = slownessAtCapacity * lowP95Ms;
      const isFine = ({ p95Ms, failed }: RateTrial): boolean => failed === 0 && p95Ms <= mostMs;
      // A slow moment of the machine is not the end of what it can do.
      const result = isFine(first) ? first : await trial(rate);
      return { isWithin: isFine(result), result };
    });
  });
  print(`## The front end alone: ${options.keys} keys a look-up, open loop\n`);
  print(
    `${markdownTable<Trial<RateTrial>>(
      [
        { title: 'look-ups/s', value: ({ at }) => at, digits: 1 },
        { title: 'p95 ms', value: ({ result }) => result.p95Ms, digits: 1 },
        { title: 'failed', value: ({ result }) => result.failed },
        {
          title: `p95 within ${slownessAtCapacity} times`,
          value: ({ isWithin }) => (isWithin ? 'yes' : 'no'),
        },
      ],
      trials,
    )}\n`,
  );
  if (best === undefined) throw new Error(`look-ups fail at ${capacity.least} a second already`);
  const rate = Math.max(1, Math.round(best.at * loadShare));
  print(`Capacity ${best.at.toFixed(0)} look-ups/s; measured at ${rate}.\n`);
  return rate;
}

async function measurePlace(context: Context): Promise<boolean> {
  const { options, output, cluster, plan, jobDatacenter } = context;
  const { print, report } = output;
  const { picture, scans, writers } = options;
  print(
    `## A job of ${scans} scans and ${writers} writers in ${jobDatacenter}; the front end asks for ` +
      `${plan.rate} x ${plan.keysPerLookUp} keys a second\n`,
  );
  const calibration = await calibrate(context);
  const { fixed, trials } = await searchFixedLimit(context, calibration);
  const turns = await playRounds(context, calibration, fixed);
  const summaries = summarizeIsolation(Object.values(isolationNames), turns);
  const targets = isolationTargets(summaries);
  print(`${clusterText(cluster)} Medians of ${options.rounds} rounds.\n`);
  print(`${isolationTable(summaries)}\n`);
  print(`${targetTable(targets)}\n`);
  if (picture !== undefined) {
    const file = options.jobIn === 'both' ? withPlace(picture, jobDatacenter) : picture;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, isolationPicture(turns, jobDatacenter));
    report(`drawn to ${file}`);
  }
  if (options.short === true) {
    print('A short run: only failed look-ups are judged.\n');
    return isReached(failureTarget(summaries));
  }
  const records = turns.map(turnRecord);
  report(
    `written to ${writeResult('isolation', { cluster: await describeCluster(cluster), options, plan, jobDatacenter, targets, calibration, trials, fixed, summaries, turns: records })}`,
  );
  return targets.every(isReached);
}

/** What there is to compare with: the front end alone, and the job when nothing holds it back. */
async function calibrate({ options, output, stage, plan, jobDatacenter }: Context): Promise<Calibration> {
  const scene = { round: 0, jobDatacenter };
  const alone = await stage.play(
    { ...scene, variant: isolationNames.alone, job: 'none', targetMs: watchingTargetMs },
    plan,
  );
  const free = await stage.play({ ...scene, variant: 'job through Weir, no limit', job: 'weir' }, plan);
  const seen = alone.guard.flatMap(({ atMs, p95Ms }) =>
    atMs < plan.settleMs || p95Ms === undefined ? [] : [p95Ms],
  );
  const seenMs = median(seen);
  if (!(seenMs > 0)) throw new Error('the guard saw no look-ups of the front end');
  const { scanned, written } = figuresOf(free);
  if (scanned === 0 || written === 0) throw new Error('the job without limits did not scan and write');
  const targetMs = seenMs * options.guardTarget;
  const { p95Ms } = figuresOf(alone);
  output.print(
    `Alone: p95 ${p95Ms.toFixed(1)} ms, of which the guard sees ${seenMs.toFixed(1)} ms; its target is ` +
      `${targetMs.toFixed(1)} ms. The job without limits scans ${scanned.toFixed(0)} and writes ${written.toFixed(0)} ` +
      `rows/s, the front end's p95 is then ${figuresOf(free).p95Ms.toFixed(1)} ms.\n`,
  );
  return { aloneP95Ms: p95Ms, targetMs, generous: { scan: scanned, write: written } };
}

/** The highest share of what the job would like at which the front end still keeps its promise. */
async function searchFixedLimit(
  { options, output, stage, plan, jobDatacenter }: Context,
  { aloneP95Ms, generous }: Calibration,
): Promise<{ readonly fixed: JobRates; readonly trials: readonly Trial<IsolationFigures>[] }> {
  const { best, trials } = await searchBelow(
    { least: leastShare, most: 1, turns: options.searchTurns },
    async (share) => {
      const limits = shareOf(generous, share);
      const variant = `fixed limit, ${(share * 100).toFixed(0)} %`;
      const turn = await stage.play({ variant, round: 0, job: 'weir', jobDatacenter, limits }, plan);
      const result = figuresOf(turn);
      return { isWithin: result.failed === 0 && result.p95Ms <= mostP95Ratio * aloneP95Ms, result };
    },
  );
  output.print(
    `${markdownTable<Trial<IsolationFigures>>(
      [
        { title: 'fixed limit, share', value: ({ at }) => at, digits: 2 },
        { title: 'scan rows/s allowed', value: ({ at }) => generous.scan * at },
        { title: 'write rows/s allowed', value: ({ at }) => generous.write * at },
        { title: 'scanned rows/s', value: ({ result }) => result.scanned },
        { title: 'written rows/s', value: ({ result }) => result.written },
        { title: 'p95 ms', value: ({ result }) => result.p95Ms, digits: 1 },
        { title: 'p95 ÷ alone', value: ({ result }) => result.p95Ms / aloneP95Ms, digits: 2 },
        { title: `at most ${mostP95Ratio}`, value: ({ isWithin }) => (isWithin ? 'yes' : 'no') },
      ],
      trials.toSorted((a, b) => b.at - a.at),
    )}\n`,
  );
  if (best === undefined) {
    output.print(`No limit that was tried keeps the promise; ${leastShare} is taken for the best.\n`);
  }
  return { fixed: shareOf(generous, best?.at ?? leastShare), trials };
}

async function playRounds(
  { options, stage, plan, jobDatacenter }: Context,
  { generous, targetMs }: Calibration,
  fixed: JobRates,
): Promise<readonly IsolationTurn[]> {
  const scenes = [
    { variant: isolationNames.alone, job: 'none' },
    { variant: isolationNames.straight, job: 'straight' },
    { variant: isolationNames.fixed, job: 'weir', limits: fixed },
    { variant: isolationNames.guard, job: 'weir', limits: generous, targetMs },
  ] as const;
  const turns: IsolationTurn[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const scene of rotate(scenes, round - 1)) {
      turns.push(await stage.play({ ...scene, round, jobDatacenter }, plan));
    }
  }
  return turns;
}

function shareOf({ scan, write }: JobRates, share: number): JobRates {
  return { scan: scan * share, write: write * share };
}

function clusterText(cluster: RunningCluster): string {
  const counts = [frontend, backend].map((name) => `${nodesOf(cluster, name).length} nodes in ${name}`);
  return (
    `${counts.join(', ')}, which share ${cpus().length} cores with Weir, the job and the measuring process: part of ` +
    'what the job does to the front end is this machine, whichever datacenter it works in.'
  );
}

/** `pictures/isolation.svg` → `pictures/isolation-<datacenter>.svg`. */
function withPlace(file: string, datacenter: string): string {
  return file.endsWith('.svg') ? `${file.slice(0, -4)}-${datacenter}.svg` : `${file}-${datacenter}`;
}

/** Of the look-ups only what the picture shows: one by one they would be a million lines. */
function turnRecord(turn: IsolationTurn): object {
  const { variant, round, firstFailure, job, guard } = turn;
  const firstJobFailure = job.at(-1)?.firstFailure;
  const overTime = p95OverTime(turn, 2_000);
  return { variant, round, ...figuresOf(turn), firstFailure, firstJobFailure, overTime, guard };
}
