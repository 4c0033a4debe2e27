import type { Command } from 'commander';
import { stringify } from 'yaml';
import { loadConfigAndSettings } from '../config/load.ts';
import { maskSettings } from '../config/masked-settings.ts';
import { type ConfigOptions, withConfigOptions } from './config-options.ts';
import { examples } from './examples.ts';
import type { Surroundings } from './surroundings.ts';

export function addConfigPrint(parent: Command, { env, stdout }: Surroundings): void {
  const print = parent
    .command('print')
    .description('Prints the effective configuration, defaults filled in and secrets masked.')
    .option('--json', 'print JSON in place of YAML');
  withConfigOptions(print)
    .addHelpText(
      'after',
      examples(
        'weir config print --config weir.yaml',
        'weir config print --config weir.yaml --set data.port=9090 --json',
      ),
    )
    .action(({ config, set, json }: ConfigOptions & { json?: true }) => {
      const { settings } = loadConfigAndSettings({ file: config, env, flags: set ?? [] });
      const masked = maskSettings(settings);
      stdout.write(json ? `${JSON.stringify(masked)}\n` : stringify(masked));
    });
}
