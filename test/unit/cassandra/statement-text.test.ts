import { describe, expect, it } from 'vitest';
import { selectText } from '../../../src/adapters/cassandra/statement-text.ts';
import type { ReadStatement } from '../../../src/core/ports.ts';
import { tableOf } from './tables.ts';

function statementOf(table: ReadStatement['table'], rowsPerPartition?: number): ReadStatement {
  const limit = rowsPerPartition === undefined ? {} : { rowsPerPartition };
  return { table, keyColumns: table.partitionKey, columns: [], ...limit };
}

describe('the text of a read', () => {
  const table = tableOf({ sku: 'text' }, {}, { title: 'text' });
  const cells = table.columns.map((column) => ({ column, asBytes: false }));

  it('asks one key with = and several with IN', () => {
    expect(selectText(statementOf(table), cells, 'one')).toBe(
      'SELECT "sku" AS c0, "title" AS c1 FROM "shop"."products" WHERE "sku" = ?',
    );
    expect(selectText(statementOf(table), cells, 'several')).toMatch(/ WHERE "sku" IN \?$/);
  });

  it('lists only the last component of the partition key', () => {
    const wide = tableOf({ region: 'text', day: 'date' }, { shelf: 'int' });
    const statement = { ...statementOf(wide), keyColumns: wide.columns };
    expect(selectText(statement, [], 'several')).toMatch(
      / WHERE "region" = \? AND "day" IN \? AND "shelf" = \?$/,
    );
  });

  it('bounds the rows of each partition where the statement does', () => {
    expect(selectText(statementOf(table, 101), cells, 'several')).toMatch(/ IN \? PER PARTITION LIMIT \?$/);
  });

  it('selects bytes by the type of the column', () => {
    const [column] = tableOf({ price: 'decimal' }).columns;
    if (column === undefined) throw new Error('the table has no column');
    expect(selectText(statementOf(table), [{ column, asBytes: true }], 'one')).toContain(
      'SELECT decimalAsBlob("price") AS c0 FROM',
    );
  });

  it.each([
    ['a quote', 'a"b', '"a""b"'],
    ['an attempt to break out', 'x" = ? OR "y', '"x"" = ? OR ""y"'],
    ['upper case', 'Sku', '"Sku"'],
    ['a reserved word', 'select', '"select"'],
    ['a name that objects treat specially', '__proto__', '"__proto__"'],
  ])('quotes %s', (_why, name, expected) => {
    const odd = { ...tableOf({ k: 'text' }), keyspace: name, name };
    const column = { name, kind: 'partition', type: { kind: 'text' }, cqlType: 'text' } as const;
    const statement = { table: odd, keyColumns: [column], columns: [] };
    expect(selectText(statement, [{ column, asBytes: false }], 'one')).toBe(
      `SELECT ${expected} AS c0 FROM ${expected}.${expected} WHERE ${expected} = ?`,
    );
  });
});
