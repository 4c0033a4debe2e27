import { startRedis } from '../../topology/launcher/redis.ts';
import { runBenchScript } from '../bench-script.ts';
import { isReached, markdownTable, type Target, targetTable, writeResult } from '../report.ts';
import { median } from '../statistics.ts';
import type { BenchSession } from './session.ts';

/** As `test/bench/limit-accuracy.ts` prints it. */
interface LimitAccuracy {
  readonly mode: string;
  readonly rate: number;
  readonly cost: number;
  readonly offeredUnits: number;
  readonly admittedUnits: number;
  readonly allowedUnits: number;
  readonly steadyShare: number;
  readonly smallestShare: number;
  readonly strandedUnits: number;
  readonly unanswered: number;
  readonly scriptCalls: number;
}

/** As `test/bench/limit-cost.ts` prints it. */
interface LimitCost {
  readonly way: string;
  readonly unanswered: number;
  readonly clientMicros: number;
  readonly redisMicros: number;
  readonly decisionsPerCpuSecond: number;
  readonly decisionsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** As `test/bench/limit-calls.ts` prints it. */
interface LimitCalls {
  readonly requests: number;
  readonly refused: number;
  readonly commands: number;
  readonly commandsPerThousand: number;
}

const modes = ['exact', 'lease'] as const;
const rates = [100, 5_000, 30_000, 47_000, 90_000] as const;
const costs = [1, 50] as const;
const ways = ['lease', 'exact', 'peer'] as const;
const names: Readonly<Record<string, string>> = {
  lease: 'lease, three limits',
  exact: 'exact, three limits',
  peer: 'rate-limiter-flexible, one limit',
};
const leastSteadyShare = 0.97;
const mostCommands = 10;
const timeoutMs = 120_000;
const mostAttempts = 5;

/** Limits without the rest of Weir: how exact they are, what they cost, and what they ask of Redis. */
export async function benchLimits(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const accuracies = await measureAccuracy(session);
  const costsOfWays = await measureCosts(session);
  report('counting what Redis is asked for');
  const calls = await runBenchScript<LimitCalls>('limit-calls.ts', [5_000, options.short ? 1 : 20], {
    timeoutMs,
  });
  const targets = [...accuracyTargets(accuracies), ...costTargets(costsOfWays), callTarget(calls)];
  print('## Accuracy of limits: four instances, offered three times the limit, 70/20/8/2 %\n');
  print(`${accuracyTable(accuracies)}\n`);
  print('## Cost of a decision: 64 in flight, one process and one Redis, medians\n');
  print(`${costTable(costsOfWays)}\n`);
  print(
    `Leases of four instances at 5,000 requests/s: ${calls.commands} commands for ${calls.requests} requests, ${calls.refused} refused.\n`,
  );
  print(`${targetTable(targets)}\n`);
  report(`written to ${writeResult('limits', { targets, accuracies, costs: costsOfWays, calls })}`);
  return targets.every(isReached);
}

async function measureAccuracy({ options, report }: BenchSession): Promise<readonly LimitAccuracy[]> {
  const results: LimitAccuracy[] = [];
  for (const mode of modes) {
    for (const rate of rates) {
      for (const cost of costs) {
        report(`accuracy: ${mode}, ${rate} units/s, ${cost} a request`);
        const args = [mode, rate, cost, options.short ? 5 : 20];
        results.push(await runBenchScript<LimitAccuracy>('limit-accuracy.ts', args, { timeoutMs }));
      }
    }
  }
  return results;
}

/** All on one Redis, in turn, so that a slow moment of the machine is everybody's. */
async function measureCosts(session: BenchSession): Promise<readonly LimitCost[]> {
  const { options, report } = session;
  const redis = await startRedis();
  session.atEnd('the Redis of limits', () => redis.stop());
  const all: LimitCost[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const way of ways) {
      const cost = await measureCost([way, options.short ? 1 : 5, redis.port, redis.pid], report);
      all.push(cost);
      report(`round ${round}: ${way}: ${cost.decisionsPerCpuSecond.toFixed(0)} decisions a CPU second`);
    }
  }
  await redis.stop();
  return ways.map((way) => summarize(all.filter((cost) => cost.way === way)));
}

