import { describe, expect, it } from 'vitest';
import type { TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { ReplicaError } from '../../../src/core/errors.ts';
import type { SizeEstimate } from '../../../src/core/ports.ts';
import { keepEstimates } from '../../../src/core/scans/split-estimates.ts';
import { largestToken, smallestToken } from '../../../src/core/token/token.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const tableNamed = (name: string): TableSchema => ({
  keyspace: 'shop',
  name,
  partitionKey: [],
  clusteringKey: [],
  columns: [],
});
const products = tableNamed('products');
const some: readonly SizeEstimate[] = [
  { after: smallestToken, upTo: largestToken, partitions: 7, meanPartitionBytes: 1 },
];

function open(answer: () => Promise<readonly SizeEstimate[]> = async () => some) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const faults: unknown[] = [];
  const estimatesOf = keepEstimates({
    estimator: {
      sizeEstimates: ({ name }, datacenter) => {
        asked.push(`${name} in ${datacenter}`);
        return answer();
      },
    },
    clock,
    telemetry: { unexpected: (error) => faults.push(error) },
  });
  return { clock, asked, faults, estimatesOf };
}

describe('estimates', () => {
  it('are kept for ten seconds, for each table and datacenter', async () => {
    const { clock, asked, estimatesOf } = open();
    for (let second = 0; second < 10; second += 1) {
      expect(await estimatesOf(products, 'dc1')).toBe(some);
      await clock.advance(999);
    }
    expect(asked).toEqual(['products in dc1']);
    await clock.advance(10);
    await estimatesOf(products, 'dc1');
    await estimatesOf(products, 'dc2');
    await estimatesOf(tableNamed('orders'), 'dc1');
    expect(asked.slice(1)).toEqual(['products in dc1', 'products in dc2', 'orders in dc1']);
  });

  it('are asked for once by all who want them meanwhile, however long it takes', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly SizeEstimate[]>();
    const { clock, asked, estimatesOf } = open(() => promise);
    const waiting = [estimatesOf(products, 'dc1')];
    await clock.advance(60_000);
    waiting.push(estimatesOf(products, 'dc1'));
    resolve(some);
    expect(await Promise.all(waiting)).toEqual([some, some]);
    expect(asked).toHaveLength(1);
  });

  it('that cannot be had are none, and asked for again after a second', async () => {
    const { clock, asked, faults, estimatesOf } = open(async () => {
      throw new ReplicaError('node-gone');
    });
    expect(await estimatesOf(products, 'dc1')).toEqual([]);
    await clock.advance(999);
    await estimatesOf(products, 'dc1');
    expect(asked).toHaveLength(1);
    await clock.advance(2);
    await estimatesOf(products, 'dc1');
    expect(asked).toHaveLength(2);
    expect(faults).toEqual([]);
  });

  it.each([
    ['rejects', () => Promise.reject(new TypeError('a fault'))],
    [
      'throws',
      () => {
        throw new TypeError('a fault');
      },
    ],
  ])('of an adapter that %s with a fault of its own are none, and it is told', async (_, answer) => {
    const { faults, estimatesOf } = open(answer);
    expect(await estimatesOf(products, 'dc1')).toEqual([]);
    expect(faults).toEqual([new TypeError('a fault')]);
  });

  it('are kept of 64 tables, the latest ones', async () => {
    const { asked, estimatesOf } = open();
    for (let table = 0; table < 65; table += 1) await estimatesOf(tableNamed(`t${table}`), 'dc1');
    await estimatesOf(tableNamed('t1'), 'dc1');
    expect(asked).toHaveLength(65);
    await estimatesOf(tableNamed('t0'), 'dc1');
    expect(asked).toHaveLength(66);
  });
});
