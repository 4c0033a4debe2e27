import type { Command } from 'commander';
import type { KeyToken } from '../compose/key-token.ts';
import { usageError } from './cli-error.ts';
import { collect } from './config-options.ts';
import { examples } from './examples.ts';
import type { Surroundings } from './surroundings.ts';

export function addToken(parent: Command, { stdout }: Surroundings): void {
  parent
    .command('token')
    .description(
      'Prints the Murmur3 token of partition keys, one a line, as Cassandra computes it. Asks nobody.',
    )
    .argument(
      '<value...>',
      'the key; further keys may follow. Texts and numbers as they are, the rest as JSON',
    )
    .requiredOption('--type <type>', 'CQL type of the key; given again for each further component', collect)
    .option('--json', 'print one JSON array, with the bytes of each key')
    .addHelpText(
      'after',
      examples(
        'weir token --type text sku-1 sku-2',
        'weir token --type uuid --type int --json 5b6962dd-3f90-4c93-8f61-eabfa4a803e2 2026',
      ),
    )
    .action(
      async (values: readonly string[], { type: types, json }: { type: readonly string[]; json?: true }) => {
        const { computeToken } = await import('../compose/key-token.ts');
        const keys = splitKeys(values, types.length);
        const tokens = keys.map((components, index) => {
          const outcome = computeToken(types, components);
          if ('fault' in outcome) throw usageError(placeFault(outcome, index, keys.length, types.length));
          return outcome;
        });
        stdout.write(json ? formatJson(keys, tokens) : tokens.map(({ token }) => `${token}\n`).join(''));
      },
    );
}

/** Each key takes as many values as there are types. */
function splitKeys(values: readonly string[], components: number): readonly (readonly string[])[] {
  if (values.length % components !== 0) {
    throw usageError(
      `a key has ${components} components, one for each --type; ${values.length} values were given`,
    );
  }
  return Array.from({ length: values.length / components }, (_, index) =>
    values.slice(index * components, (index + 1) * components),
  );
}

function placeFault(
  { component, fault }: { readonly component: number | undefined; readonly fault: string },
  index: number,
  keys: number,
  components: number,
): string {
  const place = [
    ...(keys > 1 ? [`key ${index + 1}`] : []),
    ...(component === undefined || components === 1 ? [] : [`component ${component + 1}`]),
  ].join(', ');
  return place === '' ? fault : `${place}: ${fault}`;
}

function formatJson(keys: readonly (readonly string[])[], tokens: readonly KeyToken[]): string {
  const shown = tokens.map(({ token, bytes }, index) => ({
    key: keys[index],
    token,
    bytes: `0x${Buffer.from(bytes).toString('hex')}`,
  }));
  return `${JSON.stringify(shown)}\n`;
}
