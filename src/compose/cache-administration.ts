import { limitTime } from '../admin/time-limit.ts';
import type { CacheAdministration } from '../core/administration.ts';
import type { Invalidation } from '../core/cache/invalidation.ts';
import type { InvalidationFollower, InvalidationReach } from '../core/cache/invalidation-follower.ts';
import { applyInvalidation } from '../core/cache/invalidation-parts.ts';
import type { RowCache } from '../core/cache/row-cache.ts';
import { readKey } from '../core/encoding/key-json.ts';
import type { TableSchema } from '../core/encoding/table-schema.ts';
import { ReplicaError, RequestError, type RequestFault } from '../core/errors.ts';
import type { Clock, SchemaReader, Text } from '../core/ports.ts';
import { keyIdentity } from '../core/reads/key-identity.ts';

export interface CacheAdministrationParts {
  readonly cache: Pick<RowCache, 'stats' | 'invalidatePartitions' | 'invalidateTable'>;
  /** Drops here and tells the fleet; undefined: there is none. */
  readonly publish?: InvalidationFollower['publish'] | undefined;
  readonly schema: SchemaReader;
  readonly clock: Clock;
  readonly text: Text;
}

/** Faults told at once, as of a look-up. */
const mostFaults = 100;

/** What the admin port shows of the row cache, and drops from it. */
export function createCacheAdministration({
  cache,
  publish,
  schema,
  clock,
  text,
}: CacheAdministrationParts): CacheAdministration {
  const drop = async (invalidation: Invalidation): Promise<InvalidationReach> => {
    if (publish !== undefined) return publish(invalidation);
    applyInvalidation(cache, invalidation);
    return 'instance';
  };
  return {
    stats: () => cache.stats(),
    purge: async ({ keyspace, table: name, keys }) => {
      // The one wait: who is told that it took too long can rely on nothing being dropped later.
      const table = await limitTime(clock, findTable(schema, keyspace, name));
      const partitions = keys === undefined ? 'all' : partitionsOf(keys, table, text);
      // An operator looks at what is there now: nothing has to settle.
      const reach = await drop({ keyspace, table: name, partitions, settleMs: 0 });
      return { partitions: partitions === 'all' ? 'all' : partitions.length, reach };
    },
  };
}

async function findTable(schema: SchemaReader, keyspace: string, name: string): Promise<TableSchema> {
  const table = await schema.table(keyspace, name).catch((error: unknown) => {
    if (!(error instanceof ReplicaError)) throw error;
    throw new RequestError('not-ready', 'the schema cannot be read from the cluster just now');
  });
  if (table === undefined) throw new RequestError('not-found', 'the cluster has no such table');
  return table;
}

/** By `keyIdentity`, each partition once, however many of its keys are named. Throws `invalid-request` with a fault for each bad key. */
function partitionsOf(keys: unknown, table: TableSchema, text: Text): readonly string[] {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw refusal([{ pointer: '/keys', detail: 'must be a list of at least one key' }]);
  }
  const faults: RequestFault[] = [];
  const partitions = new Set<string>();
  for (const [index, json] of keys.entries()) {
    if (faults.length >= mostFaults) break;
    const read = readKey(table, json, `/keys/${index}`, text);
    if ('faults' in read) {
      faults.push(...read.faults.slice(0, mostFaults - faults.length));
      continue;
    }
    // The components of the partition key come first in a whole primary key.
    partitions.add(keyIdentity(read.key.slice(0, table.partitionKey.length), text));
  }
  if (faults.length > 0) throw refusal(faults);
  return [...partitions];
}

function refusal(faults: readonly RequestFault[]): RequestError {
  return new RequestError('invalid-request', 'the keys do not have the expected form', faults);
}
