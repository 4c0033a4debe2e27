import { describe, expect, it } from 'vitest';
import { createReadNames } from '../../../src/core/cache/read-names.ts';
import type { TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { createSelectionBook, type Selection } from '../../../src/core/reads/selection.ts';
import { selectAll } from '../../support/batch-reads.ts';
import { makeTable } from '../../support/scripted-cluster.ts';

const columns = Array.from({ length: 12 }, (_, index) => `c${index}`);
const makeProducts = (): TableSchema => makeTable('products', ['sku'], [], columns);

/** Every number is another selection: the columns of its bits. */
function selectionOf(schema: TableSchema, number: number): Selection {
  const wanted = schema.columns.filter((_, index) => ((number >>> index) & 1) === 1);
  return createSelectionBook().select({ schema, visible: schema.columns }, wanted, true, 1);
}

describe('the number of a selection', () => {
  const hot = 1;

  it('is the same for all that want the same columns', () => {
    const names = createReadNames();
    const schema = makeProducts();
    const { selection } = names.of(selectionOf(schema, hot));
    expect(names.of(selectionOf(schema, hot)).selection).toBe(selection);
    expect(names.of(selectionOf(schema, 2)).selection).not.toBe(selection);
  });

  it.each<[string, ((schema: TableSchema) => Selection) | undefined, string]>([
    ['the same object', (schema: TableSchema) => selectionOf(schema, hot), 'as look-ups do'],
    ['objects of its own', undefined, 'as what is explained does'],
  ])('stays while it is asked for by %s, however many others come (%s)', (_, make, _why) => {
    const names = createReadNames();
    const schema = makeProducts();
    const kept = make?.(schema);
    const { selection } = names.of(kept ?? selectionOf(schema, hot));
    for (let other = 2; other < 3_000; other += 1) {
      names.of(selectionOf(schema, other));
      if (other % 500 === 0) names.of(kept ?? selectionOf(schema, hot));
    }
    expect(names.of(selectionOf(schema, hot)).selection).toBe(selection);
  });

  it('is a new one where more than a thousand others came since its last use', () => {
    const names = createReadNames();
    const schema = makeProducts();
    const { selection } = names.of(selectionOf(schema, hot));
    for (let other = 2; other < 1_100; other += 1) names.of(selectionOf(schema, other));
    expect(names.of(selectionOf(schema, hot)).selection).not.toBe(selection);
  });
});

describe('the prefix of a table', () => {
  const prefixOf = (names: ReturnType<typeof createReadNames>, schema: TableSchema): string =>
    names.of(selectAll(schema)).table.prefix;

  it('stays while batches that began before a change of the schema are still read', () => {
    const names = createReadNames();
    const [old, changed] = [makeProducts(), makeProducts()];
    const before = prefixOf(names, old);
    const after = prefixOf(names, changed);
    expect(after).not.toBe(before);
    for (let round = 0; round < 3; round += 1) {
      expect(prefixOf(names, old)).toBe(before);
      expect(prefixOf(names, changed)).toBe(after);
    }
    expect(names.tablesOf('shop', 'products').map(({ prefix }) => prefix)).toEqual([before, after]);
  });

  it('is forgotten with those of all its schemas', () => {
    const names = createReadNames();
    const schemas = [makeProducts(), makeProducts()];
    const before = schemas.map((schema) => prefixOf(names, schema));
    names.forget('shop', 'products');
    expect(names.tablesOf('shop', 'products')).toEqual([]);
    expect(schemas.map((schema) => prefixOf(names, schema))).not.toEqual(before);
  });

  it('is kept for the latest schemas only', () => {
    const names = createReadNames();
    const first = makeProducts();
    const before = prefixOf(names, first);
    for (let change = 0; change < 4; change += 1) prefixOf(names, makeProducts());
    expect(names.tablesOf('shop', 'products')).toHaveLength(4);
    expect(prefixOf(names, first)).not.toBe(before);
  });
});
