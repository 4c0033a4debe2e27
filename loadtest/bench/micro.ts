import { runBenchScript } from '../bench-script.ts';
import { isReached, markdownTable, type Target, targetTable, writeResult } from '../report.ts';
import type { BenchSession } from './session.ts';

interface TokensResult {
  readonly tokensPerSecond: number;
  readonly driverTokensPerSecond: number;
  readonly ratio: number;
}

interface PlanningResult {
  readonly timings: readonly PlanningTiming[];
  readonly simulations: readonly PlanningSimulation[];
}

interface PlanningTiming {
  readonly nodes: number;
  readonly keys: number;
  readonly grouping: string;
  readonly medianMicros: number;
  readonly p95Micros: number;
}

interface PlanningSimulation {
  readonly nodes: number;
  readonly grouping: string;
  readonly maxKeysPerGroup: number | 'unbounded';
  readonly groupsPerLookUp: number;
  readonly busiestOverMean: number;
}

const timeoutMs = 300_000;
const leastTokenRatio = 5;

/** The parts of Weir that work without a cluster, each in a process of its own. */
export async function benchMicro({ print, report }: BenchSession): Promise<boolean> {
  report('measuring tokens');
  const tokens = await runBenchScript<TokensResult>('tokens.ts', [], { timeoutMs });
  report('measuring planning');
  const planning = await runBenchScript<PlanningResult>('planning.ts', [], { timeoutMs });
  const targets: readonly Target[] = [
    {
      name: "tokens/s ÷ the driver's",
      measured: tokens.ratio,
      bound: leastTokenRatio,
      kind: 'at least',
      digits: 1,
    },
  ];
  print('## Tokens\n');
  print(`${tokenTable(tokens)}\n`);
  print(`${targetTable(targets)}\n`);
  print('## Planning\n');
  print(`${timingTable(planning.timings)}\n`);
  print('Simulated, without a cluster:\n');
  print(`${simulationTable(planning.simulations)}\n`);
  report(`written to ${writeResult('micro', { targets, tokens, planning })}`);
  return targets.every(isReached);
}

function tokenTable({ tokensPerSecond, driverTokensPerSecond }: TokensResult): string {
  const rows = [
    { who: 'Weir', rate: tokensPerSecond },
    { who: 'cassandra-driver', rate: driverTokensPerSecond },
  ];
  return markdownTable(
    [
      { title: 'tokenizer', value: ({ who }) => who },
      { title: 'tokens/s', value: ({ rate }) => rate },
    ],
    rows,
  );
}

function timingTable(timings: readonly PlanningTiming[]): string {
  return markdownTable(
    [
      { title: 'nodes', value: ({ nodes }) => nodes },
      { title: 'keys', value: ({ keys }) => keys },
      { title: 'grouping', value: ({ grouping }) => grouping },
      { title: 'median µs', value: ({ medianMicros }) => medianMicros, digits: 1 },
      { title: 'p95 µs', value: ({ p95Micros }) => p95Micros, digits: 1 },
    ],
    timings,
  );
}

function simulationTable(simulations: readonly PlanningSimulation[]): string {
  return markdownTable(
    [
      { title: 'nodes', value: ({ nodes }) => nodes },
      { title: 'grouping', value: ({ grouping }) => grouping },
      { title: 'keys a group', value: ({ maxKeysPerGroup }) => maxKeysPerGroup.toString() },
      { title: 'groups a look-up', value: ({ groupsPerLookUp }) => groupsPerLookUp, digits: 2 },
      { title: 'busiest ÷ mean, in keys', value: (row) => row.busiestOverMean, digits: 2 },
    ],
    simulations,
  );
}
