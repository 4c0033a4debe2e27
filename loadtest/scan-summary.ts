import { type Column, markdownTable, type Target } from './report.ts';
import type { TurnFigures } from './scan-and-write-turns.ts';
import { median } from './statistics.ts';

/** Medians over the rounds, each figure for itself. Units as in `TurnFigures`. */
export interface RowSummary extends Omit<TurnFigures, 'round' | 'rows'> {
  /** `cassandraMicros` without the share of what the nodes use at rest. */
  readonly netMicros: number;
}

export interface ScanSummary extends RowSummary {
  readonly pagesPerScan: number;
}

/** The most that Weir's CPU a row may be of the driver's sequential paging, and the least that its speed must be. */
const mostCpu = 0.8;
const leastSpeed = 1.5;

/** `restMs`: of CPU a second, all nodes, that nobody asks anything. */
export function summarizeRows(name: string, turns: readonly TurnFigures[], restMs: number): RowSummary {
  const own = turns.filter(({ variant }) => variant === name);
  const middle = (value: (turn: TurnFigures) => number): number => median(own.map(value));
  return {
    variant: name,
    rowsPerSecond: middle(({ rowsPerSecond }) => rowsPerSecond),
    cassandraMicros: middle(({ cassandraMicros }) => cassandraMicros),
    netMicros: middle(
      ({ cassandraMicros, rowsPerSecond }) => cassandraMicros - (restMs * 1_000) / rowsPerSecond,
    ),
    busiestOverMean: middle((turn) => turn.busiestOverMean),
    proxyMicros: middle(({ proxyMicros }) => proxyMicros),
    clientMicros: middle(({ clientMicros }) => clientMicros),
  };
}

/** What all tables of rows show. */
export const rowColumns: readonly Column<RowSummary>[] = [
  { title: 'variant', value: ({ variant }) => variant },
  { title: 'rows/s', value: ({ rowsPerSecond }) => rowsPerSecond },
  { title: 'Cassandra CPU µs', value: ({ cassandraMicros }) => cassandraMicros, digits: 1 },
  { title: 'without rest', value: ({ netMicros }) => netMicros, digits: 1 },
  { title: 'busiest ÷ mean', value: (summary) => summary.busiestOverMean, digits: 2 },
  {
    title: 'Weir CPU µs',
    value: ({ proxyMicros }) => (proxyMicros === 0 ? undefined : proxyMicros),
    digits: 1,
  },
  { title: 'client CPU µs', value: ({ clientMicros }) => clientMicros, digits: 1 },
];

/** The ratios are to the driver's sequential paging, and to splits through any coordinator. */
export function scanTable(summaries: readonly ScanSummary[]): string {
  const ratio = (
    title: string,
    other: string,
    value: (summary: RowSummary) => number,
  ): Column<ScanSummary> => ({
    title,
    value: (summary) => value(summary) / of(summaries, other, value),
    digits: 2,
  });
  return markdownTable<ScanSummary>(
    [
      ...rowColumns,
      { title: 'pages', value: ({ pagesPerScan }) => pagesPerScan },
      ratio('CPU ÷ eachRow', 'eachRow', ({ cassandraMicros }) => cassandraMicros),
      ratio('rows/s ÷ eachRow', 'eachRow', ({ rowsPerSecond }) => rowsPerSecond),
      ratio('CPU ÷ splits-any', 'splits-any', ({ cassandraMicros }) => cassandraMicros),
      ratio('rows/s ÷ splits-any', 'splits-any', ({ rowsPerSecond }) => rowsPerSecond),
    ],
    summaries,
  );
}

/** Of the variant that scans as many splits as there are at once. */
export function scanTargets(name: string, summaries: readonly ScanSummary[]): readonly Target[] {
  const ratio = (value: (summary: RowSummary) => number): number =>
    of(summaries, name, value) / of(summaries, 'eachRow', value);
  return [
    {
      name: `Cassandra CPU a row of ${name} ÷ eachRow`,
      measured: ratio(({ cassandraMicros }) => cassandraMicros),
      bound: mostCpu,
      kind: 'at most',
      digits: 2,
    },
    {
      name: `rows/s of ${name} ÷ eachRow`,
      measured: ratio(({ rowsPerSecond }) => rowsPerSecond),
      bound: leastSpeed,
      kind: 'at least',
      digits: 2,
    },
  ];
}

function of<Summary extends RowSummary>(
  summaries: readonly Summary[],
  name: string,
  value: (summary: Summary) => number,
): number {
  const summary = summaries.find(({ variant }) => variant === name);
  return summary === undefined ? Number.NaN : value(summary);
}
