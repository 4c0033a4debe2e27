import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LauncherError, messageOf } from './launcher-error.ts';

export interface Java {
  readonly path: string;
  readonly major: number;
  /** The whole version, such as `17.0.15`. */
  readonly version: string;
}

const leastMajor = 17;
/** From 24 on Java has no security manager, which Cassandra 5.0 installs when it starts. */
const mostMajor = 23;
const howToInstall = 'install a Java runtime 17, such as openjdk-17-jre-headless';

/** The Java of JAVA_HOME, else of the path. Rejects with what is missing and what to install. */
export async function findJava(javaHome = process.env['JAVA_HOME']): Promise<Java> {
  const path = javaHome === undefined || javaHome === '' ? 'java' : join(javaHome, 'bin/java');
  if (path !== 'java' && !existsSync(path))
    throw new LauncherError(`JAVA_HOME has no bin/java; ${howToInstall}`);
  const version = parseJavaVersion(await run(path, ['-version']));
  if (version === undefined)
    throw new LauncherError(`"${path} -version" does not tell a version; ${howToInstall}`);
  const major = majorOf(version);
  if (major < leastMajor)
    throw new LauncherError(`Java ${version} is too old for Cassandra 5.0; ${howToInstall}`);
  if (major > mostMajor)
    throw new LauncherError(`Java ${version} is too new for Cassandra 5.0; ${howToInstall}`);
  return { path, major, version };
}

/** Finds the version in what `java -version` prints. */
export function parseJavaVersion(printed: string): string | undefined {
  return /version "([^"]+)"/.exec(printed)?.[1];
}

/** Until Java 8 the major number came second, as in `1.8.0_392`. */
export function majorOf(version: string): number {
  const [first = 0, second = 0] = version.split(/[._-]/).map(Number);
  return first === 1 ? second : first;
}

function run(path: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else if (error.code === 'ENOENT')
        reject(new LauncherError(`there is no Java on the path; ${howToInstall}`));
      else
        reject(new LauncherError(`"${path} ${args.join(' ')}" failed: ${messageOf(error)}; ${howToInstall}`));
    });
  });
}
