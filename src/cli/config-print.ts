import type { Command } from 'commander';
import type { SettingOrigin } from '../core/administration.ts';
import { type ConfigOptions, withConfigOptions } from './config-options.ts';
import { examples } from './examples.ts';
import { paintFor } from './paint.ts';
import { printableText } from './printable-text.ts';
import type { Surroundings } from './surroundings.ts';
import { formatTextTable } from './text-table.ts';

export function addConfigPrint(parent: Command, surroundings: Surroundings): void {
  const { env, stdout } = surroundings;
  const print = parent
    .command('print')
    .description('Prints the effective configuration, defaults filled in and secrets masked.')
    .option('--origins', 'print each setting with where it came from, and whether a change needs a restart')
    .option('--json', 'print JSON in place of YAML');
  withConfigOptions(print)
    .addHelpText(
      'after',
      examples(
        'weir config print --config weir.yaml --origins',
        'weir config print --config weir.yaml --set data.port=9090 --json',
      ),
    )
    .action(
      async ({
        config: file,
        set,
        json,
        origins: wanted,
      }: ConfigOptions & { json?: true; origins?: true }) => {
        const { loadConfigAndSettings } = await import('../config/load.ts');
        const { maskSettings } = await import('../config/masked-settings.ts');
        const { settings, origins } = loadConfigAndSettings({ file, env, flags: set ?? [] });
        const masked = maskSettings(settings);
        if (wanted) {
          const shown = origins.map((origin) => ({ ...origin, value: valueAt(masked, origin.path) }));
          stdout.write(json ? `${JSON.stringify(shown)}\n` : formatOrigins(shown, surroundings));
          return;
        }
        const { stringify } = await import('yaml');
        stdout.write(json ? `${JSON.stringify(masked)}\n` : stringify(masked));
      },
    );
}

function valueAt(tree: unknown, path: readonly string[]): unknown {
  let value = tree;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function formatOrigins(
  origins: readonly (SettingOrigin & { readonly value: unknown })[],
  { stdout, env }: Surroundings,
): string {
  const paint = paintFor(stdout, env);
  const lines = origins.map(({ path, source, place, reloadable, value }) => [
    printableText(path.join('.')),
    printableText(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')),
    source === 'default' ? paint('dim', 'default') : printableText(place),
    reloadable ? 'at once' : paint('yellow', 'at a restart'),
  ]);
  return formatTextTable(['setting', 'value', 'from', 'a change takes effect'], lines, paint);
}
