import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from './project-files.ts';

/** A copy of the project in which commands can be run without touching the project itself. */
export interface ScratchProject {
  readonly directory: string;
  /** Relative to the copy. */
  read(file: string): string;
  write(file: string, text: string): void;
  remove(): void;
}

/** Text in which `substitute` may change something; anything else is copied as it is. */
const text = /\.(?:ts|yaml|md|cql|topology|json)$/;

/**
 * What a clone of the working tree would have, new files included, with the packages that are installed here.
 * `substitute` changes every text that is copied.
 */
export function createScratchProject(
  substitute: (content: string) => string = (same) => same,
): ScratchProject {
  const directory = mkdtempSync(path.join(tmpdir(), 'weir-project-'));
  const inside = (file: string): string => path.join(directory, file);
  for (const file of projectFiles()) {
    mkdirSync(path.dirname(inside(file)), { recursive: true });
    const source = path.join(projectRoot, file);
    if (text.test(file)) {
      writeFileSync(inside(file), substitute(readFileSync(source, 'utf8')), { mode: statSync(source).mode });
    } else copyFileSync(source, inside(file));
  }
  symlinkSync(path.join(projectRoot, 'node_modules'), inside('node_modules'));
  return {
    directory,
    read: (file) => readFileSync(inside(file), 'utf8'),
    write: (file, content) => writeFileSync(inside(file), content),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function projectFiles(): string[] {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], {
    cwd: projectRoot,
    encoding: 'utf8',
  }).split('\n');
  // A file that was deleted and not yet committed is still listed.
  const present = files.filter((file) => file !== '' && existsSync(path.join(projectRoot, file)));
  if (present.length === 0) throw new Error('the project has no files: nothing to copy');
  return present;
}
