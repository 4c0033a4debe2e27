import { usageError } from './cli-error.ts';
import { readSmallFile } from './read-small-file.ts';

const largestBytes = 4_096;
/** What a bearer token may consist of. */
const form = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * A credential from a file, or else from a variable; never from the arguments, where everyone on the machine could read
 * it. Undefined where there is neither. Throws a usage error for one that no header can carry.
 */
export function readSecret(
  file: string | undefined,
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const fromFile = file !== undefined;
  const text = (fromFile ? readSmallFile(file, largestBytes) : (env[variable] ?? '')).trim();
  if (text === '' && !fromFile) return undefined;
  if (!form.test(text)) {
    throw usageError(
      `${fromFile ? file : variable} holds no credential: one word of the form weir_… is expected`,
    );
  }
  return text;
}
