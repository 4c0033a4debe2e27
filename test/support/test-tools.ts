import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findJava } from '../../topology/launcher/java.ts';
import { messageOf } from '../../topology/launcher/launcher-error.ts';
import { whyNoRedis } from '../../topology/launcher/redis.ts';

/** By preference; which of them there is depends on the release of Debian. */
const javaPackages = ['openjdk-17-jre-headless', 'openjdk-21-jre-headless', 'default-jre-headless'];

/**
 * Sees to Java and Maven, which the real cluster needs, and to Redis: as root on a Debian installs what is missing,
 * elsewhere says what to install. Never fails: the tests themselves decide what a missing tool means.
 */
export async function provideTestTools(talk: (line: string) => void): Promise<void> {
  const javaProblem = await findJava().then(() => undefined, messageOf);
  const mavenMissing = spawnSync('mvn', ['--version']).error !== undefined;
  const redisProblem = whyNoRedis();
  const missing = [
    ...(javaProblem === undefined ? [] : [javaProblem]),
    ...(mavenMissing ? ['there is no Maven'] : []),
    ...(redisProblem === undefined ? [] : [redisProblem]),
  ];
  if (missing.length === 0) return;
  const canInstall =
    existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (!canInstall) {
    talk(
      'for tests on real servers install Java 17, Maven, Redis and its Sentinel ' +
        `(openjdk-17-jre-headless, maven, redis-server, redis-sentinel): ${missing.join('; ')}`,
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
  ];
  if (packages.length > 0) aptGet(talk, ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
}

function aptGet(talk: (line: string) => void, args: readonly string[]): void {
  talk(`apt-get ${args.join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  if (status !== 0) talk(`apt-get ${args[0]} failed`);
}
