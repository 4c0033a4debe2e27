import { Client } from 'cassandra-driver';
import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { checkItems } from '../dataset.ts';
import { driverOptions } from '../driver-options.ts';
import { itemFromRow, readRows, selectItems } from './driver-item.ts';
import type { LookUpVariant } from './look-up-variant.ts';

/** The driver with one `IN` for all keys, coordinated by any node of the datacenter in turn. */
export class InAnyVariant implements LookUpVariant {
  readonly name = 'in-any';
  readonly share = 1;
  readonly #client: Client;

  constructor(cluster: RunningCluster) {
    this.#client = new Client(driverOptions(cluster));
  }

  start(): Promise<void> {
    return this.#client.connect();
  }

  async lookUp(keys: readonly string[], thorough: boolean): Promise<void> {
    const { rows } = await readRows(this.#client, `${selectItems} IN ?`, keys);
    if (rows.length !== keys.length) throw new Error(`${rows.length} rows for ${keys.length} keys`);
    if (!thorough) return;
    const items = new Map(rows.map(itemFromRow).map((item) => [item.id, item]));
    checkItems(
      keys,
      keys.map((key) => items.get(key)),
    );
  }

  messagesPerLookUp(): number {
    return 1;
  }

  proxyCpuSeconds(): number {
    return 0;
  }

  stop(): Promise<void> {
    return this.#client.shutdown();
  }
}
