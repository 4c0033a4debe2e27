import type { Command } from 'commander';
import type { ExplainedNode, Explanation } from '../core/reads/explanation.ts';
import { examples } from './examples.ts';
import {
  askExplanation,
  type ExplanationOptions,
  withExplanationOptions,
  withLookUpOptions,
} from './explanation-call.ts';
import type { AskedKey } from './look-up-arguments.ts';
import { createNodeLegend, type NodeLegend } from './node-legend.ts';
import { type Paint, paintFor } from './paint.ts';
import { printableText } from './printable-text.ts';
import type { Surroundings } from './surroundings.ts';
import { formatTextTable } from './text-table.ts';

export function addExplain(parent: Command, surroundings: Surroundings): void {
  const explain = parent
    .command('explain')
    .description(
      'Shows what a look-up would do now: who owns its keys, who is asked for which. Reads no row.',
    )
    .option('--json', 'print the explanation as it came');
  withLookUpOptions(withExplanationOptions(explain))
    .addHelpText(
      'after',
      examples(
        'weir explain shop.products sku-1 sku-2 sku-3 --application storefront',
        'weir explain shop.products sku-1 --application nightly-report --admin-key-file viewer.key --json',
      ),
    )
    .action(async (name: string, given: readonly string[], options: ExplanationOptions) => {
      const { asked, explanation, text } = await askExplanation(name, given, options, surroundings);
      const { stdout, stderr, env } = surroundings;
      if (options.json) {
        stdout.write(`${text}\n`);
        return;
      }
      stdout.write(formatExplanation(asked, explanation, paintFor(stdout, env)));
      for (const warning of explanation.warnings) stderr.write(`warning: ${printableText(warning)}\n`);
    });
}

function formatExplanation(asked: readonly AskedKey[], explanation: Explanation, paint: Paint): string {
  const { keys, groups } = explanation;
  const legend = createNodeLegend(paint);
  const keyLines = keys.map((key) => [
    keyText(asked, key.positions),
    key.token,
    cacheText(key),
    groupText(key, paint),
    ownersText(key.owners, legend),
  ]);
  return [
    settingsText(explanation),
    ...(groups.length === 0 ? [] : [groupTable(groups, legend, paint)]),
    formatTextTable(['key', 'token', 'cache', 'group', 'owners'], keyLines, paint),
    legend.format(),
  ].join('\n');
}

function groupTable(groups: Explanation['groups'], legend: NodeLegend, paint: Paint): string {
  const lines = groups.map(({ node, keys: members, messages, expectedMs, hedgeAfterMs }, index) => [
    String(index + 1),
    legend.numberOf(node),
    String(members.length),
    String(messages),
    expectedMs === null ? '-' : `${expectedMs.toFixed(1)} ms`,
    hedgeAfterMs === null ? '-' : `${hedgeAfterMs.toFixed(1)} ms`,
  ]);
  const header = ['group', 'node', 'keys', 'messages', 'expected', 'hedged after'];
  const unmeasured = groups.some(({ expectedMs }) => expectedMs === null)
    ? 'expected -: not measured yet, look-ups of the table fill it in\n'
    : '';
  return `${formatTextTable(header, lines, paint)}${unmeasured}`;
}

type ExplainedKey = Explanation['keys'][number];

function cacheText({ cache, cacheAgeMs }: ExplainedKey): string {
  if (cache === 'off') return '-';
  return cacheAgeMs === null ? cache : `${cache} ${ageText(cacheAgeMs)}`;
}

function ageText(ageMs: number): string {
  return ageMs < 1_000 ? `${Math.round(ageMs)} ms` : `${Math.round(ageMs / 1_000)} s`;
}

/** A key that the cache answers goes to nobody, and need not. */
function groupText({ group, cache }: ExplainedKey, paint: Paint): string {
  if (group !== null) return String(group + 1);
  return cache === 'fresh' ? '-' : paint('red', 'none');
}

/** By their numbers in the legend; those that may be asked first. */
export function ownersText(owners: readonly ExplainedNode[], legend: NodeLegend): string {
  return owners.map((owner) => legend.numberOf(owner)).join(' ');
}

const widest = 100;

function settingsText(explanation: Explanation): string {
  const { keyspace, table, application, datacenters, consistency, grouping, ringEpoch } = explanation;
  const { speculativeRetry, hedgeBudget } = explanation;
  const bound = explanation.maxKeysPerGroup === null ? 'unbounded' : String(explanation.maxKeysPerGroup);
  const budget = `${Number((100 * hedgeBudget).toPrecision(3))} %`;
  return [
    `table        ${keyspace}.${table} for ${application}`,
    ...listLines('columns      ', explanation.columns),
    `reads from   ${datacenters.join(', then ')} at ${consistency}`,
    `groups       by ${grouping}, keys in a group at most: ${bound}; ring epoch ${ringEpoch}`,
    `speculation  ${speculativeRetry}, up to ${budget} more messages`,
    '',
  ]
    .map((line) => printableText(line))
    .join('\n');
}

/** A list under its title, on as many lines as it takes. */
function listLines(title: string, items: readonly string[]): readonly string[] {
  const lines = [title];
  for (const [index, item] of items.entries()) {
    const piece = index < items.length - 1 ? `${item},` : item;
    const line = lines.at(-1) ?? '';
    const isFirst = line.length === title.length;
    if (isFirst || line.length + 1 + piece.length <= widest)
      lines[lines.length - 1] = `${line}${isFirst ? '' : ' '}${piece}`;
    else lines.push(`${' '.repeat(title.length)}${piece}`);
  }
  return lines;
}

/** The key as it was given; a key that was given several times tells how often. */
export function keyText(asked: readonly AskedKey[], positions: readonly number[]): string {
  const text = printableText(asked[positions[0] ?? 0]?.text ?? '');
  return positions.length > 1 ? `${text} (${positions.length} times)` : text;
}
