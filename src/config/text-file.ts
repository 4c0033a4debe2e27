import { readFileSync, statSync } from 'node:fs';

interface ReadText {
  /** Empty when there is a fault. */
  readonly text: string;
  /** Why it could not be read; names no part of what it holds. */
  readonly fault?: string;
}

/**
 * Reads a text file as a whole, refusing what is larger, no file or not UTF-8. A pipe is read only where it is
 * allowed: it may keep its reader waiting for ever.
 */
export function readTextFile(
  path: string,
  largestBytes: number,
  { allowsPipe = false }: { readonly allowsPipe?: boolean } = {},
): ReadText {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return { text: '', fault: 'it is a directory' };
    if (!stat.isFile() && !(allowsPipe && stat.isFIFO())) return { text: '', fault: 'it is no regular file' };
    if (stat.size > largestBytes) {
      return { text: '', fault: `it is larger than ${largestBytes} bytes` };
    }
    const bytes = readFileSync(path);
    if (bytes.length > largestBytes) return { text: '', fault: `it is larger than ${largestBytes} bytes` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    return { text: '', fault: reasonOf((error as NodeJS.ErrnoException).code) };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission is denied',
  ELOOP: 'it is a link that leads nowhere',
  ENAMETOOLONG: 'no path is that long',
  ERR_INVALID_ARG_VALUE: 'this can be no path',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

function reasonOf(code: string | undefined): string {
  return reasons[code ?? ''] ?? 'reading it failed';
}
