import { readFileSync, statSync } from 'node:fs';
import { usageError } from './cli-error.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission is denied',
  EISDIR: 'it is a directory',
};

/** The text of a file that the command line names. Throws a usage error, which names the file and quotes none of it. */
export function readSmallFile(file: string, largestBytes: number): string {
  try {
    if (statSync(file).size > largestBytes) throw usageError(`${file} is larger than ${largestBytes} bytes`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    throw usageError(`${file} cannot be read: ${reason}`);
  }
}
