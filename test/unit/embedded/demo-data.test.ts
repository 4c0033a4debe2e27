import { describe, expect, it } from 'vitest';
import { createDemoCluster } from '../../../src/adapters/embedded/demo-data.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { createRowCodec } from '../../../src/core/encoding/row-codec.ts';
import type { ReplicaRow } from '../../../src/core/ports.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

async function readProducts(numbers: readonly number[], seed = 1): Promise<readonly ReplicaRow[]> {
  const clock = createFakeClock();
  const cluster = createDemoCluster({
    clock,
    random: createSeededRandom(seed),
    text: nodeText,
    datacenters: [
      { name: 'us-east-1-frontend', nodes: 6 },
      { name: 'us-east-1-backend', nodes: 2 },
    ],
    seedRows: 200,
  });
  const table = await cluster.table('shop', 'products');
  const [node] = cluster.state().nodes;
  if (table === undefined || node === undefined) throw new Error('the demo has no table or no node');
  const statement = { table, keyColumns: table.partitionKey, columns: table.columns };
  const keys = numbers.map((number) => [nodeText.utf8(`sku-${number}`)]);
  const reading = cluster.read({ node, statement, keys, consistency: 'LOCAL_QUORUM', timeoutMs: 10_000 });
  const rows = await clock.runUntil(reading);
  expect(clock.nowMs()).toBeGreaterThan(0);
  return rows.toSorted((a, b) => (`${a.values[0]}` < `${b.values[0]}` ? -1 : 1));
}

describe('the demo', () => {
  it('has the products that it was asked for, and no more', async () => {
    const rows = await readProducts([0, 1, 50, 200, 201]);
    expect(rows.map((row) => row.values[0])).toEqual(['sku-1', 'sku-200', 'sku-50']);
  });

  it('has the same products whatever the ring', async () => {
    expect(await readProducts([1, 2, 3], 1)).toEqual(await readProducts([1, 2, 3], 99));
  });

  it('has products that can be written as JSON, some without a stock', async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
    const rows = await readProducts(numbers);
    const products = rows.map((row) => describeProduct(row));
    expect(products).toHaveLength(200);
    for (const product of products) {
      expect(product).toMatchObject({
        sku: expect.stringMatching(/^sku-[0-9]+$/),
        title: expect.stringMatching(/no\. [0-9]+$/),
        price: expect.stringMatching(/^[0-9]+\.[0-9]{2}$/),
        attributes: { colour: expect.any(String), material: expect.any(String) },
        updated_at: expect.stringMatching(/^2026-.*Z$/),
      });
    }
    expect(products.filter((product) => product.stock === null)).toHaveLength(4);
    expect(products.some((product) => (product.tags ?? []).length > 1)).toBe(true);
  });
});

const columnTypes = {
  sku: { kind: 'text' },
  attributes: { kind: 'map', key: { kind: 'text' }, value: { kind: 'text' } },
  price: { kind: 'decimal' },
  stock: { kind: 'int' },
  tags: { kind: 'set', element: { kind: 'text' } },
  title: { kind: 'text' },
  updated_at: { kind: 'timestamp' },
} as const;

const codec = createRowCodec(
  Object.entries(columnTypes).map(([name, type]) => ({ name, kind: 'regular', type, cqlType: '' })),
);

function describeProduct(row: ReplicaRow): { stock: number | null; tags: string[] | null } {
  return JSON.parse(codec.encode(row.values));
}
