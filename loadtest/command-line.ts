import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../topology/launcher/launcher-error.ts';
import { cacheStoreNames } from './bench/cache-store.ts';
import type { Bench, BenchOptions } from './bench/session.ts';
import { racks } from './bench-cluster.ts';
import { itemCount } from './dataset.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { withTeardown } from './interruption.ts';
import { addIsolation, type IsolationOptions } from './isolation-options.ts';
import { mostScannedRows } from './scan-tally.ts';

const benchNames = [
  'lookups',
  'group-size',
  'tail',
  'zipf',
  'profile',
  'micro',
  'cache-store',
  'all-hit',
  'limits',
  'limited-hits',
  'redis-loss',
  'guard-simulation',
  'scans',
  'writes',
  'all',
] as const;
type BenchName = (typeof benchNames)[number];
/** As Weir's configuration bounds and names them. */
const largestGroup = 1_000;
const groupings: readonly string[] = ['owner', 'range', 'key', 'coordinator'];
/** Fewer have no hot ones, and would fit into the smallest cache. */
const leastRows = 10_000;
/** One of each thing that a benchmark does. */
const shortRun = { rounds: 1, warmUp: 1, lookups: 120, rows: leastRows } as const;

/** Where lines go: results, and talk about the way there. */
export interface LoadTestOutput {
  readonly print: (text: string) => void;
  readonly report: (line: string) => void;
}

/** Runs what was asked for; replaced in tests. Resolves with whether all targets were reached. */
export type RunBench = (name: BenchName, options: BenchOptions, output: LoadTestOutput) => Promise<boolean>;
export type RunIsolation = (options: IsolationOptions, output: LoadTestOutput) => Promise<boolean>;

interface ParsedOptions {
  readonly nodes: number;
  readonly rounds: number;
  readonly warmUp: number;
  readonly lookups: number;
  readonly keys: number;
  readonly inflight: number;
  readonly keep?: true;
  readonly flushed?: true;
  readonly outOfStep?: true;
  readonly cluster?: string;
  readonly groupSizes: readonly (number | 'unbounded')[];
  readonly groupings: readonly string[];
  readonly rate: number;
  readonly rows: number;
  readonly short?: true;
  readonly storeRows?: number;
  /** In bytes. */
  readonly storeSize?: number;
  readonly stores?: readonly string[];
  readonly scanRows?: number;
}

const standardOutput: LoadTestOutput = {
  print: (text) => process.stdout.write(`${text}\n`),
  report: (line) => process.stderr.write(`${line}\n`),
};

