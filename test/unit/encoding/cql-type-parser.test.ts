import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CqlType } from '../../../src/core/encoding/cql-type.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
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
  ];
  test.each(carried)('reads %s', (text, type) => {
    expect(parseCqlType(text)).toEqual(type);
  });

  const unsupported: readonly [string, string][] = [
    ['duration', 'not carried yet'],
    ['tuple<int, text>', 'not carried yet'],
    ['vector<float, 3>', 'not carried yet'],
    ['address', 'a user-defined type'],
    ['"Address"', 'a quoted user-defined type'],
    ['"int"', 'a user-defined type that is named as a scalar'],
    ['"a""<b>"', 'a user-defined type with quotes and brackets in its name'],
    ["'org.apache.cassandra.db.marshal.DynamicCompositeType(…)'", 'a custom type'],
    ['list<frozen<address>>', 'what contains an unsupported type is unsupported'],
    ['map<text, duration>', 'the value counts as well'],
    ['map<duration, text>', 'and so does the key'],
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
