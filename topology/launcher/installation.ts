import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findJava, type Java } from './java.ts';
import { lastLines } from './last-lines.ts';
import { LauncherError } from './launcher-error.ts';
import type { Report } from './provider.ts';

const cassandraVersion = '5.0.9';

/** What it takes to run Cassandra on this machine. */
export interface Installation {
  readonly java: Java;
  /** Jars only, named one by one: an archive of classes does not work with directories. */
  readonly classPath: string;
  /** Loaded classes of a node that ran before; the file need not exist. */
  readonly classArchivePath: string;
}

const leastJars = 50;
const downloadTimeoutMs = 10 * 60_000;

/** Finds Java, and downloads Cassandra's jars through Maven unless they are in the cache already. */
export async function prepareInstallation(report: Report): Promise<Installation> {
  const java = await findJava();
  const cache = cacheDirectory(process.env, homedir());
  const jars = join(cache, 'jars');
  if (!isComplete(jars)) await downloadJars(cache, jars, report);
  const classPath = listJars(jars)
    .map((name) => join(jars, name))
    .join(':');
  return { java, classPath, classArchivePath: join(cache, `classes-${java.version}.jsa`) };
}

/** Why this machine cannot run Cassandra from Maven's jars; undefined when it can. */
export async function whyNotInstallable(): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    return 'clusters on loopback addresses need Linux: other systems have 127.0.0.1 only, and no /proc';
  }
  try {
    await findJava();
    if (isComplete(join(cacheDirectory(process.env, homedir()), 'jars'))) return undefined;
    await runMaven(['--version']);
    return undefined;
  } catch (error) {
    if (error instanceof LauncherError) return error.message;
    throw error;
  }
}

/** By the XDG base directory specification; a relative XDG_CACHE_HOME counts as unset. */
export function cacheDirectory(environment: NodeJS.ProcessEnv, home: string): string {
  const given = environment['XDG_CACHE_HOME'];
  return join(given?.startsWith('/') ? given : join(home, '.cache'), 'weir', `cassandra-${cassandraVersion}`);
}

function isComplete(jars: string): boolean {
  return (
    existsSync(join(jars, `cassandra-all-${cassandraVersion}.jar`)) && listJars(jars).length >= leastJars
  );
}

function listJars(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jar'))
    .sort();
}

/** Downloads beside the cache and renames: whoever finds the directory finds all of it. */
async function downloadJars(cache: string, jars: string, report: Report): Promise<void> {
  report(`downloading Cassandra ${cassandraVersion} through Maven (about 70 MB, once)`);
  const temporary = join(cache, `download-${process.pid}`);
  mkdirSync(temporary, { recursive: true });
  try {
    writeFileSync(join(temporary, 'pom.xml'), pom());
    const output = join(temporary, 'jars');
    await runMaven([
      '-q',
      '-B',
      '-f',
      join(temporary, 'pom.xml'),
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${output}`,
    ]);
    if (!isComplete(output))
      throw new LauncherError('Maven succeeded, and yet jars of Cassandra are missing');
    if (!isComplete(jars)) {
      rmSync(jars, { recursive: true, force: true });
      renameSync(output, jars);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function pom(): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>weir</groupId>
  <artifactId>cluster</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.cassandra</groupId>
      <artifactId>cassandra-all</artifactId>
      <version>${cassandraVersion}</version>
    </dependency>
  </dependencies>
</project>
`;
}

function runMaven(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      'mvn',
      args,
      { timeout: downloadTimeoutMs, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve();
        else if (error.code === 'ENOENT')
          reject(new LauncherError('there is no Maven (mvn) on the path; install maven'));
        else reject(new LauncherError(`Maven failed:\n${lastLines(stdout + stderr, 20)}`));
      },
    );
  });
}
