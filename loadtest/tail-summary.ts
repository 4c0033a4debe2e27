import { type Column, markdownTable, type Target } from './report.ts';
import { percentile, sum } from './statistics.ts';
import type { Turn } from './tail-turns.ts';

/** One variant over all rounds; percentiles are of all of its look-ups together. */
export interface TailSummary {
  readonly variant: string;
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Of the messages that the plans asked for; so are the others. */
  readonly hedgePercent: number;
  readonly retryPercent: number;
  /** The larger of two counts: hedges and retries; and all messages but the first ones, whatever they are called. */
  readonly extraPercent: number;
  readonly errors: number;
  /** How late look-ups began, at their 99th percentile: the load generator's part of the latencies. */
  readonly lateP99Ms: number;
}

/** What is measured, in the order of the tables. */
export const tailNames = {
  undisturbed: 'undisturbed',
  frozenAlone: 'frozen, NONE',
  frozen: 'frozen',
  slow: 'slow',
  slowAlone: 'slow, NONE',
} as const;

/** With fewer, a 99th percentile hangs on a handful of look-ups. */
const leastSamples = 3_000;

export function summarizeTurns(names: readonly string[], turns: readonly Turn[]): readonly TailSummary[] {
  return names.map((variant) => {
    const own = turns.filter((turn) => turn.variant === variant);
    const latencies = ascendingOf(own.map(({ latenciesMs }) => latenciesMs));
    const total = (count: (turn: Turn) => number): number => sum(own.map(count));
    const first = total(({ messages }) => messages.first);
    const percentOf = (messages: number): number => (messages / first) * 100;
    const hedges = total(({ messages }) => messages.hedges);
    const retries = total(({ messages }) => messages.retries);
    const ended = total(({ messages }) => messages.ended);
    return {
      variant,
      samples: latencies.length,
      p50Ms: percentile(latencies, 0.5),
      p95Ms: percentile(latencies, 0.95),
      p99Ms: percentile(latencies, 0.99),
      maxMs: percentile(latencies, 1),
      hedgePercent: percentOf(hedges),
      retryPercent: percentOf(retries),
      extraPercent: percentOf(Math.max(hedges + retries, ended - first)),
      errors: total(({ errors }) => errors.length),
      lateP99Ms: percentile(ascendingOf(own.map(({ lateMs }) => lateMs)), 0.99),
    };
  });
}

function ascendingOf(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part])).sort();
}

const columns: readonly Column<TailSummary>[] = [
  { title: 'variant', value: ({ variant }) => variant },
  { title: 'samples', value: ({ samples }) => samples },
  { title: 'p50 ms', value: ({ p50Ms }) => p50Ms, digits: 1 },
  { title: 'p95 ms', value: ({ p95Ms }) => p95Ms, digits: 1 },
  { title: 'p99 ms', value: ({ p99Ms }) => p99Ms, digits: 1 },
  { title: 'max ms', value: ({ maxMs }) => maxMs, digits: 1 },
  { title: 'hedges %', value: ({ hedgePercent }) => hedgePercent, digits: 2 },
  { title: 'retries %', value: ({ retryPercent }) => retryPercent, digits: 2 },
  { title: 'extra messages %', value: ({ extraPercent }) => extraPercent, digits: 2 },
  { title: 'errors', value: ({ errors }) => errors },
  { title: 'begun late, p99 ms', value: ({ lateP99Ms }) => lateP99Ms, digits: 1 },
];

export function tailTable(summaries: readonly TailSummary[]): string {
  return markdownTable(columns, summaries);
}

export function errorTarget(summaries: readonly TailSummary[]): Target {
  return {
    name: 'look-ups failed or answered wrongly, all variants',
    measured: summaries.length === 0 ? Number.NaN : sum(summaries.map(({ errors }) => errors)),
    bound: 0,
    kind: 'at most',
    digits: 0,
  };
}

export function tailTargets(summaries: readonly TailSummary[]): readonly Target[] {
  const of = (name: string): TailSummary | undefined => summaries.find(({ variant }) => variant === name);
  const p99Ms = (name: string): number => of(name)?.p99Ms ?? Number.NaN;
  const p95Ms = (name: string): number => of(name)?.p95Ms ?? Number.NaN;
  const { undisturbed, frozenAlone, frozen, slow } = tailNames;
  return [
    {
      name: `p99 ${frozen} ÷ ${frozenAlone}`,
      measured: p99Ms(frozen) / p99Ms(frozenAlone),
      bound: 0.15,
      kind: 'at most',
      digits: 2,
    },
    {
      name: `p99 ms ${frozen} − ${undisturbed}`,
      measured: p99Ms(frozen) - p99Ms(undisturbed),
      bound: 25,
      kind: 'at most',
      digits: 1,
    },
    {
      name: `p95 ${slow} ÷ ${undisturbed}`,
      measured: p95Ms(slow) / p95Ms(undisturbed),
      bound: 1.5,
      kind: 'at most',
      digits: 2,
    },
    ...[undisturbed, frozen, slow].map(
      (name): Target => ({
        name: `extra messages %, ${name}`,
        measured: of(name)?.extraPercent ?? Number.NaN,
        bound: 10,
        kind: 'at most',
        digits: 2,
      }),
    ),
    {
      name: 'samples of each variant',
      measured: summaries.length === 0 ? Number.NaN : Math.min(...summaries.map(({ samples }) => samples)),
      bound: leastSamples,
      kind: 'at least',
      digits: 0,
    },
    errorTarget(summaries),
  ];
}
