import { describe, expect, test } from 'vitest';
import { parseCqlType, type UserTypes } from '../../../src/core/encoding/cql-type-parser.ts';
import { jsonFormOf } from '../../../src/core/encoding/json-form.ts';

const userTypes: UserTypes = {
  keyspace: 'shop',
  fieldsOf: (name) =>
    name === 'address'
      ? [
          { name: 'street', type: 'text' },
          { name: 'a "b"', type: 'bigint' },
        ]
      : undefined,
};

describe('jsonFormOf', () => {
  const forms: readonly [string, string][] = [
    ['text', 'string'],
    ['int', 'number'],
    ['bigint', 'string of digits'],
    ['decimal', 'decimal string'],
    ['boolean', 'boolean'],
    ['duration', 'duration string'],
    ['list<bigint>', 'array of string of digits'],
    ['vector<float, 3>', 'array of 3 x number'],
    ['tuple<int, text>', 'array [number, string]'],
    ['map<uuid, int>', 'object of number'],
    ['map<int, text>', 'array of [number, string]'],
    ['frozen<address>', 'object {"street": string, "a \\"b\\"": string of digits}'],
    ["'custom.Type'", 'unsupported'],
  ];
  test.each(forms)('says of %s: %s', (type, form) => {
    expect(jsonFormOf(parseCqlType(type, userTypes))).toBe(form);
  });
});
