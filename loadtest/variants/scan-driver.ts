import { Client, types } from 'cassandra-driver';
import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { runClosedLoop } from '../closed-loop.ts';
import { itemColumns, keyspace } from '../dataset.ts';
import { driverOptions } from '../driver-options.ts';
import type { ScanTally } from '../scan-tally.ts';
import { itemFromRow } from './driver-item.ts';
import { pageSize, type ScanVariant, type TokenSplit } from './scan-variant.ts';

/** The driver's own paging; any node of the datacenter coordinates a page, in turn. */
class DriverScan implements ScanVariant {
  readonly name: string;
  readonly #client: Client;
  readonly #query: string;
  readonly #atOnce: number;
  readonly #tellRanges: () => Promise<readonly (readonly unknown[])[]>;
  #ranges: readonly (readonly unknown[])[] = [];
  #pages = 0;
  #scans = 0;

  /** A range is the values of the query's parameters. */
  constructor(
    name: string,
    cluster: RunningCluster,
    query: string,
    atOnce: number,
    tellRanges: () => Promise<readonly (readonly unknown[])[]>,
  ) {
    this.name = name;
    this.#client = new Client(driverOptions(cluster));
    this.#query = query;
    this.#atOnce = atOnce;
    this.#tellRanges = tellRanges;
  }

  async start(): Promise<void> {
    await this.#client.connect();
    this.#ranges = await this.#tellRanges();
  }

  async scan(tally: ScanTally): Promise<void> {
    await runClosedLoop({ count: this.#ranges.length, inFlight: this.#atOnce }, (index) =>
      this.#readAll(this.#ranges[index] ?? [], tally),
    );
    this.#scans += 1;
  }

  pagesPerScan(): Promise<number> {
    return Promise.resolve(this.#pages / this.#scans);
  }

  proxyCpuSeconds(): number {
    return 0;
  }

  stop(): Promise<void> {
    return this.#client.shutdown();
  }

  #readAll(values: readonly unknown[], tally: ScanTally): Promise<void> {
    const options = { prepare: true, autoPage: true, fetchSize: pageSize };
    return new Promise((resolve, reject) => {
      this.#client.eachRow(
        this.#query,
        [...values],
        options,
        (numberInPage, row) => {
          if (numberInPage === 0) this.#pages += 1;
          try {
            tally.take(String(row['id']), () => itemFromRow(row));
          } catch (error) {
            reject(error);
          }
        },
        (error) => (error ? reject(error) : resolve()),
      );
    });
  }
}

function select(table: string): string {
  return `SELECT ${itemColumns.join(', ')} FROM ${keyspace}.${table}`;
}

/** One page after another through the whole table. */
export function scanSequentially(cluster: RunningCluster, table: string): ScanVariant {
  return new DriverScan('eachRow', cluster, select(table), 1, async () => [[]]);
}

/** The splits of another, so many at once. */
export function scanSplitsByAny(
  cluster: RunningCluster,
  table: string,
  atOnce: number,
  tellSplits: () => Promise<readonly TokenSplit[]>,
): ScanVariant {
  const query = `${select(table)} WHERE token(id) > ? AND token(id) <= ?`;
  return new DriverScan('splits-any', cluster, query, atOnce, async () =>
    (await tellSplits()).map(({ start, end }) => [types.Long.fromString(start), types.Long.fromString(end)]),
  );
}