/** Runs one command and resolves with its exit code; never throws. */
export async function runLoadTest(
  args: readonly string[],
  output: LoadTestOutput = standardOutput,
  runBench: RunBench = runBenches,
  runIsolation: RunIsolation = runIsolationBench,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const root = new Command('loadtest')
    .description('Load tests and benchmarks of Weir in front of real Cassandra clusters.')
    // What stands behind a command is that command's, here and below.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.print(text.trimEnd()),
      writeErr: (text) => output.report(text.trimEnd()),
    });
  const judge = (reached: boolean): void => {
    exitCode = reached ? exitCodes.ok : exitCodes.targetMissed;
  };
  const bench = addBench(root, async (name, options) => judge(await runBench(name, options, output)));
  addIsolation(bench, async (options) => judge(await runIsolation(options, output)));
  try {
    await root.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    output.report(`error: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

function addBench(root: Command, run: (name: BenchName, options: BenchOptions) => Promise<void>): Command {
  const what = new Argument('[what]', 'which benchmark').choices(benchNames).default('all');
  return root
    .command('bench')
    .description('Measures look-ups on a real cluster, and parts of Weir without one.')
    .addArgument(what)
    .addOption(wholeNumber('--nodes <count>', `nodes in ${racks} racks`, racks, 100).default(12))
    .addOption(wholeNumber('--rounds <count>', 'rounds that count', 1, 1_000).default(5))
    .addOption(wholeNumber('--warm-up <count>', 'rounds before them', 0, 1_000).default(2))
    .addOption(
      wholeNumber('--lookups <count>', 'look-ups of a variant in a round', 1, 1_000_000).default(600),
    )
    .addOption(wholeNumber('--keys <count>', 'keys of a look-up', 1, Math.min(1_000, itemCount)).default(50))
    .addOption(wholeNumber('--inflight <count>', 'look-ups at the same time', 1, 1_000).default(8))
    .option('--cluster <name>', 'use a running cluster and leave it running')
    .option('--keep', 'leave the cluster running that was started')
    .option('--out-of-step', 'let each caller wait a random 0 to 4 ms before each look-up')
    .option('--flushed', 'read the rows from disk, not from the memtables that they were written to')
    .addOption(
      new Option('--group-sizes <list>', 'bounds that group-size compares')
        .argParser(parseGroupSizes)
        .default([4, 8, 16, 32, 'unbounded'], '4,8,16,32,unbounded'),
    )
    .addOption(
      new Option('--groupings <list>', `ways of grouping to compare too, of ${groupings.join(',')}`)
        .argParser((text) => parseNames(text, groupings))
        .default([], 'none'),
    )
    .addOption(
      wholeNumber(
        '--rate <count>',
        'look-ups a second of tail, begun whatever became of others',
        1,
        10_000,
      ).default(30),
    )
    .addOption(
      wholeNumber('--rows <count>', 'rows that zipf draws from', leastRows, itemCount).default(itemCount),
    )
    .option(
      '--short',
      `one round of ${shortRun.lookups} look-ups, ${shortRun.rows} rows: shows that it works and measures nothing`,
    )
    .addOption(
      wholeNumber('--store-rows <count>', 'rows that cache-store keeps; 1000000', 1_000, 100_000_000),
    )
    .addOption(
      new Option('--store-size <size>', 'memory to keep them in instead, as 6GiB').argParser(parseGibibytes),
    )
    .addOption(
      new Option('--stores <list>', `ways to keep them, of ${cacheStoreNames.join(',')}; all`).argParser(
        (text) => parseNames(text, cacheStoreNames),
      ),
    )
    .addOption(
      wholeNumber(
        '--scan-rows <count>',
        'rows of the tables that scans reads; 60000',
        1_000,
        mostScannedRows,
      ),
    )
    .addHelpText(
      'after',
      `
Exit code: 0 done and all targets reached, 1 failed, 2 wrong usage, 3 a target was missed.
Results as JSON go to loadtest/results.

Examples:
  npm run bench -- lookups
  npm run bench -- group-size --groupings range,key,coordinator --nodes 6 --rounds 3`,
    )
    .action((name: BenchName, options: ParsedOptions) => run(name, benchOptions(options)));
}

function benchOptions(options: ParsedOptions): BenchOptions {
  const { keep, flushed, outOfStep, short, warmUp, lookups, keys, inflight, storeSize, ...same } = {
    ...options,
    ...(options.short === true ? shortRun : {}),
  };
  return {
    ...same,
    warmUpRounds: warmUp,
    lookUps: lookups,
    keysPerLookUp: keys,
    inFlight: inflight,
    keep: keep === true,
    flushed: flushed === true,
    outOfStep: outOfStep === true,
    short: short === true,
    ...(storeSize === undefined ? {} : { storeBytes: storeSize }),
  };
}

function wholeNumber(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < least || number > most) {
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
    }
    return number;
  });
}

/** Each once: figures are told apart by it. */
function parseGroupSizes(text: string): readonly (number | 'unbounded')[] {
  const sizes = text.split(',').map((part) => {
    if (part === 'unbounded') return part;
    if (!/^[1-9]\d*$/.test(part) || Number(part) > largestGroup) {
      throw new InvalidArgumentError(`numbers from 1 to ${largestGroup} or "unbounded", by commas`);
    }
    return Number(part);
  });
  return [...new Set(sizes)];
}

function parseGibibytes(text: string): number {
  const [, number = ''] = /^(\d{1,2}(?:\.\d)?)GiB$/.exec(text) ?? [];
  const bytes = Number(number) * 2 ** 30;
  if (bytes === 0) throw new InvalidArgumentError('a number and GiB, as 6GiB or 0.5GiB');
  return bytes;
}

function parseNames(text: string, known: readonly string[]): readonly string[] {
  const asked = text.split(',');
  if (!asked.every((name) => known.includes(name))) {
    throw new InvalidArgumentError(`some of ${known.join(', ')}, by commas`);
  }
  return [...new Set(asked)];
}

/** Loads the benchmarks only now: help and wrong usage need no driver. */
async function runBenches(name: BenchName, options: BenchOptions, output: LoadTestOutput): Promise<boolean> {
  const { BenchSession } = await import('./bench/session.ts');
  return withTeardown(output.report, async (teardown) => {
    const session = new BenchSession(options, teardown, output);
    let reached = true;
    for (const bench of await benchesOf(name)) reached = (await bench(session)) && reached;
    return reached;
  });
}

async function runIsolationBench(options: IsolationOptions, output: LoadTestOutput): Promise<boolean> {
  const { benchIsolation } = await import('./bench/isolation.ts');
  return withTeardown(output.report, (teardown) => benchIsolation(options, { teardown, ...output }));
}

async function benchesOf(name: BenchName): Promise<readonly Bench[]> {
  const { benchLookUps } = await import('./bench/lookups.ts');
  const { benchGroupSize } = await import('./bench/group-size.ts');
  const { benchTail } = await import('./bench/tail.ts');
  const { benchZipf } = await import('./bench/zipf.ts');
  const { benchProfile } = await import('./bench/profile.ts');
  const { benchMicro } = await import('./bench/micro.ts');
  const { benchCacheStore } = await import('./bench/cache-store.ts');
  const { benchAllHit } = await import('./bench/all-hit.ts');
  const { benchLimits } = await import('./bench/limits.ts');
  const { benchLimitedHits } = await import('./bench/limited-hits.ts');
  const { benchRedisLoss } = await import('./bench/redis-loss.ts');
  const { benchGuardSimulation } = await import('./bench/guard-simulation.ts');
  const { benchScans } = await import('./bench/scans.ts');
  const { benchWrites } = await import('./bench/writes.ts');
  const benches = {
    micro: benchMicro,
    'cache-store': benchCacheStore,
    'all-hit': benchAllHit,
    limits: benchLimits,
    'limited-hits': benchLimitedHits,
    'redis-loss': benchRedisLoss,
    'guard-simulation': benchGuardSimulation,
    scans: benchScans,
    writes: benchWrites,
    lookups: benchLookUps,
    'group-size': benchGroupSize,
    tail: benchTail,
    zipf: benchZipf,
    profile: benchProfile,
  };
  return name === 'all' ? Object.values(benches) : [benches[name]];
}
