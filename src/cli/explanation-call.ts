import type { Command } from 'commander';
import type { Explanation } from '../core/reads/explanation.ts';
import { type AdminOptions, findAdminPort, withAdminOptions } from './admin-call.ts';
import { failure, usageError } from './cli-error.ts';
import { collect } from './config-options.ts';
import { type AskedKey, parseTableName, readKeys } from './look-up-arguments.ts';
import { lookUpBody } from './lookup.ts';
import { parseCount } from './option-values.ts';
import { parseObject } from './problem-text.ts';
import type { Surroundings } from './surroundings.ts';

export interface ExplanationOptions extends AdminOptions {
  readonly application: string;
  readonly column?: readonly string[];
  readonly limitPerKey?: number;
  readonly consistency?: string;
  readonly json?: true;
}

/** The arguments and options of the verbs that have a look-up explained. */
export function withExplanationOptions(command: Command): Command {
  command
    .argument('<keyspace.table>', 'the table')
    .argument('<key...>', 'keys as text or JSON; a - reads them from the standard input, one a line')
    .requiredOption('--application <name>', 'whose look-up it would be');
  return withAdminOptions(command);
}

/** The options of a look-up that change what it does. */
export function withLookUpOptions(command: Command): Command {
  return command
    .option('--column <name>', 'a column to be read; may be given again; default: all', collect)
    .option('--limit-per-key <count>', 'rows of a partition at most', parseCount)
    .option('--consistency <level>', 'for example LOCAL_QUORUM');
}

export interface Explained {
  readonly asked: readonly AskedKey[];
  readonly explanation: Explanation;
  /** As it came. */
  readonly text: string;
}

/** Asks the admin port; nothing is sent to Cassandra. Rejects with a `CliError`. */
export async function askExplanation(
  name: string,
  given: readonly string[],
  options: ExplanationOptions,
  surroundings: Surroundings,
): Promise<Explained> {
  const { keyspace, table } = parseTableName(name);
  const { application } = options;
  const admin = await findAdminPort(options, surroundings);
  const asked = await collectKeys(readKeys(given, surroundings.stdin));
  const body = JSON.stringify({ application, keyspace, table, lookup: lookUpBody(asked, options) });
  const answer = await admin.call({ path: '/admin/v1/explain', method: 'POST', body }, options.column);
  const explanation = parseObject(answer.text) as Explanation | undefined;
  if (!Array.isArray(explanation?.keys) || !Array.isArray(explanation.groups)) {
    throw failure('the answer is no explanation; is this the address of an admin port?');
  }
  return { asked, explanation, text: answer.text };
}

/** More than any Weir takes in one request: it says itself how many it does. */
const mostKeys = 100_000;

async function collectKeys(keys: AsyncIterable<AskedKey>): Promise<readonly AskedKey[]> {
  const all: AskedKey[] = [];
  for await (const key of keys) {
    if (all.length === mostKeys) throw usageError(`at most ${mostKeys} keys can be explained at once`);
    all.push(key);
  }
  if (all.length === 0) throw usageError('there is no key to explain');
  return all;
}
