import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NodeQuery, readSizeEstimates } from '../../../src/adapters/cassandra/size-estimates.ts';
import { ReplicaError } from '../../../src/core/errors.ts';
import type { SizeEstimate } from '../../../src/core/ports.ts';
import { compareTokens, tokenToDecimal } from '../../../src/core/token/token.ts';
import { driverRow, tableOf } from './tables.ts';

const table = tableOf({ sku: 'text' });
const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;
type Range = readonly [after: bigint, upTo: bigint, partitions: number];

function nodeWith(...ranges: readonly Range[]): NodeQuery {
  return async () =>
    ranges.map(([after, upTo, partitions]) =>
      driverRow({
        range_start: String(after),
        range_end: String(upTo),
        partitions_count: BigInt(partitions),
        mean_partition_size: 100n,
      }),
    );
}

const failing =
  (kind: ConstructorParameters<typeof ReplicaError>[0]): NodeQuery =>
  async () => {
    throw new ReplicaError(kind);
  };

function shown(estimates: readonly SizeEstimate[]): Range[] {
  return estimates.map(({ after, upTo, partitions }) => [
    BigInt(tokenToDecimal(after)),
    BigInt(tokenToDecimal(upTo)),
    partitions,
  ]);
}

const read = async (...nodes: NodeQuery[]): Promise<Range[]> => shown(await readSizeEstimates(nodes, table));

describe('size estimates', () => {
  it('are those of all nodes, in token order', async () => {
    expect(await read(nodeWith([20n, 30n, 2], [0n, 10n, 1]), nodeWith([10n, 20n, 3]))).toEqual([
      [0n, 10n, 1],
      [10n, 20n, 3],
      [20n, 30n, 2],
    ]);
    expect(await readSizeEstimates([nodeWith([0n, 10n, 1])], table)).toMatchObject([
      { partitions: 1, meanPartitionBytes: 100 },
    ]);
  });

  it('end at the largest token where Cassandra writes the smallest', async () => {
    expect(await read(nodeWith([50n, smallest, 7]))).toEqual([[50n, largest, 7]]);
  });

  it('are two where a range goes across the seam, each with its share', async () => {
    const quarter = 2n ** 61n;
    expect(await read(nodeWith([largest - quarter, smallest + 3n * quarter, 8]))).toEqual([
      [smallest, smallest + 3n * quarter, 6],
      [largest - quarter, largest, 2],
    ]);
  });

  it('are the whole ring where a range ends as it starts', async () => {
    expect(await read(nodeWith([0n, 0n, 10]))).toEqual([
      [smallest, 0n, 5],
      [0n, largest, 5],
    ]);
    expect(await read(nodeWith([smallest, smallest, 10]))).toEqual([[smallest, largest, 10]]);
  });

  it('lose what another has, while a node does not know of a new one', async () => {
    expect(await read(nodeWith([0n, 100n, 50]), nodeWith([0n, 40n, 20]))).toEqual([
      [0n, 40n, 20],
      [40n, 100n, 30],
    ]);
    expect(await read(nodeWith([0n, 100n, 50]), nodeWith([10n, 40n, 20]))).toEqual([[0n, 100n, 50]]);
  });

  it('never overlap', async () => {
    const range = fc.tuple(
      fc.bigInt({ min: smallest, max: largest }),
      fc.bigInt({ min: smallest, max: largest }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(range, { maxLength: 30 }), async (ranges) => {
        const nodes = ranges.map(([after, upTo]) => nodeWith([after, upTo, 9]));
        const estimates = nodes.length === 0 ? [] : await readSizeEstimates(nodes, table);
        for (const [index, { after, upTo, partitions }] of estimates.entries()) {
          expect(compareTokens(after, upTo)).toBeLessThan(0);
          expect(Number.isSafeInteger(partitions) && partitions >= 0).toBe(true);
          const former = estimates[index - 1];
          if (former !== undefined) expect(compareTokens(former.upTo, after)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it('come from the table of before 4.0 where there is no other', async () => {
    const asked: string[] = [];
    const older: NodeQuery = async (query) => {
      asked.push(`${/system\.\w+/.exec(query.text)?.[0]} ${query.parameters}`);
      if (query.text.includes('table_estimates')) throw new ReplicaError('rejected');
      return nodeWith([0n, 10n, 1])(query);
    };
    expect(await read(older)).toEqual([[0n, 10n, 1]]);
    expect(asked).toEqual(['system.table_estimates shop,products', 'system.size_estimates shop,products']);
  });

  it('are those of the nodes that answer', async () => {
    expect(await read(failing('client-timeout'), nodeWith([0n, 10n, 1]))).toEqual([[0n, 10n, 1]]);
    expect(await read(nodeWith())).toEqual([]);
  });

  it('cannot be had where no node answers', async () => {
    await expect(read()).rejects.toMatchObject({ kind: 'node-gone' });
    await expect(read(failing('client-timeout'))).rejects.toMatchObject({ kind: 'client-timeout' });
    await expect(read(failing('rejected'))).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('are asked of at most 16 nodes at once, and of all', async () => {
    let open = 0;
    let most = 0;
    let asked = 0;
    const node: NodeQuery = async () => {
      asked += 1;
      open += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      open -= 1;
      return [];
    };
    await readSizeEstimates(
      Array.from({ length: 50 }, () => node),
      table,
    );
    expect([most, asked]).toEqual([16, 50]);
  });
});
