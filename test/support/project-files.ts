import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const projectRoot = path.resolve(import.meta.dirname, '../..');

/** Tracked and new files, ignored ones left out, relative to the project. Throws rather than see nothing. */
export function listProjectFiles(under: string, extension: string): string[] {
  const output = execFileSync(
    'git',
    ['ls-files', '-co', '--exclude-standard', '--deduplicate', '--', under],
    {
      cwd: projectRoot,
      encoding: 'utf8',
    },
  );
  const files = output
    .split('\n')
    // A file that was deleted and not yet committed is still listed.
    .filter((file) => file.endsWith(extension) && existsSync(path.join(projectRoot, file)));
  if (files.length === 0) throw new Error(`no ${extension} files under ${under}: the check saw nothing`);
  return files;
}

export function readProjectFile(file: string): string {
  return readFileSync(path.join(projectRoot, file), 'utf8');
}
