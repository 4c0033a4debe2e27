import type { Command } from 'commander';
import { type CallerOptions, identityHeaders, withCallerOptions } from './caller-identity.ts';
import { failure, usageError } from './cli-error.ts';
import { examples } from './examples.ts';
import { findInstance, type Instance, type InstanceOptions, withInstanceOptions } from './instance.ts';
import { parseTableName } from './look-up-arguments.ts';
import { parseCount } from './option-values.ts';
import { withProgress } from './progress.ts';
import { type AreaOptions, readArea, readColumns } from './scan-arguments.ts';
import { openScan } from './scan-connection.ts';
import { watchInterruption } from './scan-interruption.ts';
import { createScanOutput, type OutputOptions } from './scan-output.ts';
import { limitText, stopText } from './scan-report.ts';
import { runScan, type ScanMeans, type ScanTask } from './scan-run.ts';
import { type SplitResult, scanSplits } from './scan-splits.ts';
import { askSplits } from './splits-call.ts';
import type { Surroundings } from './surroundings.ts';

interface ScanOptions extends InstanceOptions, CallerOptions, AreaOptions, OutputOptions {
  readonly table: string;
  readonly columns?: string;
  readonly pageSize?: number;
  readonly limit?: number;
  readonly cursor?: string;
  readonly parallel?: number;
  readonly session?: string;
  readonly resume: boolean;
}

const standardSplits = 64;
/** So that those that end last are few beside all. */
const splitsEach = 8;
const mostParallel = 64;

export function addScan(parent: Command, surroundings: Surroundings): void {
  const scan = parent
    .command('scan')
    .description(
      'Streams the rows of a table through a running Weir, one JSON object a line: all of them, those of a range of tokens or of one partition. It goes as fast as the limits and the reader allow. Where an answer breaks off or ends early, the scan goes on from its last cursor by itself and leaves out as many rows as it has printed since. A range has its rows in the same order each time, and so no row is lost or printed twice, as long as nobody writes to it meanwhile.',
    )
    .requiredOption('--table <keyspace.table>', 'the table')
    .option('--start <token>', 'scan only behind this token; with --end')
    .option('--end <token>', 'scan only up to this token; with --start')
    .option('--split <start,end>', 'both, as weir splits prints them')
    .option('--key <key>', 'scan only the partition of this key, as text or JSON')
    .option('--columns <names>', 'columns, separated by commas; default: all')
    .option('--page-size <count>', 'most rows that are read at once, up to 1000', parseCount)
    .option('--limit <count>', 'most rows to print', parseCount)
    .option('--cursor <cursor>', 'go on where an earlier scan was')
    .option('--no-resume', 'when an answer breaks off or ends early, fail and tell the cursor')
    .option('--checkpoints', 'tell each cursor on the standard error, as JSON')
    .option('--parallel <count>', 'of a whole table: splits at once, up to 64; default: 1', parseCount)
    .option('--session <id>', 'a session that the application holds');
  withCallerOptions(scan).option('--json', 'print rows, checkpoints and the end as a scan answers them');
  withInstanceOptions(scan, 'data', 'how long a page may take; default: as Weir has it')
    .addHelpText(
      'after',
      examples(
        'weir scan --table shop.products --columns sku,price --parallel 4 --application nightly-report',
        'weir scan --table shop.products --split -9223372036854775808,0 --credential-file report.key',
      ),
    )
    .action((options: ScanOptions) => scanTable(options, surroundings));
}

