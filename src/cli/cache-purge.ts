import type { Command } from 'commander';
import type { InvalidationReach } from '../core/cache/invalidation-follower.ts';
import { type AdminOptions, type AdminPort, findAdminPort, withAdminOptions } from './admin-call.ts';
import { askCacheStats } from './cache-stats.ts';
import { CliError, failure, usageError } from './cli-error.ts';
import { collect } from './config-options.ts';
import { examples } from './examples.ts';
import { type AskedKey, inBatches, parseTableName, readKeys } from './look-up-arguments.ts';
import { parseObject } from './problem-text.ts';
import type { Surroundings } from './surroundings.ts';

interface PurgeOptions extends AdminOptions {
  readonly key?: readonly string[];
  readonly dryRun?: true;
  readonly json?: true;
}

/** As many as the admin port takes in one request, */
const keysPerRequest = 1_000;
/**
 * and as many characters: of its bound in bytes what is left if all of them take three, and room for what is around.
 */
const charactersPerRequest = 340_000;

export function addCachePurge(parent: Command, surroundings: Surroundings): void {
  const purge = parent
    .command('purge')
    .description(
      'Drops the cached rows of a table, or of some of its keys, from the caches of all instances of Weir that share a Redis; without one, or where it cannot be reached, of the instance that is asked, and a warning says so. The room that a whole table took is used again as new rows come, not at once.',
    )
    .argument('<keyspace.table>', 'the table')
    .option(
      '--key <key>',
      'a key as text or JSON; may be given again; a - reads them from the standard input, one a line; default: all',
      collect,
    )
    .option(
      '--dry-run',
      'drop nothing; say what would be asked for, and that the instance can be reached; whether it would be granted is not asked',
    )
    .option('--json', 'print one JSON object');
  withAdminOptions(purge)
    .addHelpText(
      'after',
      examples(
        'weir cache purge shop.products --dry-run',
        `weir cache purge shop.products --key sku-1 --key '{"sku":"sku-2"}' --admin-key-file operator.key`,
      ),
    )
    .action(async (name: string, options: PurgeOptions) => {
      const { keyspace, table } = parseTableName(name);
      const admin = await findAdminPort(options, surroundings);
      const task = { admin, path: `/admin/v1/cache/${keyspace}/${table}`, dryRun: options.dryRun === true };
      const purged =
        options.key === undefined
          ? await purgeTable(task)
          : await purgeKeys(task, readKeys(options.key, surroundings.stdin));
      const { partitions, reach } = purged;
      surroundings.stdout.write(
        options.json
          ? `${JSON.stringify({ table: name, partitions, reach, dryRun: task.dryRun })}\n`
          : purgeText(name, purged),
      );
      if (reach === 'instance') surroundings.stderr.write(reachWarning);
    });
}

const reachWarning =
  'warning: only the instance that was asked dropped them; others, if there are any, keep theirs until their time is over\n';

interface Purged {
  readonly partitions: number | 'all';
  /** `instance` where it was so of any request; null: nothing was dropped. */
  readonly reach: InvalidationReach | null;
}

interface Task {
  readonly admin: AdminPort;
  readonly path: string;
  readonly dryRun: boolean;
}

async function purgeTable({ admin, path, dryRun }: Task): Promise<Purged> {
  if (dryRun) {
    await askCacheStats(admin);
    return { partitions: 'all', reach: null };
  }
  return readReport((await admin.call({ path, method: 'DELETE' })).text);
}

/** Keys that name the same partition may be counted twice where they come in different requests. */
async function purgeKeys({ admin, path, dryRun }: Task, keys: ReturnType<typeof readKeys>): Promise<Purged> {
  if (dryRun) await askCacheStats(admin);
  let partitions = 0;
  let reach: InvalidationReach = 'fleet';
  let named = 0;
  const written = (key: AskedKey): number => JSON.stringify(key.key).length + 1;
  for await (const batch of inBatches(keys, keysPerRequest, { most: charactersPerRequest, of: written })) {
    const before = named;
    named += batch.length;
    if (dryRun) continue;
    const body = JSON.stringify({ keys: batch.map(({ key }) => key) });
    const answer = await admin.call({ path, method: 'DELETE', body }).catch((error: unknown) => {
      throw withPlace(error, before);
    });
    const dropped = readReport(answer.text);
    if (dropped.partitions === 'all') return dropped;
    partitions += dropped.partitions;
    if (dropped.reach === 'instance') reach = 'instance';
  }
  if (named === 0) throw usageError('no key came from the standard input, and nothing was dropped');
  return dryRun ? { partitions: named, reach: null } : { partitions, reach };
}

/** Keys go in several requests, of which the earlier ones have done their work. */
function withPlace(error: unknown, before: number): unknown {
  if (!(error instanceof CliError) || before === 0) return error;
  const message = `${error.message}\nthe first ${before} keys were dropped before this; places count from key ${before + 1} as 0`;
  return new CliError(message, error.exitCode, { cause: error });
}

function readReport(text: string): Purged {
  const { partitions, reach } = (parseObject(text) ?? {}) as { partitions?: unknown; reach?: unknown };
  if (partitions === 'all' || typeof partitions === 'number') {
    return { partitions, reach: reach === 'fleet' ? 'fleet' : 'instance' };
  }
  throw failure('the answer does not tell what was dropped; is this the address of an admin port?');
}

/** Keys that were not sent may name the same partition. */
function purgeText(name: string, { partitions, reach }: Purged): string {
  const dryRun = reach === null;
  const most = dryRun ? 'at most ' : '';
  const count = partitions === 1 ? '1 partition' : `${most}${partitions} partitions`;
  const what = partitions === 'all' ? name : `${count} of ${name}`;
  if (dryRun) return `would drop ${what}; nothing was dropped\n`;
  return `dropped what was kept of ${what}${reach === 'fleet' ? ', on every instance' : ''}\n`;
}
