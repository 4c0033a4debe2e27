import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { failure } from './cli-error.ts';

export interface NewFile {
  readonly path: string;
  readonly content: string;
  /** Permissions, for example 0o600. */
  readonly mode: number;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'there is no such directory',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a directory',
  EROFS: 'the file system cannot be written to',
  ENOSPC: 'the disk is full',
};

/** Throws where a file is in the way. */
export function refuseExisting(paths: readonly string[]): void {
  for (const path of paths) {
    if (existsSync(path)) throw failure(`${path} is there already; --force writes over it`);
  }
}

/** Each appears whole, in one step, and none before all could be written. */
export function writeFiles(files: readonly NewFile[]): void {
  const parts: { readonly part: string; readonly path: string }[] = [];
  try {
    for (const { path, content, mode } of files) {
      const part = `${path}.${process.pid}.part`;
      parts.push({ part, path });
      writeFileSync(part, content, { mode, flag: 'wx' });
      // The mode at creation is cut by the umask.
      chmodSync(part, mode);
    }
    for (const { part, path } of parts) renameSync(part, path);
  } catch (error) {
    for (const { part } of parts) rmSync(part, { force: true });
    const { code = 'unknown', path = '' } = error as NodeJS.ErrnoException;
    throw failure(`${path.replace(/\.\d+\.part$/, '')} cannot be written: ${reasons[code] ?? code}`);
  }
}
