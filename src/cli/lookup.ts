import type { Command } from 'commander';
import { type CallerOptions, callerHints, identityHeaders, withCallerOptions } from './caller-identity.ts';
import { failure } from './cli-error.ts';
import { collect } from './config-options.ts';
import { examples } from './examples.ts';
import { findInstance, type Instance, type InstanceOptions, withInstanceOptions } from './instance.ts';
import { type AskedKey, inBatches, parseTableName, readKeys } from './look-up-arguments.ts';
import { formatResults, type LookUpAnswer, lookUpAnswerFrom, summaryText } from './look-up-table.ts';
import { parseCount } from './option-values.ts';
import { type Paint, paintFor } from './paint.ts';
import { problemText } from './problem-text.ts';
import type { Surroundings } from './surroundings.ts';

interface LookUpOptions extends InstanceOptions, CallerOptions {
  readonly column?: readonly string[];
  readonly limitPerKey?: number;
  readonly consistency?: string;
  readonly strict?: true;
  readonly debug?: true;
  readonly json?: true;
}

/** Keys of the standard input are asked in requests of so many, and of so many rows. */
const keysPerRequest = 100;
const rowsPerRequest = 10_000;
const answeringMs = 2_000;

export function addLookUp(parent: Command, surroundings: Surroundings): void {
  const lookUp = parent
    .command('lookup')
    .description('Looks keys up through a running Weir and prints their rows.')
    .argument('<keyspace.table>', 'the table')
    .argument('<key...>', 'keys as text or JSON; a - reads them from the standard input, one a line');
  withCallerOptions(lookUp)
    .option('--column <name>', 'a column to be shown; may be given again; default: all', collect)
    .option('--limit-per-key <count>', 'rows of a partition at most', parseCount)
    .option('--consistency <level>', 'for example LOCAL_QUORUM')
    .option('--strict', 'all keys or none')
    .option('--debug', 'show where each row came from')
    .option('--json', 'print the answer as it came, one line a request');
  withInstanceOptions(lookUp, 'data')
    .addHelpText(
      'after',
      examples(
        'weir lookup shop.products sku-1 sku-2 --application storefront --column title',
        `echo '{"sku":"sku-1"}' | weir lookup shop.products - --credential-file storefront.key --json`,
      ),
    )
    .action(async (name: string, given: readonly string[], options: LookUpOptions) => {
      const { keyspace, table } = parseTableName(name);
      const identity = identityHeaders(options, surroundings);
      const instance = await findInstance(patient(options), 'data', surroundings);
      const rowsPerKey = options.limitPerKey ?? 1;
      const size = Math.max(1, Math.min(keysPerRequest, Math.floor(rowsPerRequest / rowsPerKey)));
      const fromInput = given.length === 1 && given[0] === '-';
      const keys = readKeys(given, surroundings.stdin);
      // The keys of the arguments are one request: it is the caller who sees to its bounds.
      let requests = 0;
      for await (const asked of inBatches(keys, fromInput ? size : given.length)) {
        requests += 1;
        const path = `/v1/${keyspace}/${table}/lookup`;
        await askBatch({ instance, path, identity, options, surroundings }, asked);
      }
      if (requests === 0) surroundings.stderr.write('weir: no key came from the standard input\n');
    });
}

/** An instance that was told how long it may take answers at the end of that time, and is waited for. */
function patient(options: LookUpOptions): LookUpOptions {
  return options.timeout === undefined ? options : { ...options, timeout: options.timeout + answeringMs };
}

interface Asking {
  readonly instance: Instance;
  readonly path: string;
  readonly identity: Readonly<Record<string, string>>;
  readonly options: LookUpOptions;
  readonly surroundings: Surroundings;
}

/** Prints the answer, also one that no key was answered in; that one then fails. */
async function askBatch(asking: Asking, asked: readonly AskedKey[]): Promise<void> {
  const { instance, path, identity, options, surroundings } = asking;
  const answer = await instance.call({
    path,
    method: 'POST',
    headers: { ...identity, ...requestHeaders(options) },
    body: JSON.stringify(lookUpBody(asked, options)),
  });
  const read = lookUpAnswerFrom(answer.text);
  if (read !== undefined) printAnswer(answer.text, read, asked, options, surroundings);
  if (answer.status !== 200) throw failure(problemText(answer, callerHints, options.column));
  if (read === undefined)
    throw failure('the answer is no answer of a Weir; is this the address of its data port?');
}

/** The body of a look-up as the options have it. */
export function lookUpBody(
  asked: readonly AskedKey[],
  { column, limitPerKey, consistency }: Pick<LookUpOptions, 'column' | 'limitPerKey' | 'consistency'>,
): Record<string, unknown> {
  return {
    keys: asked.map(({ key }) => key),
    ...(column === undefined ? {} : { columns: column }),
    ...(limitPerKey === undefined ? {} : { limitPerKey }),
    ...(consistency === undefined ? {} : { consistency }),
  };
}

function requestHeaders({ strict, debug, timeout }: LookUpOptions): Readonly<Record<string, string>> {
  return {
    ...(strict === undefined ? {} : { prefer: 'handling=strict' }),
    ...(debug === undefined ? {} : { 'x-debug': '1' }),
    ...(timeout === undefined ? {} : { 'x-request-timeout-ms': String(Math.ceil(timeout)) }),
  };
}

function printAnswer(
  text: string,
  answer: LookUpAnswer,
  asked: readonly AskedKey[],
  { json, debug }: LookUpOptions,
  { stdout, stderr, env }: Surroundings,
): void {
  if (json) {
    stdout.write(`${text}\n`);
    return;
  }
  const paint: Paint = paintFor(stdout, env);
  stdout.write(formatResults(asked, answer, debug === true, paint));
  stderr.write(summaryText(answer, debug === true));
}
