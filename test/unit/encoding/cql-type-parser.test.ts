import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CqlType } from '../../../src/core/encoding/cql-type.ts';
import {
  parseCqlType,
  type UserTypeField,
  type UserTypes,
} from '../../../src/core/encoding/cql-type-parser.ts';
import { scalarNames } from './arbitrary-values.ts';

describe('parseCqlType', () => {
  test.each(scalarNames)('reads the scalar %s', (name) => {
    expect(parseCqlType(name)).toEqual({ kind: name });
  });

  const carried: readonly [string, CqlType, string][] = [
    ['varchar', { kind: 'text' }, 'the older name of text'],
    ['INT', { kind: 'int' }, 'unquoted names have no case'],
    ['list<int>', { kind: 'list', element: { kind: 'int' } }, 'a list'],
    ['set<timeuuid>', { kind: 'set', element: { kind: 'timeuuid' } }, 'a set'],
    [
      'map<text, int>',
      { kind: 'map', key: { kind: 'text' }, value: { kind: 'int' } },
      'as the schema tables space it',
    ],
    ['map<text,int>', { kind: 'map', key: { kind: 'text' }, value: { kind: 'int' } }, 'spaces mean nothing'],
    ['frozen<set<blob>>', { kind: 'set', element: { kind: 'blob' } }, 'frozen changes no bytes'],
    [
      'map<text, frozen<list<int>>>',
      { kind: 'map', key: { kind: 'text' }, value: { kind: 'list', element: { kind: 'int' } } },
      'nested and frozen',
    ],
    [
      'frozen<tuple<int, frozen<tuple<text, duration>>>>',
      {
        kind: 'tuple',
        elements: [{ kind: 'int' }, { kind: 'tuple', elements: [{ kind: 'text' }, { kind: 'duration' }] }],
      },
      'tuples',
    ],
    ['vector<float, 3>', { kind: 'vector', element: { kind: 'float' }, dimension: 3 }, 'a vector'],
    [
      'vector<frozen<vector<int, 2>>, 4>',
      {
        kind: 'vector',
        element: { kind: 'vector', element: { kind: 'int' }, dimension: 2 },
        dimension: 4,
      },
      'vectors of vectors',
    ],
  ];
  test.each(carried)('reads %s', (text, type) => {
    expect(parseCqlType(text)).toEqual(type);
  });

  const unsupported: readonly [string, string][] = [
    ['address', 'a user-defined type that nobody described'],
    ['"Address"', 'a quoted one'],
    ['tuple<>', 'a tuple of nothing'],
    ['tuple<int, address>', 'what contains an unsupported type is unsupported'],
    ['vector<float>', 'a vector without a dimension'],
    ['vector<float, 0>', 'a vector of nothing'],
    ['vector<float, 65536>', 'a vector longer than any key'],
    ['vector<float, int>', 'a dimension is a number'],
    ['3', 'a number is no type'],
    ['"int"', 'a user-defined type that is named as a scalar'],
    ['"a""<b>"', 'a user-defined type with quotes and brackets in its name'],
    ["'org.apache.cassandra.db.marshal.DynamicCompositeType(…)'", 'a custom type'],
    ['list<frozen<address>>', 'what contains an unsupported type is unsupported'],
    ['map<text, address>', 'the value counts as well'],
    ['map<address, text>', 'and so does the key'],
    ['list', 'its element is missing'],
    ['list<int', 'it has no end'],
    ['list<int>>', 'it goes on after its end'],
    ['list<int, int>', 'too many arguments'],
    ['map<int>', 'too few arguments'],
    ['int<int>', 'a scalar has no arguments'],
    ['', 'nothing at all'],
  ];
  test.each(unsupported)('leaves %j unsupported under its own name: %s', (text) => {
    expect(parseCqlType(text)).toEqual({ kind: 'unsupported', name: text });
  });

  test('leaves a type nested without end unsupported', () => {
    expect(parseCqlType(`${'list<'.repeat(50_000)}int${'>'.repeat(50_000)}`).kind).toBe('unsupported');
  });

  test('never throws', () => {
    const pieces = fc.constantFrom(
      'int',
      'list',
      'map',
      'frozen',
      '<',
      '>',
      ',',
      ' ',
      '"',
      "'",
      'x',
      '(',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(parseCqlType(text)).toHaveProperty('kind');
        },
      ),
    );
  });
});

describe('parseCqlType with user-defined types', () => {
  const userTypes = (types: Readonly<Record<string, readonly UserTypeField[]>>): UserTypes => {
    const known = new Map(Object.entries(types));
    return { keyspace: 'shop', fieldsOf: (name) => known.get(name) };
  };
  const known = userTypes({
    address: [
      { name: 'street', type: 'text' },
      { name: '__proto__', type: 'frozen<list<int>>' },
    ],
    'Odd "type" <x>': [{ name: '', type: 'frozen<address>' }],
    int: [{ name: 'x', type: 'text' }],
    custom: [{ name: 'x', type: "'custom.Type'" }],
    unknown: [{ name: 'x', type: 'frozen<nowhere>' }],
    endless: [{ name: 'x', type: 'frozen<endless>' }],
    empty: [],
  });
  const address: CqlType = {
    kind: 'udt',
    keyspace: 'shop',
    name: 'address',
    fields: [
      { name: 'street', type: { kind: 'text' } },
      { name: '__proto__', type: { kind: 'list', element: { kind: 'int' } } },
    ],
  };

  const carried: readonly [string, CqlType, string][] = [
    ['address', address, 'a type that is not frozen'],
    ['frozen<address>', address, 'frozen changes no bytes'],
    ['ADDRESS', address, 'an unquoted name has no case'],
    ['"address"', address, 'quotes that change nothing'],
    ['list<frozen<address>>', { kind: 'list', element: address }, 'nested'],
    [
      'frozen<"Odd ""type"" <x>">',
      { kind: 'udt', keyspace: 'shop', name: 'Odd "type" <x>', fields: [{ name: '', type: address }] },
      'a quoted name, and a type within a type',
    ],
    ['int', { kind: 'int' }, "CQL's own name comes first where it is not quoted"],
    [
      '"int"',
      { kind: 'udt', keyspace: 'shop', name: 'int', fields: [{ name: 'x', type: { kind: 'text' } }] },
      'a quoted name is never that of a scalar',
    ],
  ];
  test.each(carried)('reads %s', (text, type) => {
    expect(parseCqlType(text, known)).toEqual(type);
  });

  const unsupported: readonly [string, string][] = [
    ['"Address"', 'a quoted name has case'],
    ['toString', 'a property of every object is no type'],
    ['custom', 'a field of a custom type'],
    ['frozen<unknown>', 'a field of a type that nobody described'],
    ['endless', 'a type that holds itself'],
    ['empty', 'a type without fields'],
    ['address<int>', 'it has no arguments'],
  ];
  test.each(unsupported)('leaves %j unsupported: %s', (text) => {
    expect(parseCqlType(text, known)).toEqual({ kind: 'unsupported', name: text });
  });

  test('leaves a type unsupported that grows beyond bounds when it is written out', () => {
    const growing = Object.fromEntries(
      Array.from({ length: 14 }, (_, level) => [
        `t${level}`,
        Array.from({ length: 10 }, (_unused, at) => ({
          name: `f${at}`,
          type: level === 0 ? 'int' : `frozen<t${level - 1}>`,
        })),
      ]),
    );
    expect(parseCqlType('t13', userTypes(growing)).kind).toBe('unsupported');
    expect(parseCqlType('t1', userTypes(growing)).kind).toBe('udt');
  });
});
