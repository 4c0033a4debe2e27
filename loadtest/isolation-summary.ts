import type { IsolationTurn } from './isolation-turn.ts';
import type { JobSample } from './job-run.ts';
import { markdownTable, type Target } from './report.ts';
import { median, percentile, sum } from './statistics.ts';

export const isolationNames = {
  alone: 'front end alone',
  straight: 'job straight on Cassandra',
  fixed: 'job through Weir, best fixed limit',
  guard: 'job through Weir, guard',
} as const;

/** Of the judged part of a turn. */
export interface IsolationFigures {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Look-ups. */
  readonly failed: number;
  /** Rows a second. */
  readonly scanned: number;
  readonly written: number;
  /** Scans and writes of the job, since it began. */
  readonly jobFailures: number;
  /** Of the guard, the mean over the judged part; NaN where it was never read. */
  readonly meanFactor: number;
  /** Since the job began. */
  readonly cuts: number;
  /** The p95 of how late look-ups were begun. */
  readonly lateMs: number;
}

export interface IsolationSummary extends IsolationFigures {
  readonly variant: string;
}

export const mostP95Ratio = 1.3;
const leastJobShare = 0.6;

export function figuresOf(turn: IsolationTurn): IsolationFigures {
  const { settleMs, measureMs } = turn.plan;
  const endMs = settleMs + measureMs;
  const isJudged = (atMs: number): boolean => atMs >= settleMs && atMs < endMs;
  const judged = (values: Float64Array): Float64Array =>
    values.filter((_, index) => isJudged(turn.dueMs[index] ?? Number.NaN)).sort();
  const latenciesMs = judged(turn.latenciesMs);
  const factors = turn.guard.filter(({ atMs }) => isJudged(atMs)).map(({ factor }) => factor);
  return {
    p50Ms: percentile(latenciesMs, 0.5),
    p95Ms: percentile(latenciesMs, 0.95),
    p99Ms: percentile(latenciesMs, 0.99),
    failed: turn.failed.filter((index) => isJudged(turn.dueMs[index] ?? Number.NaN)).length,
    scanned: ratePerSecond(turn.job, ({ scannedRows }) => scannedRows, settleMs, endMs),
    written: ratePerSecond(turn.job, ({ writtenRows }) => writtenRows, settleMs, endMs),
    jobFailures: turn.job.at(-1)?.failures ?? 0,
    meanFactor: sum(factors) / factors.length,
    cuts: countCuts(turn),
    lateMs: percentile(judged(turn.lateMs), 0.95),
  };
}

/** Between the samples nearest to both ends; 0 where there was no job. */
export function ratePerSecond(
  samples: readonly JobSample[],
  count: (sample: JobSample) => number,
  fromMs: number,
  toMs: number,
): number {
  const inside = samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const [first] = inside;
  const last = inside.at(-1);
  if (first === undefined || last === undefined || last.atMs === first.atMs) return 0;
  return ((count(last) - count(first)) * 1_000) / (last.atMs - first.atMs);
}

function countCuts({ guard }: IsolationTurn): number {
  return guard.filter(({ atMs, factor }, index) => atMs > 0 && factor < (guard[index - 1]?.factor ?? factor))
    .length;
}

/** The p95 of the look-ups that were due in each stretch of time, in order; NaN where none was. */
export function p95OverTime(
  { plan, dueMs, latenciesMs }: Pick<IsolationTurn, 'plan' | 'dueMs' | 'latenciesMs'>,
  stretchMs: number,
): readonly { readonly atMs: number; readonly p95Ms: number }[] {
  const startMs = -plan.aloneMs;
  const count = Math.floor((plan.aloneMs + plan.settleMs + plan.measureMs) / stretchMs);
  return Array.from({ length: count }, (_, index) => {
    const fromMs = startMs + index * stretchMs;
    const inside = latenciesMs.filter((_, lookUp) => {
      const atMs = dueMs[lookUp] ?? Number.NaN;
      return atMs >= fromMs && atMs < fromMs + stretchMs;
    });
    return { atMs: fromMs + stretchMs / 2, p95Ms: percentile(inside.sort(), 0.95) };
  });
}

