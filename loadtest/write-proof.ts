import { Client, types } from 'cassandra-driver';
import type { RunningCluster } from '../topology/launcher/provider.ts';
import { type Item, itemColumns, keyspace } from './dataset.ts';
import { driverOptions } from './driver-options.ts';
import { createKeyspace } from './filling.ts';
import { createTable } from './scan-tables.ts';
import { checkItem } from './scan-tally.ts';
import { itemFromRow } from './variants/driver-item.ts';

/** Makes the table that writes go to, and reads back what was written: a write that does nothing would be the cheapest. */
export class WriteProof {
  readonly name = 'proof';
  readonly #client: Client;
  readonly #table: string;
  readonly #query: string;

  constructor(cluster: RunningCluster, table: string) {
    this.#client = new Client(driverOptions(cluster));
    this.#table = table;
    this.#query = `SELECT ${itemColumns.join(', ')} FROM ${keyspace}.${table} WHERE id = ?`;
  }

  /** Then there is the table, with nothing in it. */
  async start(): Promise<void> {
    await this.#client.connect();
    await this.#client.execute(createKeyspace);
    await this.#client.execute(createTable(this.#table));
    await this.#client.execute(`TRUNCATE ${keyspace}.${this.#table}`);
  }

  /** Throws unless the table has these rows. */
  async check(items: readonly Item[]): Promise<void> {
    const options = { prepare: true, consistency: types.consistencies.localQuorum };
    for (const item of items) {
      const row = (await this.#client.execute(this.#query, [item.id], options)).first();
      if (row === null) throw new Error(`${item.id} was not written`);
      checkItem(itemFromRow(row), item);
    }
  }

  stop(): Promise<void> {
    return this.#client.shutdown();
  }
}
