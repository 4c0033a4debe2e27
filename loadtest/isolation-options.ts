import { type Command, InvalidArgumentError, Option } from 'commander';
import { itemCount } from './dataset.ts';

const jobPlaces = ['backend', 'frontend', 'both'] as const;

export interface IsolationOptions {
  /** A running one, which is left running. */
  readonly cluster: string;
  readonly jobIn: (typeof jobPlaces)[number];
  readonly rounds: number;
  /** Look-ups a second; absent: half of what the front end can do. */
  readonly rate?: number;
  /** Of a look-up. */
  readonly keys: number;
  /** Look-ups of a closed loop before each turn. */
  readonly warmUp: number;
  /** The front end alone, before the job arrives. */
  readonly aloneSeconds: number;
  /** After the job has arrived; not judged. */
  readonly settleSeconds: number;
  /** Judged, of each turn. */
  readonly turnSeconds: number;
  /** Turns that look for the best fixed limit. */
  readonly searchTurns: number;
  /** Of the job, at the same time. */
  readonly scans: number;
  readonly writers: number;
  /** The guard's target as a multiple of what it sees of the front end alone. */
  readonly guardTarget: number;
  /** Where the picture goes. */
  readonly picture?: string;
  /** So small that the figures say nothing. */
  readonly short?: true;
}

const shortRun = {
  rounds: 1,
  warmUp: 60,
  aloneSeconds: 3,
  settleSeconds: 5,
  turnSeconds: 8,
  searchTurns: 2,
} as const;

/** A command below `bench`: nearly all that can be chosen is its own. */
export function addIsolation(bench: Command, run: (options: IsolationOptions) => Promise<void>): void {
  bench
    .enablePositionalOptions()
    .command('isolation')
    .description('What a job at full speed does to look-ups, straight on Cassandra and through Weir.')
    .requiredOption('--cluster <name>', 'a running cluster with nodes for the front end and the back end')
    .addOption(new Option('--job-in <place>', 'datacenter of the job').choices(jobPlaces).default('backend'))
    .addOption(count('--rounds <count>', 'turns of each variant', 1, 100).default(3))
    .addOption(count('--rate <count>', 'look-ups a second; half of what is possible', 1, 10_000))
    .addOption(count('--keys <count>', 'keys of a look-up', 1, Math.min(1_000, itemCount)).default(50))
    .addOption(count('--warm-up <count>', 'look-ups before each turn', 1, 100_000).default(600))
    .addOption(count('--alone-seconds <count>', 'of a turn, before the job arrives', 1, 600).default(10))
    .addOption(count('--settle-seconds <count>', 'after it has arrived, not judged', 0, 600).default(15))
    .addOption(count('--turn-seconds <count>', 'after that, judged', 2, 3_600).default(45))
    .addOption(count('--search-turns <count>', 'to find the best fixed limit', 1, 20).default(6))
    .addOption(count('--scans <count>', 'of the job, at the same time', 1, 256).default(8))
    .addOption(count('--writers <count>', 'of the job, 50 rows a write', 1, 256).default(4))
    .addOption(
      new Option('--guard-target <factor>', 'of what the guard sees of the front end alone')
        .argParser(parseFactor)
        .default(1.25),
    )
    .option('--picture <file>', 'where to draw what was measured, as SVG')
    .option('--short', 'one small turn of each: shows that it works and measures nothing')
    .addHelpText(
      'after',
      `
Examples:
  npm run bench -- isolation --cluster NAME --picture docs/pictures/isolation.svg
  npm run bench -- isolation --cluster NAME --job-in both --rate 40 --rounds 5`,
    )
    .action((options: IsolationOptions) => run({ ...options, ...(options.short === true ? shortRun : {}) }));
}

function count(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
    }
    return value;
  });
}

function parseFactor(text: string): number {
  const factor = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || factor < 1 || factor > 10) {
    throw new InvalidArgumentError('a number from 1 to 10');
  }
  return factor;
}