/** Medians over the rounds, but for what failed: that is added up. */
export function summarizeIsolation(
  variants: readonly string[],
  turns: readonly IsolationTurn[],
): readonly IsolationSummary[] {
  return variants.map((variant) => {
    const figures = turns.filter((turn) => turn.variant === variant).map(figuresOf);
    const middle = (figure: keyof IsolationFigures): number => median(figures.map((each) => each[figure]));
    return {
      variant,
      p50Ms: middle('p50Ms'),
      p95Ms: middle('p95Ms'),
      p99Ms: middle('p99Ms'),
      failed: sum(figures.map(({ failed }) => failed)),
      scanned: middle('scanned'),
      written: middle('written'),
      jobFailures: sum(figures.map(({ jobFailures }) => jobFailures)),
      meanFactor: middle('meanFactor'),
      cuts: middle('cuts'),
      lateMs: middle('lateMs'),
    };
  });
}

export function isolationTable(summaries: readonly IsolationSummary[]): string {
  const alone = summaries.find(({ variant }) => variant === isolationNames.alone);
  return markdownTable<IsolationSummary>(
    [
      { title: 'variant', value: ({ variant }) => variant },
      { title: 'p50 ms', value: ({ p50Ms }) => p50Ms, digits: 1 },
      { title: 'p95 ms', value: ({ p95Ms }) => p95Ms, digits: 1 },
      { title: 'p99 ms', value: ({ p99Ms }) => p99Ms, digits: 1 },
      { title: 'p95 ÷ alone', value: ({ p95Ms }) => p95Ms / (alone?.p95Ms ?? Number.NaN), digits: 2 },
      // What the measuring process adds where the machine has no time for it.
      { title: 'begun late ms', value: ({ lateMs }) => lateMs, digits: 1 },
      { title: 'failed', value: ({ failed }) => failed },
      { title: 'scanned rows/s', value: ({ scanned }) => scanned },
      { title: 'written rows/s', value: ({ written }) => written },
      { title: 'job failures', value: ({ jobFailures }) => jobFailures },
      {
        title: 'factor',
        value: ({ variant, meanFactor }) => (variant === isolationNames.guard ? meanFactor : undefined),
        digits: 2,
      },
      {
        title: 'cuts',
        value: ({ variant, cuts }) => (variant === isolationNames.guard ? cuts : undefined),
      },
    ],
    summaries,
  );
}

/**
 * How much of the job one way leaves of another: the mean of what is left of scanning and of writing, as a written row
 * and a scanned one do not cost the same.
 */
export function jobShare(
  of: Pick<IsolationFigures, 'scanned' | 'written'>,
  to: Pick<IsolationFigures, 'scanned' | 'written'>,
): number {
  return (of.scanned / to.scanned + of.written / to.written) / 2;
}

export function isolationTargets(summaries: readonly IsolationSummary[]): readonly Target[] {
  const find = (name: string) => summaries.find(({ variant }) => variant === name);
  const [alone, fixed, guard] = [isolationNames.alone, isolationNames.fixed, isolationNames.guard].map(find);
  return [
    {
      name: 'front-end p95 with the guard ÷ alone',
      measured: (guard?.p95Ms ?? Number.NaN) / (alone?.p95Ms ?? Number.NaN),
      bound: mostP95Ratio,
      kind: 'at most',
      digits: 2,
    },
    {
      name: 'job with the guard ÷ at the best fixed limit',
      measured: guard === undefined || fixed === undefined ? Number.NaN : jobShare(guard, fixed),
      bound: leastJobShare,
      kind: 'at least',
      digits: 2,
    },
    failureTarget(summaries),
  ];
}

/** Of the front end as far as Weir guards it: what a job straight on Cassandra does to it is shown and not judged. */
export function failureTarget(summaries: readonly IsolationSummary[]): Target {
  const judged = summaries.filter(({ variant }) => variant !== isolationNames.straight);
  return {
    name: 'failed look-ups, job straight on Cassandra left out',
    measured: judged.length === 0 ? Number.NaN : sum(judged.map(({ failed }) => failed)),
    bound: 0,
    kind: 'at most',
    digits: 0,
  };
}
