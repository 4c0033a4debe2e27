import { describeCluster, nodesUnderTest } from '../bench-cluster.ts';
import { isReached, type Target, targetTable, writeResult } from '../report.ts';
import { measureRest, runRounds } from '../rounds.ts';
import { nodeTable, summarize, summaryTable, type VariantSummary } from '../summary.ts';
import { InAnyVariant } from '../variants/in-any.ts';
import type { LookUpVariant } from '../variants/look-up-variant.ts';
import { singleRoundRobin, singleTokenAware } from '../variants/single-reads.ts';
import { WeirVariant } from '../variants/weir.ts';
import type { BenchSession } from './session.ts';

/** The most that Weir's CPU x busiest ÷ mean may be of the other's. */
const bounds: Readonly<Record<string, number>> = {
  'in-any': 0.45,
  'single-token-aware': 0.6,
  'single-round-robin': 0.18,
};

const restSeconds = 10;

/** Weir against the driver used directly. */
export async function benchLookUps(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const cluster = await session.cluster();
  const variants: readonly LookUpVariant[] = [
    new WeirVariant(cluster, { name: 'weir', connections: options.inFlight }),
    new InAnyVariant(cluster),
    singleTokenAware(cluster),
    singleRoundRobin(cluster),
  ];
  const { rounds, summaries, restMs } = await session.withVariants(variants, async () => {
    report(`measuring the nodes at rest for ${restSeconds} s`);
    const restMs = await measureRest(cluster, restSeconds);
    const rounds = await runRounds(cluster, variants, options, report);
    return { rounds, restMs, summaries: summarize(variants, rounds) };
  });
  const targets = lookUpTargets(summaries);
  print(
    `## ${options.keysPerLookUp} keys a look-up, ${nodesUnderTest(cluster).length} nodes, ${options.inFlight} in flight, ` +
      `medians of ${options.rounds} rounds\n`,
  );
  print(`${summaryTable(summaries)}\n`);
  print(`${nodeTable(summaries)}\n`);
  print(`${restText(restMs, summaries)}\n`);
  print(`${targetTable(targets)}\n`);
  report(
    `written to ${writeResult('lookups', { cluster: await describeCluster(cluster), options, targets, restMs, summaries, rounds })}`,
  );
  return targets.every(isReached);
}

/** The nodes' own housekeeping is in every figure, and weighs the more the fewer look-ups share it. */
export function restText(restMs: number, summaries: readonly VariantSummary[]): string {
  const net = summaries.map(
    ({ variant, cpuMs, lookUpsPerSecond }) =>
      `${variant} ${(cpuMs - restMs / lookUpsPerSecond).toFixed(1)} ms`,
  );
  return (
    `At rest the nodes use ${restMs.toFixed(0)} ms of CPU a second. Without that share a look-up costs them: ` +
    `${net.join(', ')}.`
  );
}

export function lookUpTargets(summaries: readonly VariantSummary[]): readonly Target[] {
  const figure = (name: string, value: (summary: VariantSummary) => number): number => {
    const summary = summaries.find(({ variant }) => variant === name);
    return summary === undefined ? Number.NaN : value(summary);
  };
  const product = (name: string): number => figure(name, (summary) => summary.product);
  const p50Ms = (name: string): number => figure(name, (summary) => summary.p50Ms);
  return Object.entries(bounds).flatMap(([other, bound]): Target[] => [
    {
      name: `CPU x busiest ÷ mean of weir ÷ ${other}`,
      measured: product('weir') / product(other),
      bound,
      kind: 'at most',
      digits: 2,
    },
    {
      name: `p50 ms of weir and ${other}`,
      measured: p50Ms('weir'),
      bound: p50Ms(other),
      kind: 'below',
      digits: 1,
    },
  ]);
}