async function scanTable(options: ScanOptions, surroundings: Surroundings): Promise<void> {
  const identity = identityHeaders(options, surroundings);
  const { keyspace, table } = parseTableName(options.table);
  const columns = readColumns(options.columns);
  const area = await readArea(options, surroundings);
  const isWhole = area === undefined && options.cursor === undefined;
  checkParallel(options.parallel, isWhole);
  const instance = await findInstance(options, 'data', surroundings);
  const shared = { columns, pageSize: options.pageSize };
  const tasks: readonly ScanTask[] = isWhole
    ? await planTable(instance, { keyspace, table, identity, parallel: options.parallel ?? 1 }, shared)
    : [{ ...shared, area: area ?? {}, cursor: options.cursor, split: undefined }];

  const ended = new AbortController();
  const path = `/v1/${keyspace}/${table}/scan`;
  const means = meansOf(options, surroundings, ended.signal, (body) =>
    openScan({
      url: instance.urlOf(path),
      authorities: instance.authorities,
      headers: { ...identity, ...requestHeaders(options) },
      body: JSON.stringify(body),
      signal: ended.signal,
    }),
  );
  const interruption = watchInterruption(surroundings.signals, () => ended.abort());
  const scanning = scanSplits(
    tasks,
    options.parallel ?? 1,
    (task) => runScan(task, means),
    () => ended.abort(),
  ).finally(interruption.stop);
  // Where the rows themselves are on the terminal, they show that it goes on.
  const results =
    surroundings.stdout.isTTY === true
      ? await scanning
      : await withProgress(surroundings, `scanning ${keyspace}.${table}`, scanning);
  await report(results, tasks, means, surroundings, interruption.isInterrupted);
}

function checkParallel(parallel: number | undefined, isWhole: boolean): void {
  if (parallel === undefined) return;
  if (!isWhole) throw usageError('--parallel is for the scan of a whole table');
  if (parallel > mostParallel) throw usageError(`--parallel: at most ${mostParallel}`);
}

async function planTable(
  instance: Instance,
  question: {
    readonly keyspace: string;
    readonly table: string;
    readonly identity: Readonly<Record<string, string>>;
    readonly parallel: number;
  },
  shared: Pick<ScanTask, 'columns' | 'pageSize'>,
): Promise<readonly ScanTask[]> {
  const target = Math.max(standardSplits, question.parallel * splitsEach);
  const { told } = await askSplits(instance, { ...question, target });
  return told.splits.map(({ id, start, end }) => ({
    ...shared,
    area: { range: { start, end } },
    cursor: undefined,
    split: id,
  }));
}

function requestHeaders({ session, timeout }: ScanOptions): Readonly<Record<string, string>> {
  return {
    ...(session === undefined ? {} : { 'x-weir-session': session }),
    ...(timeout === undefined ? {} : { 'x-request-timeout-ms': String(Math.ceil(timeout)) }),
  };
}

function meansOf(
  options: ScanOptions,
  surroundings: Surroundings,
  signal: AbortSignal,
  open: ScanMeans['open'],
): ScanMeans {
  return {
    open,
    output: createScanOutput(surroundings, options, signal),
    budget: { rows: options.limit ?? Number.POSITIVE_INFINITY },
    resumes: options.resume,
    history: { hasBegun: false, resumed: 0 },
    pause: (ms) => pauseFor(ms, signal),
    signal,
  };
}

/** Ends early where nobody waits any more. */
function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

async function report(
  results: readonly SplitResult[],
  tasks: readonly ScanTask[],
  { output, history }: ScanMeans,
  { stderr }: Surroundings,
  isInterrupted: boolean,
): Promise<void> {
  const rows = results.reduce((sum, { result }) => sum + result.place.printed, 0);
  const isComplete =
    results.length === tasks.length && results.every(({ result }) => result.kind === 'complete');
  const [only] = tasks.length === 1 ? results : [];
  await output.end(isComplete, rows, isComplete ? undefined : only?.result.place.cursor);
  const resumed = history.resumed === 0 ? '' : `, answers that broke off or ended early: ${history.resumed}`;
  const unreadable = results.reduce((sum, { result }) => sum + result.place.unreadable, 0);
  stderr.write(`rows: ${rows - unreadable}${resumed}\n`);
  const stopped = stopText(results, tasks, isInterrupted);
  if (stopped === undefined && !isComplete) stderr.write(limitText(results));
  const leftOut = `rows left out, since they have values that cannot be read: ${unreadable}`;
  const faults = [...(stopped === undefined ? [] : [stopped]), ...(unreadable === 0 ? [] : [leftOut])];
  if (faults.length > 0) throw failure(faults.join('\n'));
}
