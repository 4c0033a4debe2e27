import type { Command } from 'commander';

export interface ConfigOptions {
  readonly config: string;
  readonly set?: readonly string[];
}

/** The options of every verb that reads a configuration. */
export function withConfigOptions(command: Command): Command {
  return command
    .requiredOption('-c, --config <file>', 'the configuration, YAML')
    .option(
      '--set <path=value>',
      'change one setting, for example data.port=9090; may be given again',
      (value: string, before: readonly string[] = []) => [...before, value],
    );
}
