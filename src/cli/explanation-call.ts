import type { Command } from 'commander';
import type { Explanation } from '../core/reads/explanation.ts';
import { failure, usageError } from './cli-error.ts';
import { collect } from './config-options.ts';
import { findInstance, type InstanceOptions, withInstanceOptions } from './instance.ts';
import { type AskedKey, parseTableName, readKeys } from './look-up-arguments.ts';
import { lookUpBody } from './lookup.ts';
import { parseCount } from './option-values.ts';
import { parseObject, problemText } from './problem-text.ts';
import { readSecret } from './secret-source.ts';
import type { Surroundings } from './surroundings.ts';

export interface ExplanationOptions extends Omit<InstanceOptions, 'url'> {
  readonly adminUrl?: string;
  readonly adminKeyFile?: string;
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
    .requiredOption('--application <name>', 'whose look-up it would be')
    .option('--admin-key-file <file>', 'file with a key of the admin port; default: WEIR_ADMIN_KEY');
  return withInstanceOptions(command, 'admin');
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
  const key = readSecret(options.adminKeyFile, 'WEIR_ADMIN_KEY', surroundings.env);
  const { adminUrl, application, ...others } = options;
  const found = { ...others, ...(adminUrl === undefined ? {} : { url: adminUrl }) };
  const instance = await findInstance(found, 'admin', surroundings);
  const asked = await collectKeys(readKeys(given, surroundings.stdin));
  const answer = await instance.call({
    path: '/admin/v1/explain',
    method: 'POST',
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    body: JSON.stringify({ application, keyspace, table, lookup: lookUpBody(asked, options) }),
  });
  if (answer.status !== 200) throw failure(problemText(answer, adminHints, options.column));
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

const adminHints: Readonly<Record<number, string>> = {
  401: 'give a key of the admin port: --admin-key-file or WEIR_ADMIN_KEY',
};
