import type { Command } from 'commander';
import type { RowCacheStats } from '../core/cache/row-cache.ts';
import { type AdminOptions, type AdminPort, findAdminPort, withAdminOptions } from './admin-call.ts';
import { byteText } from './byte-text.ts';
import { failure } from './cli-error.ts';
import { examples } from './examples.ts';
import { parseObject } from './problem-text.ts';
import type { Surroundings } from './surroundings.ts';

export function addCacheStats(parent: Command, surroundings: Surroundings): void {
  const stats = parent
    .command('stats')
    .description('Shows what the row cache of a running Weir holds, and how often it answered.')
    .option('--json', 'print the answer as it came');
  withAdminOptions(stats)
    .addHelpText(
      'after',
      examples(
        'weir cache stats --config weir.yaml',
        'weir cache stats --admin-url http://127.0.0.1:8081 --json',
      ),
    )
    .action(async (options: AdminOptions & { json?: true }) => {
      const { stats, text } = await askCacheStats(await findAdminPort(options, surroundings));
      surroundings.stdout.write(options.json ? `${text}\n` : formatStats(stats));
    });
}

/** Rejects with a `CliError`. `text` is the answer as it came. */
export async function askCacheStats(
  admin: AdminPort,
): Promise<{ readonly stats: RowCacheStats; readonly text: string }> {
  const { text } = await admin.call({ path: '/admin/v1/cache', method: 'GET' });
  const stats = parseObject(text) as Partial<RowCacheStats> | undefined;
  if (typeof stats?.partitions !== 'number' || typeof stats.maxBytes !== 'number') {
    throw failure('the answer tells of no cache; is this the address of an admin port?');
  }
  return { stats: stats as RowCacheStats, text };
}

function formatStats(stats: RowCacheStats): string {
  const { partitions, missingPartitions, bytes, missingBytes, maxBytes } = stats;
  const { hits, misses, joined, stale, evictions, droppedFills, invalidations = 0, gaps = 0 } = stats;
  const asked = hits + misses;
  const lines = [
    `partitions  ${partitions}, ${missingPartitions} of them without a row`,
    `memory      ${byteText(bytes)} of ${byteText(maxBytes)}, ${byteText(missingBytes)} of it for missing rows`,
    `hits        ${asked === 0 ? 'no key was asked for yet' : `${((100 * hits) / asked).toFixed(1)} % of ${asked} keys`}`,
    `misses      ${misses}; ${joined} joined a read under way, ${stale} were answered beyond their time`,
    `pushed out  ${evictions} for want of room`,
    `not kept    ${droppedFills}, invalidated while they were read`,
    `fleet       ${invalidations} invalidations from other instances; gaps: ${gaps}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}
