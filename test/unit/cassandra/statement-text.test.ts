import { describe, expect, it } from 'vitest';
import { changeText, pageText, selectText } from '../../../src/adapters/cassandra/statement-text.ts';
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

describe('the text of a page', () => {
  const table = tableOf({ region: 'text', Day: 'date' }, { shelf: 'int' }, { title: 'text' });
  const cells = table.columns.slice(2).map((column) => ({ column, asBytes: false }));
  const selection = 'SELECT "shelf" AS c0, "title" AS c1 FROM "shop"."products"';

  it('restricts the tokens of a range', () => {
    expect(pageText({ table, columns: [], area: 'range' }, cells)).toBe(
      `${selection} WHERE token("region", "Day") > ? AND token("region", "Day") <= ?`,
    );
  });

  it('restricts every component of a partition key', () => {
    expect(pageText({ table, columns: [], area: 'partition' }, cells)).toBe(
      `${selection} WHERE "region" = ? AND "Day" = ?`,
    );
  });
});

describe('the text of a change', () => {
  const table = tableOf({ region: 'text' }, { shelf: 'int' }, { title: 'text', 'a"b': 'int' });
  const primaryKey = table.columns.slice(0, 2);

  it('inserts the key and the cells', () => {
    const columns = table.columns.slice(2);
    expect(changeText({ kind: 'upsert', table, keyColumns: primaryKey, columns })).toBe(
      'INSERT INTO "shop"."products" ("region", "shelf", "title", "a""b") VALUES (?, ?, ?, ?) ' +
        'USING TIMESTAMP ? AND TTL ?',
    );
  });

  it('inserts a key without cells', () => {
    expect(changeText({ kind: 'upsert', table, keyColumns: primaryKey, columns: [] })).toMatch(
      / \("region", "shelf"\) VALUES \(\?, \?\) /,
    );
  });

  it.each([
    ['delete-row', primaryKey, '"region" = ? AND "shelf" = ?'],
    ['delete-partition', table.partitionKey, '"region" = ?'],
  ] as const)('of %s names the key after the timestamp', (kind, keyColumns, restrictions) => {
    expect(changeText({ kind, table, keyColumns, columns: [] })).toBe(
      `DELETE FROM "shop"."products" USING TIMESTAMP ? WHERE ${restrictions}`,
    );
  });
});
