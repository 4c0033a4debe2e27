/**
 * PySpark, for tests that run a job on it. It is 320 MB, and so only there where it is asked for: WEIR_SPARK=1, or
 * WEIR_REQUIRE=spark, with which it is a failure when it cannot be had.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { cacheDirectory } from '../../topology/launcher/installation.ts';
import { isRequired } from './requirements.ts';

const requirement = 'pyspark>=3.5,<3.6';
const downloadTimeoutMs = 15 * 60_000;

/** An environment of Python, beside Cassandra's jars: it outlives the packages of the project. */
export const sparkDirectory = path.resolve(cacheDirectory(process.env, homedir()), '../spark-3.5');

export function isSparkWanted(): boolean {
  return isRequired('spark') || process.env['WEIR_SPARK'] === '1';
}

export function isSparkInstalled(): boolean {
  return existsSync(path.join(sparkDirectory, 'bin/spark-submit'));
}

/** Why Python cannot make an environment for packages of its own; undefined where it can. */
export function whyNoPython(): string | undefined {
  const { error, status } = spawnSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' });
  if (error !== undefined) return 'there is no Python 3';
  return status === 0 ? undefined : 'Python 3 has no venv';
}

/** Downloads PySpark through pip unless it is there already. Returns why it could not. */
export function installSpark(talk: (line: string) => void): string | undefined {
  if (isSparkInstalled()) return undefined;
  talk(`downloading ${requirement} through pip (about 320 MB, once)`);
  // Beside its place, and renamed: whoever finds it finds all of it.
  const temporary = `${sparkDirectory}-${process.pid}`;
  const python = path.join(temporary, 'bin/python');
  try {
    mkdirSync(path.dirname(sparkDirectory), { recursive: true });
    const problem =
      run('python3', ['-m', 'venv', temporary]) ??
      run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement]);
    if (problem === undefined) renameSync(temporary, sparkDirectory);
    return problem;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Returns why it failed. */
function run(program: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: downloadTimeoutMs,
  });
  if (status === 0) return undefined;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  return `"${path.basename(program)} ${args.slice(0, 3).join(' ')}" failed: ${reason}`;
}
