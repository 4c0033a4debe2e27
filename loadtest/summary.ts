import { type Column, markdownTable } from './report.ts';
import type { RoundFigures } from './rounds.ts';
import { median } from './statistics.ts';
import type { LookUpVariant } from './variants/look-up-variant.ts';

/** Medians over the rounds, each figure for itself. Units as in `RoundFigures`. */
export interface VariantSummary extends Omit<RoundFigures, 'variant' | 'round' | 'lookUps'> {
  readonly variant: string;
  readonly messagesPerLookUp: number | undefined;
}

/** In the order of the variants. */
export function summarize(
  variants: readonly Pick<LookUpVariant, 'name' | 'messagesPerLookUp'>[],
  figures: readonly RoundFigures[],
): readonly VariantSummary[] {
  return variants.map((variant) => {
    const own = figures.filter((figure) => figure.variant === variant.name);
    const middle = (value: (figure: RoundFigures) => number): number => median(own.map(value));
    const nodes = Object.keys(own[0]?.nodeCpuMs ?? {});
    return {
      variant: variant.name,
      nodeCpuMs: Object.fromEntries(
        nodes.map((node) => [node, middle(({ nodeCpuMs }) => nodeCpuMs[node] ?? Number.NaN)]),
      ),
      cpuMs: middle(({ cpuMs }) => cpuMs),
      busiestOverMean: middle((figure) => figure.busiestOverMean),
      product: middle(({ product }) => product),
      meanMs: middle(({ meanMs }) => meanMs),
      p50Ms: middle(({ p50Ms }) => p50Ms),
      p95Ms: middle(({ p95Ms }) => p95Ms),
      lookUpsPerSecond: middle(({ lookUpsPerSecond }) => lookUpsPerSecond),
      clientCpuMs: middle(({ clientCpuMs }) => clientCpuMs),
      proxyCpuMs: middle(({ proxyCpuMs }) => proxyCpuMs),
      messagesPerLookUp: variant.messagesPerLookUp(),
    };
  });
}

const summaryColumns: readonly Column<VariantSummary>[] = [
  { title: 'variant', value: ({ variant }) => variant },
  { title: 'Cassandra CPU ms', value: ({ cpuMs }) => cpuMs, digits: 1 },
  { title: 'busiest ÷ mean', value: (summary) => summary.busiestOverMean, digits: 2 },
  { title: 'product', value: ({ product }) => product, digits: 1 },
  { title: 'mean ms', value: ({ meanMs }) => meanMs, digits: 1 },
  { title: 'p50 ms', value: ({ p50Ms }) => p50Ms, digits: 1 },
  { title: 'p95 ms', value: ({ p95Ms }) => p95Ms, digits: 1 },
  { title: 'look-ups/s', value: ({ lookUpsPerSecond }) => lookUpsPerSecond },
  { title: 'messages', value: ({ messagesPerLookUp }) => messagesPerLookUp, digits: 1 },
  { title: 'client CPU ms', value: ({ clientCpuMs }) => clientCpuMs, digits: 2 },
  { title: 'Weir CPU ms', value: ({ proxyCpuMs }) => (proxyCpuMs === 0 ? undefined : proxyCpuMs), digits: 2 },
];

export function summaryTable(summaries: readonly VariantSummary[]): string {
  return markdownTable(summaryColumns, summaries);
}

/** Cassandra's CPU ms per look-up, a line a node. */
export function nodeTable(summaries: readonly VariantSummary[]): string {
  const nodes = Object.keys(summaries[0]?.nodeCpuMs ?? {});
  const columns: readonly Column<string>[] = [
    { title: 'CPU ms of', value: (node) => node },
    ...summaries.map(({ variant, nodeCpuMs }) => ({
      title: variant,
      value: (node: string) => nodeCpuMs[node],
      digits: 2,
    })),
  ];
  return markdownTable(columns, nodes);
}
