import { markdownTable, type Target } from './report.ts';
import type { TurnFigures } from './scan-and-write-turns.ts';
import { type RowSummary, rowColumns, summarizeRows } from './scan-summary.ts';
import { median, sum } from './statistics.ts';
import type { WriteOutcome } from './write-turns.ts';

/** Medians over the rounds; of rows that failed, all of them. */
export interface WriteSummary extends RowSummary {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly failedRows: number;
}

export function summarizeWrites(
  name: string,
  turns: readonly (TurnFigures & WriteOutcome)[],
  restMs: number,
): WriteSummary {
  const own = turns.filter(({ variant }) => variant === name);
  return {
    ...summarizeRows(name, turns, restMs),
    p50Ms: median(own.map(({ p50Ms }) => p50Ms)),
    p95Ms: median(own.map(({ p95Ms }) => p95Ms)),
    failedRows: sum(own.map(({ failedRows }) => failedRows)),
  };
}

export function writeTable(summaries: readonly WriteSummary[]): string {
  return markdownTable<WriteSummary>(
    [
      ...rowColumns,
      { title: 'p50 ms', value: ({ p50Ms }) => p50Ms, digits: 1 },
      { title: 'p95 ms', value: ({ p95Ms }) => p95Ms, digits: 1 },
      { title: 'failed rows', value: ({ failedRows }) => failedRows },
    ],
    summaries,
  );
}

/** Which takes least of the cluster; a default should. */
export function leastCostly(summaries: readonly WriteSummary[]): string {
  const [first, ...others] = summaries.toSorted((a, b) => a.cassandraMicros - b.cassandraMicros);
  if (first === undefined) return '';
  const times = others.map(
    ({ variant, cassandraMicros }) =>
      `${variant} ${(cassandraMicros / first.cassandraMicros).toFixed(2)} times as much`,
  );
  return `Least of Cassandra's CPU takes ${first.variant}; ${times.join(', ')}.`;
}

/** What fails costs little: figures with failures in them are of no use. */
export function writeTargets(summaries: readonly WriteSummary[]): readonly Target[] {
  return summaries.map(({ variant, failedRows }) => ({
    name: `rows of ${variant} that failed`,
    measured: failedRows,
    bound: 0,
    kind: 'at most',
    digits: 0,
  }));
}
