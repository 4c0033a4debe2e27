import { limitTime } from '../admin/time-limit.ts';
import type { CacheAdministration } from '../core/administration.ts';
import type { RowCache } from '../core/cache/row-cache.ts';
import { readKey } from '../core/encoding/key-json.ts';
import type { TableSchema } from '../core/encoding/table-schema.ts';
import { ReplicaError, RequestError, type RequestFault } from '../core/errors.ts';
import type { Clock, KeyBytes, SchemaReader, Text } from '../core/ports.ts';
import { keyIdentity } from '../core/reads/key-identity.ts';

export interface CacheAdministrationParts {
  readonly cache: RowCache;
  readonly schema: SchemaReader;
  readonly clock: Clock;
  readonly text: Text;
}

/** Faults told at once, as of a look-up. */
const mostFaults = 100;

/** What the admin port shows of the row cache, and drops from it. */
export function createCacheAdministration({
  cache,
  schema,
  clock,
  text,
}: CacheAdministrationParts): CacheAdministration {
  return {
    stats: () => cache.stats(),
    purge: async ({ keyspace, table: name, keys }) => {
      // The one wait: who is told that it took too long can rely on nothing being dropped later.
      const table = await limitTime(clock, findTable(schema, keyspace, name));
      if (keys === undefined) {
        cache.invalidateTable(keyspace, name);
        return { partitions: 'all' };
      }
      const partitions = partitionsOf(keys, table, text);
      for (const partition of partitions) cache.invalidate(table, partition);
      return { partitions: partitions.length };
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

/** Each partition once, however many of its keys are named. Throws `invalid-request` with a fault for each bad key. */
function partitionsOf(keys: unknown, table: TableSchema, text: Text): readonly KeyBytes[] {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw refusal([{ pointer: '/keys', detail: 'must be a list of at least one key' }]);
  }
  const faults: RequestFault[] = [];
  const partitions = new Map<string, KeyBytes>();
  for (const [index, json] of keys.entries()) {
    if (faults.length >= mostFaults) break;
    const read = readKey(table, json, `/keys/${index}`, text);
    if ('faults' in read) {
      faults.push(...read.faults.slice(0, mostFaults - faults.length));
      continue;
    }
    // The components of the partition key come first in a whole primary key.
    const partition = read.key.slice(0, table.partitionKey.length);
    partitions.set(keyIdentity(partition, text), partition);
  }
  if (faults.length > 0) throw refusal(faults);
  return [...partitions.values()];
}

function refusal(faults: readonly RequestFault[]): RequestError {
  return new RequestError('invalid-request', 'the keys do not have the expected form', faults);
}
