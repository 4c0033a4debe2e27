import type { TableSchema } from '../../core/encoding/table-schema.ts';
import type { Clock } from '../../core/ports.ts';

/** Tables as last read. */
export interface SchemaBook {
  /** Rejects as `load` does where nothing is known of the table yet. */
  table(keyspace: string, table: string): Promise<TableSchema | undefined>;
  /** Something in the schema changed: what is known is read again when it is next asked for. */
  expire(): void;
}

export interface SchemaBookParts {
  readonly load: (keyspace: string, table: string) => Promise<TableSchema | undefined>;
  readonly clock: Clock;
  /** At most so many tables are remembered, those that do not exist included; the one unused for longest goes first. */
  readonly maxTables?: number;
  /** How long an unknown table is taken to stay unknown. */
  readonly unknownForMs?: number;
}

interface Entry {
  readonly schema: TableSchema | undefined;
  readonly epoch: number;
  readonly readAtMs: number;
}

/**
 * A schema object is replaced only by one with other content, since statements are kept by its identity.
 * What is known serves on while it is read again, and while it cannot be read: a change of some other table must
 * not hold up the look-ups of this one.
 */
export function createSchemaBook(parts: SchemaBookParts): SchemaBook {
  const { load, clock, maxTables = 1_000, unknownForMs = 1_000 } = parts;
  const entries = new Map<string, Entry>();
  const loading = new Map<string, Promise<TableSchema | undefined>>();
  /** Of known tables that could not be read again, when that was tried last. */
  const triedAtMs = new Map<string, number>();
  let epoch = 0;

  const remember = (id: string, entry: Entry): void => {
    entries.delete(id);
    entries.set(id, entry);
    const oldest = entries.size > maxTables ? entries.keys().next().value : undefined;
    if (oldest !== undefined) entries.delete(oldest);
  };

  const isFresh = (entry: Entry): boolean =>
    entry.epoch === epoch && (entry.schema !== undefined || clock.nowMs() - entry.readAtMs < unknownForMs);

  const triedLately = (id: string): boolean => {
    const tried = triedAtMs.get(id);
    if (tried === undefined) return false;
    if (clock.nowMs() - tried < unknownForMs) return true;
    triedAtMs.delete(id);
    return false;
  };

  const read = async (id: string, keyspace: string, table: string): Promise<TableSchema | undefined> => {
    // Taken before the read: a change while it is under way makes its result old at once.
    const epochRead = epoch;
    const known = entries.get(id)?.schema;
    try {
      const loaded = await load(keyspace, table);
      const schema = known && loaded && JSON.stringify(known) === JSON.stringify(loaded) ? known : loaded;
      remember(id, { schema, epoch: epochRead, readAtMs: clock.nowMs() });
      return schema;
    } catch (error) {
      if (known === undefined) throw error;
      triedAtMs.set(id, clock.nowMs());
      return known;
    }
  };

  return {
    table(keyspace, table) {
      const id = JSON.stringify([keyspace, table]);
      const entry = entries.get(id);
      if (entry !== undefined && isFresh(entry)) {
        remember(id, entry);
        return Promise.resolve(entry.schema);
      }
      const known = entry?.schema;
      if (known !== undefined && triedLately(id)) return Promise.resolve(known);
      let underWay = loading.get(id);
      if (underWay === undefined) {
        underWay = read(id, keyspace, table).finally(() => loading.delete(id));
        loading.set(id, underWay);
      }
      return known === undefined ? underWay : Promise.resolve(known);
    },
    expire() {
      epoch += 1;
    },
  };
}
