import { usageError } from './cli-error.ts';
import { readKeys } from './look-up-arguments.ts';
import type { ScanArea } from './scan-run.ts';
import type { Surroundings } from './surroundings.ts';

export interface AreaOptions {
  readonly start?: string;
  readonly end?: string;
  readonly split?: string;
  readonly key?: string;
}

/**
 * What the options ask for; undefined where they name no area. Throws a usage error for tokens that are none, and
 * where two areas are named.
 */
export async function readArea(
  { start, end, split, key }: AreaOptions,
  { stdin }: Pick<Surroundings, 'stdin'>,
): Promise<ScanArea | undefined> {
  const isRange = start !== undefined || end !== undefined;
  if ([isRange, split !== undefined, key !== undefined].filter(Boolean).length > 1) {
    throw usageError('a scan is of one of --start with --end, --split and --key');
  }
  if (key !== undefined) {
    for await (const asked of readKeys([key], stdin)) return { key: asked.key };
    throw usageError('no key came from the standard input');
  }
  if (split !== undefined) {
    const [first, second, more] = split.split(',');
    if (more !== undefined) throw usageError('--split has the form START,END');
    return { range: { start: checkToken(first, '--split'), end: checkToken(second, '--split') } };
  }
  if (!isRange) return undefined;
  return { range: { start: checkToken(start, '--start'), end: checkToken(end, '--end') } };
}

function checkToken(text: string | undefined, option: string): string {
  if (text === undefined) {
    throw usageError(
      option === '--split'
        ? '--split has the form START,END'
        : '--start and --end are given together, as a split has them',
    );
  }
  if (!/^-?[0-9]{1,19}$/.test(text)) {
    throw usageError(`${option}: a token is a whole number from -2^63 to 2^63 - 1`);
  }
  return text;
}

/** Names separated by commas. Throws a usage error for an empty one. */
export function readColumns(text: string | undefined): readonly string[] | undefined {
  const names = text?.split(',');
  if (names?.includes('')) throw usageError('--columns: names are separated by single commas');
  return names;
}
