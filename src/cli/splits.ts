import type { Command } from 'commander';
import { type CallerOptions, identityHeaders, withCallerOptions } from './caller-identity.ts';
import { examples } from './examples.ts';
import { findInstance, type InstanceOptions, withInstanceOptions } from './instance.ts';
import { parseTableName } from './look-up-arguments.ts';
import { parseCount } from './option-values.ts';
import { type Paint, paintFor } from './paint.ts';
import { printableText } from './printable-text.ts';
import { askSplits, type ToldSplits } from './splits-call.ts';
import type { Surroundings } from './surroundings.ts';
import { formatTextTable } from './text-table.ts';

interface SplitsOptions extends InstanceOptions, CallerOptions {
  readonly table: string;
  readonly target?: number;
  readonly json?: true;
}

export function addSplits(parent: Command, surroundings: Surroundings): void {
  const splits = parent
    .command('splits')
    .description(
      'Divides a table into ranges of tokens for a job that scans them side by side. Each range is printed as weir scan --split takes it, with the nodes that have most of it and how much is estimated to be in it: partitions, which are fewer than rows where the table has a clustering key.',
    )
    .requiredOption('--table <keyspace.table>', 'the table')
    .option('--target <count>', 'splits wanted, up to 10000; default: 64', parseCount);
  withCallerOptions(splits).option('--json', 'print the answer as it came');
  withInstanceOptions(splits, 'data')
    .addHelpText(
      'after',
      examples(
        'weir splits --table shop.products --target 8 --application nightly-report',
        'weir splits --table shop.products --credential-file report.key --json',
      ),
    )
    .action(async (options: SplitsOptions) => {
      const { stdout, stderr, env } = surroundings;
      const name = parseTableName(options.table);
      const identity = identityHeaders(options, surroundings);
      const instance = await findInstance(options, 'data', surroundings);
      const { told, text } = await askSplits(instance, { ...name, identity, target: options.target });
      if (options.json) {
        stdout.write(`${text}\n`);
        return;
      }
      stdout.write(formatSplits(told, paintFor(stdout, env)));
      stderr.write(summaryText(told));
    });
}

function formatSplits({ splits }: ToldSplits, paint: Paint): string {
  const lines = splits.map(({ id, start, end, owners, estimatedRows }) => [
    id,
    `${start},${end}`,
    estimatedRows === null ? '-' : String(estimatedRows),
    owners.join(' '),
  ]);
  const shown = lines.map((cells) => cells.map(printableText));
  return formatTextTable(['split', 'range', 'partitions', 'owners'], shown, paint);
}

function summaryText({ splits, ringEpoch }: ToldSplits): string {
  const estimates = splits.map(({ estimatedRows }) => estimatedRows);
  const known = estimates.filter((rows) => rows !== null);
  const total = known.reduce((sum, rows) => sum + rows, 0);
  const size = known.length === 0 ? 'nothing is estimated' : `about ${total} partitions`;
  return `${splits.length} splits, ${size}, ring epoch ${ringEpoch}\n`;
}
