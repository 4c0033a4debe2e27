import { Client, policies, types } from 'cassandra-driver';
import { type Item, itemColumns } from './dataset.ts';
import type { JobPlan, JobWay } from './job-plan.ts';
import type { JobSplit, JobWork, WriteOutcome } from './job-work.ts';

const leastToken = -(2n ** 63n);
const tokens = 2n ** 64n;

/**
 * A job that talks to Cassandra itself, as most do: token ranges page by page through any coordinator, and rows one by
 * one to an owner, those of a write at once.
 */
export class StraightWork implements JobWork {
  readonly #client: Client;
  readonly #plan: JobPlan;
  readonly #select: string;
  readonly #insert: string;

  constructor(plan: JobPlan, { datacenter, contactPoints }: Extract<JobWay, { kind: 'straight' }>) {
    const { keyspace, sourceTable, targetTable, pageSize } = plan;
    this.#plan = plan;
    const columns = itemColumns.join(', ');
    this.#select = `SELECT ${columns} FROM ${keyspace}.${sourceTable} WHERE token(id) > ? AND token(id) <= ?`;
    this.#insert = `INSERT INTO ${keyspace}.${targetTable} (${columns}) VALUES (${itemColumns.map(() => '?').join(', ')})`;
    const { DCAwareRoundRobinPolicy, TokenAwarePolicy } = policies.loadBalancing;
    this.#client = new Client({
      contactPoints: [...contactPoints],
      localDataCenter: datacenter,
      protocolOptions: { maxVersion: 4 },
      policies: { loadBalancing: new TokenAwarePolicy(new DCAwareRoundRobinPolicy(datacenter)) },
      queryOptions: { fetchSize: pageSize, prepare: true },
      socketOptions: { readTimeout: 30_000 },
    });
  }

  async open(): Promise<readonly JobSplit[]> {
    await this.#client.connect();
    return evenSplits(this.#plan.splits);
  }

  async scan({ start, end }: JobSplit, onRows: (count: number) => void): Promise<void> {
    const range = [types.Long.fromString(start), types.Long.fromString(end)];
    let pageState: string | undefined;
    do {
      const page = await this.#client.execute(this.#select, range, {
        consistency: types.consistencies.localOne,
        isIdempotent: true,
        ...(pageState === undefined ? {} : { pageState }),
      });
      onRows(page.rowLength);
      // Null after the last one, whatever the types say.
      pageState = page.pageState || undefined;
    } while (pageState !== undefined);
  }

  async write(rows: readonly Item[]): Promise<WriteOutcome> {
    await Promise.all(
      rows.map(({ id, title, body, price, stock }) =>
        this.#client.execute(this.#insert, [id, title, body, types.BigDecimal.fromString(price), stock], {
          consistency: types.consistencies.localQuorum,
          isIdempotent: true,
        }),
      ),
    );
    return { written: rows.length };
  }
}

/** The whole ring in ranges of the same width; the first token of all belongs to nobody. */
export function evenSplits(count: number): readonly JobSplit[] {
  const bound = (index: number): bigint => leastToken + (tokens * BigInt(index)) / BigInt(count);
  return Array.from({ length: count }, (_, index) => ({
    start: String(bound(index)),
    end: String(index === count - 1 ? leastToken + tokens - 1n : bound(index + 1)),
  }));
}
