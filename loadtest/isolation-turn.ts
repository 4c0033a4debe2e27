import { setTimeout as delay } from 'node:timers/promises';
import { randomKeys } from './dataset.ts';
import type { GuardReading } from './isolation-fleet.ts';
import type { JobSample } from './job-run.ts';
import { openLoopInstants, runOpenLoop } from './open-loop.ts';
import { seededRandom } from './random.ts';

export interface TurnPlan {
  /** Before the job begins. */
  readonly aloneMs: number;
  /** Not judged, after that. */
  readonly settleMs: number;
  /** Judged, after that. */
  readonly measureMs: number;
  /** Look-ups a second. */
  readonly rate: number;
  readonly keysPerLookUp: number;
}

/** What takes part in a turn, all of it started. */
export interface TurnParts {
  readonly ask: (keys: readonly string[]) => Promise<void>;
  readonly guard: () => Promise<GuardReading>;
  /** Absent: the front end stays alone. */
  readonly job?: {
    readonly begin: () => void;
    /** Throws where it has ended by itself. */
    readonly check: () => void;
    readonly samples: readonly JobSample[];
  };
}

/** One variant in one round. All times are in ms from when the job begins, or would. */
export interface IsolationTurn {
  readonly variant: string;
  readonly round: number;
  readonly plan: TurnPlan;
  /** By look-up, when it was due. */
  readonly dueMs: Float64Array;
  /** By look-up, from the instant that it was due, however it ended. */
  readonly latenciesMs: Float64Array;
  /** By look-up, how late it was begun: what the measuring process adds. */
  readonly lateMs: Float64Array;
  readonly failed: readonly number[];
  readonly firstFailure?: string;
  readonly job: readonly JobSample[];
  readonly guard: readonly (GuardReading & { readonly atMs: number })[];
}

const guardEveryMs = 1_000;

/** Looks up at a fixed rate, whatever becomes of it, and lets the job begin when its time has come. */
export async function runIsolationTurn(
  { variant, round, plan }: Pick<IsolationTurn, 'variant' | 'round' | 'plan'>,
  { ask, guard, job }: TurnParts,
): Promise<IsolationTurn> {
  const { aloneMs, settleMs, measureMs, rate, keysPerLookUp } = plan;
  const random = seededRandom(round);
  const count = Math.ceil(((aloneMs + settleMs + measureMs) / 1_000) * rate);
  const instantsMs = openLoopInstants(count, rate, random);
  const beganAtMs = performance.now() + aloneMs;
  const over = new AbortController();
  const watched = watchGuard(guard, beganAtMs, over.signal);
  const jobTimer = setTimeout(() => job?.begin(), aloneMs);
  const task = (): Promise<void> => ask(randomKeys(keysPerLookUp, random));
  const { latenciesMs, lateMs, failures } = await runOpenLoop({ instantsMs }, task).finally(() => {
    clearTimeout(jobTimer);
    over.abort();
  });
  job?.check();
  const [first] = failures;
  return {
    variant,
    round,
    plan,
    dueMs: instantsMs.map((instantMs) => instantMs - aloneMs),
    latenciesMs,
    lateMs,
    failed: failures.map(({ index }) => index).toSorted((a, b) => a - b),
    ...(first === undefined ? {} : { firstFailure: messageOf(first.error) }),
    job: (job?.samples ?? []).map((sample) => ({ ...sample, atMs: sample.atMs - beganAtMs })),
    guard: await watched,
  };
}

/** A reading that failed is left out: the guard is looked at, and not measured. */
async function watchGuard(
  guard: TurnParts['guard'],
  beganAtMs: number,
  signal: AbortSignal,
): Promise<IsolationTurn['guard']> {
  const readings: (GuardReading & { atMs: number })[] = [];
  while (!signal.aborted) {
    const reading = await guard().catch(() => undefined);
    if (reading !== undefined) readings.push({ atMs: performance.now() - beganAtMs, ...reading });
    await delay(guardEveryMs, undefined, { signal }).catch(() => undefined);
  }
  return readings;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
