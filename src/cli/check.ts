import type { Command } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import { checkCache, memoryOfMachine } from './check-cache.ts';
import { checkConfigured } from './check-configured.ts';
import { checkLive } from './check-live.ts';
import { checkRedis } from './check-redis.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { type ConfigOptions, withConfigOptions } from './config-options.ts';
import { examples } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { type Finding, formatFindings } from './finding.ts';
import { standardTimeoutMs } from './instance.ts';
import { parseDuration } from './option-values.ts';
import { paintFor } from './paint.ts';
import { programName } from './program-name.ts';
import { withProgress } from './progress.ts';
import type { Finish, Surroundings } from './surroundings.ts';

interface CheckOptions extends ConfigOptions {
  readonly live?: true;
  readonly timeout?: number;
  readonly strict?: true;
  readonly json?: true;
}

export function addCheck(
  parent: Command,
  surroundings: Surroundings,
  clusters: ClusterAccess,
  finish: Finish,
): void {
  const check = parent
    .command('check')
    .description(
      'Checks a configuration; with --live against the cluster and Redis too. Exit 2 for a faulty file, 1 for a failed check.',
    )
    .option(
      '--live',
      'connect to the cluster and to Redis, and check that they have what the configuration speaks of',
    )
    .option('--timeout <duration>', 'how long to try to reach them; default: 10s', parseDuration)
    .option('--strict', 'let warnings fail too')
    .option('--json', 'print one JSON object');
  withConfigOptions(check)
    .addHelpText(
      'after',
      examples('weir check --config weir.yaml', 'weir check --config weir.yaml --live --strict'),
    )
    .action(async (options: CheckOptions) => {
      const { env, stdout } = surroundings;
      const { loadConfigAndSettings } = await import('../config/load.ts');
      const loaded = loadConfigAndSettings({ file: options.config, env, flags: options.set ?? [] });
      const live = options.live ? await withCluster(loaded, options, surroundings, clusters) : [];
      const findings = [
        ...(await checkConfigured(loaded, { withClasses: !options.live, command: programName(env) })),
        ...checkCache(loaded.config, memoryOfMachine()),
        ...live,
      ];
      const failures = findings.filter(({ state }) => state === 'failed').length;
      const warnings = findings.filter(({ state }) => state === 'warning').length;
      stdout.write(
        options.json
          ? `${JSON.stringify({ file: options.config, findings, failed: failures, warnings })}\n`
          : formatReport(findings, failures, warnings, surroundings),
      );
      finish(failures > 0 || (options.strict && warnings > 0) ? exitCodes.failed : exitCodes.ok);
    });
}

async function withCluster(
  loaded: LoadedConfig,
  { timeout = standardTimeoutMs }: CheckOptions,
  surroundings: Surroundings,
  clusters: ClusterAccess,
): Promise<readonly Finding[]> {
  const open = await clusters.open(loaded.config);
  try {
    const checks = Promise.all([checkLive(loaded, open, timeout), checkRedis(loaded.config, timeout)]);
    return (await withProgress(surroundings, 'asking the cluster', checks)).flat();
  } finally {
    await open.close();
  }
}

function formatReport(
  findings: readonly Finding[],
  failures: number,
  warnings: number,
  { stdout, env }: Surroundings,
): string {
  const paint = paintFor(stdout, env);
  const verdict = failures > 0 ? paint('red', `${failures} failed`) : paint('green', 'nothing failed');
  const rest = warnings === 0 ? '' : `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  return `${formatFindings(findings, paint)}${verdict}${rest}\n`;
}
