import { describe, expect, it } from 'vitest';
import { tableFrom, tableQueries } from '../../../src/adapters/cassandra/schema-rows.ts';
import { driverRow } from './tables.ts';

const column = (name: string, kind: string, position: number, type: string) =>
  driverRow({ column_name: name, kind, position, type });
const userType = (name: string, names: readonly string[], types: readonly string[]) =>
  driverRow({ type_name: name, field_names: names, field_types: types });

const types = [
  userType('address', ['street', '__proto__'], ['text', 'frozen<list<int>>']),
  userType('Person "x"', ['home'], ['frozen<address>']),
];

describe('a table from the rows of the schema', () => {
  it('has its columns in order: the key in key order, the rest by name', () => {
    const rows = [
      column('b', 'regular', -1, 'text'),
      column('a', 'regular', -1, 'text'),
      column('z', 'static', -1, 'text'),
      column('c2', 'clustering', 1, 'int'),
      column('c1', 'clustering', 0, 'int'),
      column('k', 'partition_key', 0, 'int'),
    ];
    const table = tableFrom('shop', 'products', [rows, []]);
    expect(table?.columns.map(({ name }) => name)).toEqual(['k', 'c1', 'c2', 'a', 'b', 'z']);
  });

  it('is none without a key', () => {
    expect(tableFrom('shop', 'products', [[], types])).toBeUndefined();
    expect(tableFrom('shop', 'products', [])).toBeUndefined();
  });

  it('has user-defined types with their fields, also of any name and within others', () => {
    const rows = [
      column('k', 'partition_key', 0, 'int'),
      column('p', 'regular', -1, 'map<text, frozen<"Person ""x""">>'),
    ];
    expect(tableFrom('shop', 'people', [rows, types])?.columns[1]?.type).toEqual({
      kind: 'map',
      key: { kind: 'text' },
      value: {
        kind: 'udt',
        keyspace: 'shop',
        name: 'Person "x"',
        fields: [
          {
            name: 'home',
            type: {
              kind: 'udt',
              keyspace: 'shop',
              name: 'address',
              fields: [
                { name: 'street', type: { kind: 'text' } },
                { name: '__proto__', type: { kind: 'list', element: { kind: 'int' } } },
              ],
            },
          },
        ],
      },
    });
  });

  it('leaves a column of a type unsupported that nobody described', () => {
    const rows = [column('k', 'partition_key', 0, 'int'), column('p', 'regular', -1, 'frozen<person>')];
    expect(tableFrom('shop', 'people', [rows, types])?.columns[1]).toMatchObject({
      type: { kind: 'unsupported', name: 'frozen<person>' },
      cqlType: 'frozen<person>',
    });
  });

  it('is asked for by name, types and columns of one node', () => {
    expect(tableQueries('shop', 'people').map((query) => query.parameters)).toEqual([
      ['shop', 'people'],
      ['shop'],
    ]);
  });
});
