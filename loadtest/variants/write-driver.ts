import { Client, type policies, types } from 'cassandra-driver';
import type { RunningCluster } from '../../topology/launcher/provider.ts';
import type { Item } from '../dataset.ts';
import { driverOptions, roundRobin, tokenAware } from '../driver-options.ts';
import { insertedValues, insertInto } from '../scan-tables.ts';
import type { WriteVariant } from './write-variant.ts';

const options = {
  prepare: true,
  isIdempotent: true,
  consistency: types.consistencies.localQuorum,
};

/** The driver used directly. */
class DriverWrite implements WriteVariant {
  readonly name: string;
  readonly #client: Client;
  readonly #send: (
    client: Client,
    items: readonly Item[],
  ) => readonly { rows: number; sent: Promise<unknown> }[];
  #firstFault: string | undefined;

  /** `send` gives the messages of one write, each with the rows that fail with it. */
  constructor(
    name: string,
    cluster: RunningCluster,
    loadBalancing: policies.loadBalancing.LoadBalancingPolicy,
    send: (client: Client, items: readonly Item[]) => readonly { rows: number; sent: Promise<unknown> }[],
  ) {
    this.name = name;
    this.#client = new Client(driverOptions(cluster, loadBalancing));
    this.#send = send;
  }

  get firstFault(): string | undefined {
    return this.#firstFault;
  }

  start(): Promise<void> {
    return this.#client.connect();
  }

  async write(items: readonly Item[]): Promise<number> {
    const failed = await Promise.all(
      this.#send(this.#client, items).map(({ rows, sent }) =>
        sent.then(
          () => 0,
          (error: unknown) => {
            this.#firstFault ??= error instanceof Error ? error.message : String(error);
            return rows;
          },
        ),
      ),
    );
    return failed.reduce((total, rows) => total + rows, 0);
  }

  proxyCpuSeconds(): number {
    return 0;
  }

  stop(): Promise<void> {
    return this.#client.shutdown();
  }
}

/** An insert a row, all of them at once, each to an owner of its row. */
export function writeSingly(cluster: RunningCluster, table: string): WriteVariant {
  const insert = insertInto(table);
  return new DriverWrite('single-token-aware', cluster, tokenAware(), (client, items) =>
    items.map((item) => ({ rows: 1, sent: client.execute(insert, [...insertedValues(item)], options) })),
  );
}

/** One unlogged batch for all rows; any node of the datacenter coordinates, in turn. */
export function writeInOneBatch(cluster: RunningCluster, table: string): WriteVariant {
  const query = insertInto(table);
  return new DriverWrite('batch-any', cluster, roundRobin(), (client, items) => {
    const inserts = items.map((item) => ({ query, params: [...insertedValues(item)] }));
    return [{ rows: items.length, sent: client.batch(inserts, { ...options, logged: false }) }];
  });
}
