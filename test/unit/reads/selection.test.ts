import { describe, expect, it } from 'vitest';
import type { TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { createSelectionBook } from '../../../src/core/reads/selection.ts';
import { makeTable } from '../../support/scripted-cluster.ts';

const wide = makeTable(
  'wide',
  ['id'],
  [],
  Array.from({ length: 8 }, (_, index) => `c${index}`),
);
const orders = makeTable('orders', ['shop'], ['day'], ['total']);
const all = (schema: TableSchema) => ({ schema, visible: schema.columns });
const columnsOf = (names: readonly string[]) => wide.columns.filter((column) => names.includes(column.name));

describe('a selection', () => {
  it('is the same object for the same wish', () => {
    const book = createSelectionBook();
    expect(book.select(all(wide), columnsOf(['c1']), true, 5)).toBe(
      book.select(all(wide), columnsOf(['c1']), true, 5),
    );
  });

  it('answers columns in the order asked, while one statement serves every order', () => {
    const book = createSelectionBook();
    const [c1, c2] = columnsOf(['c1', 'c2']);
    if (c1 === undefined || c2 === undefined) throw new Error('the table has both');
    const selection = book.select(all(wide), [c2, c1], true, 100);
    expect(selection.statement.columns).toEqual([c1, c2]);
    expect(selection.encode(['one', 'two'])).toBe('{"c2":"two","c1":"one"}');
  });

  it('reads every column and projects, once too many column sets were asked for', () => {
    const book = createSelectionBook();
    const sets = Array.from({ length: 40 }, (_, bits) =>
      columnsOf(['id', ...[0, 1, 2, 3, 4, 5].flatMap((bit) => ((bits >> bit) & 1 ? [`c${bit}`] : []))]),
    );
    const statements = sets.map((columns) => book.select(all(wide), columns, true, 100).statement);
    expect(statements.slice(0, 32).map((statement) => statement.columns)).toEqual(sets.slice(0, 32));
    const beyond = book.select(all(wide), sets[35], true, 100);
    expect(beyond.statement.columns).toEqual(wide.columns);
    const values = wide.columns.map((column) => `value of ${column.name}`);
    expect(JSON.parse(beyond.encode(values))).toEqual(
      Object.fromEntries((sets[35] ?? []).map((column) => [column.name, `value of ${column.name}`])),
    );
  });

  it('asks for one row more than it shows, where a partition can have many', () => {
    const book = createSelectionBook();
    const many = book.select(all(orders), undefined, false, 10);
    expect(many.rowsPerKey).toBe(10);
    expect(many.statement.rowsPerPartition).toBe(11);
    const one = book.select(all(orders), undefined, true, 10);
    expect(one.rowsPerKey).toBe(1);
    expect(one.statement).not.toHaveProperty('rowsPerPartition');
    expect(one.statement.keyColumns.map((column) => column.name)).toEqual(['shop', 'day']);
  });

  it('leaves out by default what cannot be encoded, and says so', () => {
    const shape = {
      name: 'shape',
      kind: 'regular',
      type: { kind: 'unsupported', name: 'point' },
      cqlType: 'point',
    } as const;
    const table = { ...wide, columns: [...wide.columns, shape] };
    const selection = createSelectionBook().select(all(table), undefined, true, 1);
    expect(selection.statement.columns).toEqual(wide.columns);
    expect(selection.warnings).toEqual(['column shape is left out: its type point is not supported']);
    expect(createSelectionBook().select(all(table), columnsOf(['c1']), true, 1).warnings).toEqual([]);
  });

  it('shows by default what is granted, and warns of nothing else', () => {
    const book = createSelectionBook();
    const shape = {
      name: 'shape',
      kind: 'regular',
      type: { kind: 'unsupported', name: 'point' },
      cqlType: 'point',
    } as const;
    const schema = { ...wide, columns: [...wide.columns, shape] };
    const granted = book.select({ schema, visible: columnsOf(['c1', 'c2']) }, undefined, true, 1);
    expect(granted.encode(['one', 'two'])).toBe('{"c1":"one","c2":"two"}');
    expect(granted.warnings).toEqual([]);
    expect(book.select(all(schema), undefined, true, 1)).not.toBe(granted);
    expect(book.select({ schema, visible: columnsOf(['c1', 'c2']) }, undefined, true, 1)).toBe(granted);
  });

  it('is of empty objects where no column that exists is granted, and says so', () => {
    const selection = createSelectionBook().select({ schema: wide, visible: [] }, undefined, true, 1);
    expect(selection.encode([])).toBe('{}');
    expect(selection.warnings).toEqual(['no column of the table is granted: rows are empty objects']);
  });

  it.each([
    [true, 1_000, 1, 'a whole key brings one row'],
    [false, 1, 1, 'one row'],
    [false, 100, 1, 'the default is the unit'],
    [false, 101, 2, 'a part counts as a whole'],
    [false, 1_000, 10, 'the most that can be asked'],
  ])('weighs whole %s, limit %i as %i: %s', (whole, limit, weight, _why) => {
    expect(createSelectionBook().select(all(orders), undefined, whole, limit).weightPerKey).toBe(weight);
  });
});
