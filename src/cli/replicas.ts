import type { Command } from 'commander';
import { examples } from './examples.ts';
import { keyText, ownersText } from './explain.ts';
import {
  askExplanation,
  type Explained,
  type ExplanationOptions,
  withExplanationOptions,
} from './explanation-call.ts';
import { createNodeLegend } from './node-legend.ts';
import { paintFor } from './paint.ts';
import type { Surroundings } from './surroundings.ts';
import { formatTextTable } from './text-table.ts';

export function addReplicas(parent: Command, surroundings: Surroundings): void {
  const replicas = parent
    .command('replicas')
    .description('Shows the token and the replicas of keys, as a running Weir knows them. Reads no row.')
    .option('--json', 'print one JSON array');
  withExplanationOptions(replicas)
    .addHelpText(
      'after',
      examples(
        'weir replicas shop.products sku-1 sku-2 --application storefront',
        `weir replicas shop.products '{"sku":"sku-1"}' --application storefront --json`,
      ),
    )
    .action(async (name: string, given: readonly string[], options: ExplanationOptions) => {
      const explained = await askExplanation(name, given, options, surroundings);
      const { stdout } = surroundings;
      stdout.write(
        options.json ? `${JSON.stringify(replicasOf(explained))}\n` : formatReplicas(explained, surroundings),
      );
    });
}

function replicasOf({ asked, explanation }: Explained): readonly unknown[] {
  return explanation.keys.map(({ positions, token, owners }) => ({
    key: asked[positions[0] ?? 0]?.key,
    token,
    owners,
  }));
}

/** A line a key, and under them the nodes. */
function formatReplicas({ asked, explanation }: Explained, { stdout, env }: Surroundings): string {
  const paint = paintFor(stdout, env);
  const legend = createNodeLegend(paint);
  const lines = explanation.keys.map(({ positions, token, owners }) => [
    keyText(asked, positions),
    token,
    owners.length === 0 ? paint('red', 'unknown') : ownersText(owners, legend),
  ]);
  return `${formatTextTable(['key', 'token', 'owners'], lines, paint)}\n${legend.format()}`;
}
