import { callerHints } from './caller-identity.ts';
import { failure } from './cli-error.ts';
import type { Instance } from './instance.ts';
import { parseObject, problemText } from './problem-text.ts';

/** Of an answer that tells splits. */
export interface ToldSplits {
  readonly splits: readonly ToldSplit[];
  readonly ringEpoch: number;
}

export interface ToldSplit {
  readonly id: string;
  readonly start: string;
  readonly end: string;
  readonly owners: readonly string[];
  readonly estimatedRows: number | null;
}

export interface SplitsQuestion {
  readonly keyspace: string;
  readonly table: string;
  readonly identity: Readonly<Record<string, string>>;
  /** Undefined: as many as Weir tells by itself. */
  readonly target: number | undefined;
}

/** Rejects with a `CliError`. `text` is the answer as it came. */
export async function askSplits(
  instance: Instance,
  { keyspace, table, identity, target }: SplitsQuestion,
): Promise<{ readonly told: ToldSplits; readonly text: string }> {
  const query = target === undefined ? '' : `?target=${target}`;
  const path = `/v1/${keyspace}/${table}/splits${query}`;
  const answer = await instance.call({ path, method: 'GET', headers: identity });
  if (answer.status !== 200) throw failure(problemText(answer, callerHints));
  const told = parseObject(answer.text) as Partial<ToldSplits> | undefined;
  if (!Array.isArray(told?.splits) || !told.splits.every(isSplit)) {
    throw failure('the answer tells no splits; is this the address of the data port of a Weir?');
  }
  return { told: told as ToldSplits, text: answer.text };
}

function isSplit(value: unknown): value is ToldSplit {
  const { start, end, owners } = Object(value) as Partial<ToldSplit>;
  return typeof start === 'string' && typeof end === 'string' && Array.isArray(owners);
}
