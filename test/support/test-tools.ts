import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findJava } from '../../topology/launcher/java.ts';
import { messageOf } from '../../topology/launcher/launcher-error.ts';
import { whyNoRedis } from '../../topology/launcher/redis.ts';
import { installSpark, isSparkInstalled, isSparkWanted, whyNoPython } from './spark-installation.ts';

/** By preference; which of them there is depends on the release of Debian. */
const javaPackages = ['openjdk-17-jre-headless', 'openjdk-21-jre-headless', 'default-jre-headless'];

/**
 * Sees to Java and Maven, which the real cluster needs, to Redis, and to Spark where it is asked for: as root on a
 * Debian installs what is missing, elsewhere says what to install. Never fails: the tests themselves decide what a
 * missing tool means.
 */
export async function provideTestTools(talk: (line: string) => void): Promise<void> {
  await providePrograms(talk);
  if (!isSparkWanted()) return;
  const problem = installSpark(talk);
  if (problem !== undefined) talk(`for tests on Spark: ${problem}`);
}

async function providePrograms(talk: (line: string) => void): Promise<void> {
  const javaProblem = await findJava().then(() => undefined, messageOf);
  const mavenMissing = spawnSync('mvn', ['--version']).error !== undefined;
  const redisProblem = whyNoRedis();
  const pythonProblem = isSparkWanted() && !isSparkInstalled() ? whyNoPython() : undefined;
  const missing = [
    ...(javaProblem === undefined ? [] : [javaProblem]),
    ...(mavenMissing ? ['there is no Maven'] : []),
    ...(redisProblem === undefined ? [] : [redisProblem]),
    ...(pythonProblem === undefined ? [] : [pythonProblem]),
  ];
  if (missing.length === 0) return;
  const canInstall =
    existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (!canInstall) {
    talk(
      'for tests on real servers install Java 17, Maven, Redis and its Sentinel, for those on Spark Python 3 ' +
        '(openjdk-17-jre-headless, maven, redis-server, redis-sentinel, python3-venv): ' +
        missing.join('; '),
    );
    return;
  }
  aptGet(talk, ['update', '-qq']);
  const java = javaPackages.find(
    (name) => spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0,
  );
  const packages = [
    ...(javaProblem === undefined || java === undefined ? [] : [java]),
    ...(mavenMissing ? ['maven'] : []),
    ...(redisProblem === undefined ? [] : ['redis-server', 'redis-sentinel']),
    ...(pythonProblem === undefined ? [] : ['python3', 'python3-venv']),
  ];
  if (packages.length > 0) aptGet(talk, ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
}

function aptGet(talk: (line: string) => void, args: readonly string[]): void {
  talk(`apt-get ${args.join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  if (status !== 0) talk(`apt-get ${args[0]} failed`);
}