/** Again where a stall of the machine let calls go unanswered: what was decided without Redis is another thing. */
async function measureCost(
  args: readonly (string | number)[],
  report: (line: string) => void,
): Promise<LimitCost> {
  for (let attempt = 1; ; attempt += 1) {
    const cost = await runBenchScript<LimitCost>('limit-cost.ts', args, { timeoutMs });
    if (cost.unanswered === 0 || attempt === mostAttempts) return cost;
    report(`${args[0]}: ${cost.unanswered} calls were not answered in time; measured again`);
  }
}

function summarize(rounds: readonly LimitCost[]): LimitCost {
  const of = (value: (cost: LimitCost) => number): number => median(rounds.map(value));
  return {
    way: rounds[0]?.way ?? '',
    unanswered: rounds.reduce((sum, { unanswered }) => sum + unanswered, 0),
    clientMicros: of(({ clientMicros }) => clientMicros),
    redisMicros: of(({ redisMicros }) => redisMicros),
    decisionsPerCpuSecond: of(({ decisionsPerCpuSecond }) => decisionsPerCpuSecond),
    decisionsPerSecond: of(({ decisionsPerSecond }) => decisionsPerSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
  };
}

function accuracyTargets(results: readonly LimitAccuracy[]): readonly Target[] {
  return modes.flatMap((mode) => {
    const own = results.filter((result) => result.mode === mode);
    const steady = Math.min(...own.map(({ steadyShare }) => steadyShare));
    const over = Math.max(...own.map(({ admittedUnits, allowedUnits }) => admittedUnits / allowedUnits));
    return [
      {
        name: `${mode}: admitted ÷ (rate x time + burst), the most`,
        measured: over,
        bound: 1,
        kind: 'at most',
        digits: 4,
      },
      {
        name: `${mode}: steady share of the rate, the least`,
        measured: steady,
        bound: leastSteadyShare,
        kind: 'at least',
        digits: 3,
      },
    ] as const;
  });
}

function costTargets(results: readonly LimitCost[]): readonly Target[] {
  const of = (way: string): number =>
    results.find((cost) => cost.way === way)?.decisionsPerCpuSecond ?? Number.NaN;
  return [
    {
      name: "exact: decisions a CPU second ÷ the peer's",
      measured: of('exact') / of('peer'),
      bound: 1,
      kind: 'at least',
      digits: 2,
    },
  ];
}

function callTarget({ commandsPerThousand }: LimitCalls): Target {
  return {
    name: 'lease: Redis commands for 1,000 requests at 5,000/s',
    measured: commandsPerThousand,
    bound: mostCommands,
    kind: 'at most',
    digits: 1,
  };
}

function accuracyTable(results: readonly LimitAccuracy[]): string {
  return markdownTable<LimitAccuracy>(
    [
      { title: 'mode', value: ({ mode }) => mode },
      { title: 'units/s', value: ({ rate }) => rate },
      { title: 'a request', value: ({ cost }) => cost },
      { title: 'offered', value: ({ offeredUnits }) => offeredUnits },
      { title: 'admitted', value: ({ admittedUnits }) => admittedUnits },
      { title: 'allowed', value: ({ allowedUnits }) => allowedUnits },
      { title: 'steady share', value: ({ steadyShare }) => steadyShare, digits: 3 },
      { title: 'of the smallest', value: ({ smallestShare }) => smallestShare, digits: 4 },
      { title: 'stranded', value: ({ strandedUnits }) => strandedUnits },
      { title: 'unanswered', value: ({ unanswered }) => unanswered },
      { title: 'script calls', value: ({ scriptCalls }) => scriptCalls },
    ],
    results,
  );
}

function costTable(results: readonly LimitCost[]): string {
  return markdownTable<LimitCost>(
    [
      { title: 'way', value: ({ way }) => names[way] ?? way },
      { title: 'client CPU µs', value: ({ clientMicros }) => clientMicros, digits: 2 },
      { title: 'Redis CPU µs', value: ({ redisMicros }) => redisMicros, digits: 2 },
      { title: 'decisions a CPU second', value: ({ decisionsPerCpuSecond }) => decisionsPerCpuSecond },
      { title: 'decisions/s', value: ({ decisionsPerSecond }) => decisionsPerSecond },
      { title: 'p50 ms', value: ({ p50Ms }) => p50Ms, digits: 3 },
      { title: 'p99 ms', value: ({ p99Ms }) => p99Ms, digits: 3 },
      { title: 'unanswered', value: ({ unanswered }) => unanswered },
    ],
    results,
  );
}
