import { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import { describe, expect, it } from 'vitest';
import { createStatementCompiler } from '../../../src/adapters/cassandra/compiled-statement.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { ReadStatement } from '../../../src/core/ports.ts';
import { driverRow, tableOf } from './tables.ts';

const compile = createStatementCompiler(nodeText);

function row(...cells: readonly unknown[]): cassandra.types.Row {
  return driverRow(Object.fromEntries(cells.map((cell, position) => [`c${position}`, cell])));
}

const table = tableOf({ region: 'text', price: 'decimal' }, { shelf: 'int' }, { title: 'text' });
const statement: ReadStatement = {
  table,
  keyColumns: [...table.partitionKey, ...table.clusteringKey],
  columns: table.columns.toReversed(),
};
const keyOf = (price: number): Buffer[] => [
  Buffer.from('north'),
  Buffer.from([0, 0, 0, 1, price]),
  Buffer.from([0, 0, 0, 7]),
];

describe('a compiled statement', () => {
  it('is made once for a statement', () => {
    expect(compile(statement)).toBe(compile(statement));
    expect(compile({ ...statement })).not.toBe(compile(statement));
  });

  it('selects the listed component first, as bytes, and nothing twice', () => {
    expect(compile(statement).text.several).toMatch(
      /^SELECT decimalAsBlob\("price"\) AS c0, "title" AS c1, "shelf" AS c2, "region" AS c3 FROM /,
    );
  });

  it('tells from the listed component whose row it is, and takes the rest from the keys', () => {
    const rows = [row(keyOf(9)[1], 'Lamp', 7, 'north')];
    expect(compile(statement).readRows(rows, [keyOf(8), keyOf(9)])).toEqual([
      { key: keyOf(9), values: ['Lamp', 7, { unscaled: 9n, scale: 1 }, 'north'] },
    ]);
  });

  it('gives the rows of a single key that key', () => {
    const asked = keyOf(5);
    const [read] = compile(statement).readRows([row(keyOf(5)[1], 'Lamp', 7, 'north')], [asked]);
    expect(read?.key).toBe(asked);
  });

  it('gives null for what is unset', () => {
    const [read] = compile(statement).readRows([row(null, null, null, undefined)], [keyOf(1)]);
    expect(read?.values).toEqual([null, null, null, null]);
  });

  it('says so where stored bytes are not of their type', () => {
    const prices = tableOf({ k: 'decimal' });
    const compiled = compile({ table: prices, keyColumns: prices.partitionKey, columns: prices.columns });
    const [read] = compiled.readRows([row(Buffer.of(1, 2))], [[Buffer.of(1, 2)]]);
    expect(read?.values[0]).toHaveProperty('unreadable');
  });

  it.each([
    ['text', 'žluť', Buffer.from('žluť')],
    ['ascii', 'a', Buffer.from('a')],
    ['int', -2, Buffer.from('fffffffe', 'hex')],
    ['smallint', -2, Buffer.from('fffe', 'hex')],
    ['tinyint', -2, Buffer.from('fe', 'hex')],
    ['bigint', -2n, Buffer.from('fffffffffffffffe', 'hex')],
    ['uuid', new cassandra.types.Uuid(Buffer.alloc(16, 7)), Buffer.alloc(16, 7)],
    ['inet', new cassandra.types.InetAddress(Buffer.from([1, 2, 3, 4])), Buffer.from([1, 2, 3, 4])],
    ['blob', Buffer.from([0xff]), Buffer.from([0xff])],
    ['frozen<list<int>>', [1], Buffer.from('000000010000000400000001', 'hex')],
    ['timestamp', Buffer.alloc(8, 1), Buffer.alloc(8, 1)],
    ['frozen<tuple<int>>', Buffer.from('0000000400000001', 'hex'), Buffer.from('0000000400000001', 'hex')],
    ['vector<int, 1>', Buffer.from('00000001', 'hex'), Buffer.from('00000001', 'hex')],
  ])('puts the bytes of a %s key back together', (cqlType, cell, bytes) => {
    const one = tableOf({ k: cqlType });
    const compiled = compile({ table: one, keyColumns: one.partitionKey, columns: [] });
    const [read] = compiled.readRows([row(cell)], [[Buffer.of(1)], [Buffer.of(2)]]);
    expect(Buffer.from(read?.key[0] ?? []).toString('hex')).toBe(bytes.toString('hex'));
  });
});
