import path from 'node:path';
import { describe } from 'vitest';
import { type BackgroundProcess, startInBackground } from './background-process.ts';
import { isRequired } from './requirements.ts';
import { plainEnvironment } from './run-command.ts';
import { isSparkInstalled, isSparkWanted, sparkDirectory } from './spark-installation.ts';

/** `describe` for tests that run a job on Spark. Elsewhere the group is skipped under a title that says why. */
export function describeWithSpark(title: string, define: () => void): void {
  if (isSparkWanted() && isSparkInstalled()) {
    describe(title, define);
    return;
  }
  if (isRequired('spark')) throw new Error('WEIR_REQUIRE asks for Spark: npm test could not install it');
  const reason = isSparkWanted() ? 'npm test could not install it' : 'WEIR_SPARK=1 downloads 320 MB for it';
  describe.skip(`${title} (skipped: ${reason})`, define);
}

/** Runs a job as small as Spark can be: two threads of this machine, half a gigabyte, no page of its own. */
export function startSparkJob(script: string, args: readonly string[], cwd: string): BackgroundProcess {
  const bin = path.join(sparkDirectory, 'bin');
  const settings = [
    'spark.ui.enabled=false',
    'spark.sql.shuffle.partitions=2',
    'spark.driver.host=127.0.0.1',
  ];
  const command = [
    path.join(bin, 'spark-submit'),
    ...['--master', 'local[2]', '--driver-memory', '512m'],
    ...settings.flatMap((setting) => ['--conf', setting]),
    script,
    ...args,
  ];
  // As in an activated environment: Spark looks for its Python on the path.
  const env = {
    ...plainEnvironment(),
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    SPARK_LOCAL_IP: '127.0.0.1',
  };
  return startInBackground(command, { cwd, env });
}
