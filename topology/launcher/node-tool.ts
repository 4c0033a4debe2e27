import { execFile } from 'node:child_process';
import type { Installation } from './installation.ts';
import { moduleArguments, nodeToolClass } from './java-arguments.ts';
import { lastLines } from './last-lines.ts';
import { LauncherError } from './launcher-error.ts';

const timeoutMs = 300_000;

/** Runs Cassandra's nodetool against the node whose JMX listens on a port of 127.0.0.1; resolves with what it printed. */
export function runNodeTool(
  installation: Installation,
  jmxPort: number,
  args: readonly string[],
): Promise<string> {
  const javaArguments = [
    ...moduleArguments(),
    '-Xmx128m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-classpath',
    installation.classPath,
    nodeToolClass,
    '-h',
    '127.0.0.1',
    '-p',
    String(jmxPort),
    ...args,
  ];
  return new Promise((resolve, reject) => {
    execFile(installation.java.path, javaArguments, { timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new LauncherError(`nodetool ${args.join(' ')} failed:\n${lastLines(stdout + stderr, 15)}`));
    });
  });
}
