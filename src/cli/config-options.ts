import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { usageError } from './cli-error.ts';
import { programName } from './program-name.ts';
import type { Surroundings } from './surroundings.ts';

export interface ConfigOptions {
  readonly config: string;
  readonly set?: readonly string[];
}

/** Verbs that cannot do without a configuration. */
const needing = new WeakSet<Command>();
const standardFile = 'weir.yaml';

/** The options of every verb that reads a configuration; `config` is there when its action begins. */
export function withConfigOptions(command: Command): Command {
  needing.add(command);
  const { outputError } = command.configureOutput();
  return command
    .configureOutput({
      outputError: (text, write) => {
        outputError?.(text, write);
        if (text.startsWith('error: too many arguments'))
          write('(A configuration is given with --config FILE.)\n');
      },
    })
    .option('-c, --config <file>', 'the configuration, YAML; default: WEIR_CONFIG, then weir.yaml here')
    .option(
      '--set <path=value>',
      'change one setting, for example data.port=9090; may be given again',
      collect,
    );
}

/** Of an option that may be given again. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Runs before each action: fills in the file where none was given, and says which. Throws a `CliError`. */
export function chooseConfig(command: Command, { env, stderr }: Pick<Surroundings, 'env' | 'stderr'>): void {
  if (!needing.has(command) || command.getOptionValue('config') !== undefined) return;
  const file = standardConfig(env);
  if (file === undefined) {
    throw usageError(
      `which configuration? give --config FILE or WEIR_CONFIG, or go where a weir.yaml is; ${programName(env)} init writes one`,
    );
  }
  stderr.write(`weir: using ${file}\n`);
  command.setOptionValueWithSource('config', file, 'default');
}

/** The file that is meant when none is named; undefined where there is none. */
export function standardConfig(env: Surroundings['env']): string | undefined {
  const named = env['WEIR_CONFIG'] ?? '';
  if (named !== '') return named;
  return existsSync(standardFile) ? standardFile : undefined;
}
