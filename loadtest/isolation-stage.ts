import type { RunningCluster } from '../topology/launcher/provider.ts';
import { runClosedLoop } from './closed-loop.ts';
import { randomKeys } from './dataset.ts';
import { keyspace, nodesOf, sourceTable, targetTable } from './isolation-cluster.ts';
import { type FleetPlan, IsolationFleet, jobApplication } from './isolation-fleet.ts';
import type { IsolationOptions } from './isolation-options.ts';
import { figuresOf, isolationNames } from './isolation-summary.ts';
import { type IsolationTurn, runIsolationTurn, type TurnPlan } from './isolation-turn.ts';
import type { JobPlan, JobWay } from './job-plan.ts';
import { JobRun } from './job-run.ts';
import { openLoopInstants, runOpenLoop } from './open-loop.ts';
import { seededRandom } from './random.ts';
import { percentile } from './statistics.ts';

/** What is on in a turn beside the front end. */
export interface Scene extends FleetPlan {
  readonly variant: string;
  readonly round: number;
  /** `none`: the front end stays alone. */
  readonly job: JobWay['kind'] | 'none';
}

type StageOptions = Pick<IsolationOptions, 'keys' | 'warmUp' | 'scans' | 'writers'>;

/** What became of look-ups at one rate. */
export interface RateTrial {
  readonly p95Ms: number;
  readonly failed: number;
}

/** So many that no look-up waits for one. */
const connections = 1_000;
const warmUpInFlight = 8;
const contactPoints = 3;
const trialMs = 8_000;
/** Of a trial, not judged. */
const trialSettleMs = 2_000;
const jobShape = { rowsPerWrite: 50, splits: 32, pageSize: 1_000 } as const;

/** Sets the scenes of a run up, one after another: each has Weirs of its own, since what a Weir has learnt is its own. */
export class IsolationStage {
  readonly #cluster: RunningCluster;
  readonly #options: StageOptions;
  readonly #report: (line: string) => void;
  #ending: Promise<void> | undefined;
  #end: () => Promise<void> = async () => undefined;

  constructor(cluster: RunningCluster, options: StageOptions, report: (line: string) => void) {
    this.#cluster = cluster;
    this.#options = options;
    this.#report = report;
  }

  async play(scene: Scene, plan: TurnPlan): Promise<IsolationTurn> {
    const { variant, round, job } = scene;
    const turn = await this.#withFleet(scene, round, async (fleet, run) => {
      const way = this.#wayOf(scene, fleet);
      if (way !== undefined) await run.prepare(this.#jobPlan(way));
      return runIsolationTurn(
        { variant, round, plan },
        {
          ask: (keys) => fleet.ask(keys),
          guard: () => fleet.guard(),
          ...(job === 'none' ? {} : { job: run }),
        },
      );
    });
    this.#report(describeTurn(turn));
    return turn;
  }

  /** One Weir without a job is asked at one rate after another. */
  withTrials<Result>(
    scene: FleetPlan,
    task: (trial: (rate: number) => Promise<RateTrial>) => Promise<Result>,
  ): Promise<Result> {
    return this.#withFleet(scene, 0, (fleet) => task((rate) => this.#trial(fleet, rate)));
  }

  async #trial(fleet: IsolationFleet, rate: number): Promise<RateTrial> {
    const random = seededRandom(Math.round(rate));
    const instantsMs = openLoopInstants(Math.ceil((trialMs * rate) / 1_000), rate, random);
    const { latenciesMs, failures } = await runOpenLoop({ instantsMs }, () =>
      fleet.ask(randomKeys(this.#options.keys, random)),
    );
    const judged = latenciesMs.filter((_, index) => (instantsMs[index] ?? 0) >= trialSettleMs).sort();
    return { p95Ms: percentile(judged, 0.95), failed: failures.length };
  }

  async #withFleet<Result>(
    plan: FleetPlan,
    round: number,
    task: (fleet: IsolationFleet, run: JobRun) => Promise<Result>,
  ): Promise<Result> {
    const { warmUp, keys } = this.#options;
    const fleet = new IsolationFleet(this.#cluster, plan, connections);
    const run = new JobRun();
    this.#ending = undefined;
    // The job first: it would only see its Weir go.
    this.#end = async () => {
      await run.stop();
      await fleet.stop();
    };
    try {
      await fleet.start();
      const random = seededRandom(-1 - round);
      await runClosedLoop({ count: warmUp, inFlight: warmUpInFlight }, () =>
        fleet.ask(randomKeys(keys, random)),
      );
      return await task(fleet, run);
    } finally {
      await this.clear();
    }
  }

  /** Ends what is on, once, whether it is over or interrupted. */
  clear(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  #wayOf({ job, jobDatacenter }: Scene, fleet: IsolationFleet): JobWay | undefined {
    if (job === 'none') return undefined;
    if (job === 'weir') return { kind: 'weir', dataUrl: fleet.jobUrl, application: jobApplication };
    const nodes = nodesOf(this.#cluster, jobDatacenter).slice(0, contactPoints);
    return {
      kind: 'straight',
      datacenter: jobDatacenter,
      contactPoints: nodes.map(({ address, port }) => `${address}:${port}`),
    };
  }

  #jobPlan(way: JobWay): JobPlan {
    const { scans, writers } = this.#options;
    return { way, keyspace, sourceTable, targetTable, scans, writers, ...jobShape };
  }
}

function describeTurn(turn: IsolationTurn): string {
  const figures = figuresOf(turn);
  const { p50Ms, p95Ms, p99Ms, failed, scanned, written, jobFailures, lateMs } = figures;
  const firstFailure = turn.firstFailure ?? turn.job.at(-1)?.firstFailure;
  return [
    `round ${turn.round}: ${turn.variant}: p50 ${p50Ms.toFixed(1)} ms, p95 ${p95Ms.toFixed(1)} ms`,
    `p99 ${p99Ms.toFixed(1)} ms, begun ${lateMs.toFixed(1)} ms late, ${failed} failed`,
    ...(turn.job.length === 0
      ? []
      : [`scanned ${scanned.toFixed(0)} and wrote ${written.toFixed(0)} rows/s, ${jobFailures} failures`]),
    ...(turn.variant === isolationNames.guard
      ? [`factor ${figures.meanFactor.toFixed(2)}, ${figures.cuts} cuts, ${phasesOf(turn)}`]
      : []),
    ...(firstFailure === undefined ? [] : [`first failure: ${firstFailure}`]),
  ].join(', ');
}

/** How many of the guard's readings were in each phase: `blind` and `helpless` mean that it did not steer. */
function phasesOf({ guard }: IsolationTurn): string {
  const counts = new Map<string, number>();
  for (const { phase } of guard) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  return [...counts].map(([phase, count]) => `${phase} ${count}`).join(' ');
}
