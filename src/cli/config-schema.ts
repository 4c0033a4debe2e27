import type { Command } from 'commander';
import { examples } from './examples.ts';
import type { Surroundings } from './surroundings.ts';

export function addConfigSchema(parent: Command, { stdout }: Surroundings): void {
  parent
    .command('schema')
    .description('Prints the JSON Schema of the configuration, for editors and other tools.')
    .option('--json', 'print it on one line')
    .addHelpText('after', examples('weir config schema > weir.schema.json', 'weir config schema --json'))
    .action(async ({ json }: { json?: true }) => {
      const { configJsonSchema } = await import('../config/json-schema.ts');
      const schema = configJsonSchema();
      stdout.write(`${json ? JSON.stringify(schema) : JSON.stringify(schema, null, 2)}\n`);
    });
}
