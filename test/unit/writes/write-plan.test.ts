import { describe, expect, it } from 'vitest';
import { products } from '../../support/scripted-cluster.ts';
import { openScriptedWrites, productRows, skus } from '../../support/scripted-writes.ts';

describe('rows of a request in one batch', () => {
  it('go to one node, at most 64 and about 32 KiB together', async () => {
    const settings = { writeGrouping: 'request' } as const;
    const { write, sent } = openScriptedWrites([products], { settings });
    await write('products', productRows(...skus(50)));
    expect(sent.map(({ changes }) => changes.length)).toEqual([50]);
    const wide = skus(20).map((sku) => ({ values: { sku, title: 'x'.repeat(3_000) } }));
    await write('products', { rows: wide });
    expect(sent.slice(1).map(({ changes }) => changes.length)).toEqual([10, 10]);
    expect(new Set(sent.slice(1).map(({ node }) => node.id)).size).toBe(1);
  });
});
