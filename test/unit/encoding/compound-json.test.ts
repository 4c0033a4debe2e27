import { describe, expect, test } from 'vitest';
import type { CqlType } from '../../../src/core/encoding/cql-type.ts';
import { parseCqlType, type UserTypes } from '../../../src/core/encoding/cql-type-parser.ts';
import { jsonFromValue } from '../../../src/core/encoding/json-from-value.ts';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';
import { valueFromJson } from '../../../src/core/encoding/value-from-json.ts';

const fields = new Map([
  [
    'address',
    [
      { name: 'street', type: 'text' },
      { name: 'zip', type: 'int' },
    ],
  ],
  [
    'odd',
    [
      { name: '__proto__', type: 'int' },
      { name: 'a "b".c', type: 'text' },
      { name: '😀', type: 'frozen<address>' },
    ],
  ],
]);
const userTypes: UserTypes = { keyspace: 'shop', fieldsOf: (name) => fields.get(name) };
const typeOf = (text: string): CqlType => parseCqlType(text, userTypes);
const read = (type: string, json: string) => valueFromJson(typeOf(type), JSON.parse(json));

const kept: readonly [string, string, string, string][] = [
  ['tuple<int, text>', '[1,"a"]', '[1,"a"]', 'an array'],
  ['tuple<int, text>', '[null,"a"]', '[null,"a"]', 'null within'],
  ['tuple<int, list<int>>', '["7",["8"]]', '[7,[8]]', 'elements in any of their forms'],
  ['vector<float, 2>', '[1,"NaN"]', '[1,"NaN"]', 'an array'],
  ['vector<text, 1>', '[""]', '[""]', 'an empty text is an element'],
  ['address', '{"street":"a","zip":1}', '{"street":"a","zip":1}', 'an object'],
  ['address', '{"zip":1,"street":"a"}', '{"street":"a","zip":1}', 'in the order of the type'],
  ['address', '{"zip":1}', '{"street":null,"zip":1}', 'what is left out is null'],
  ['address', '{"street":null,"zip":null}', '{"street":null,"zip":null}', 'null within'],
  ['address', '{}', '{"street":null,"zip":null}', 'nothing at all'],
  [
    'odd',
    '{"__proto__":1,"a \\"b\\".c":"x","😀":{"zip":2}}',
    '{"__proto__":1,"a \\"b\\".c":"x","😀":{"street":null,"zip":2}}',
    'fields of any name',
  ],
  [
    'map<frozen<address>, int>',
    '[[{"zip":1},2]]',
    '[[{"street":null,"zip":1},2]]',
    'as the key of a map it makes pairs',
  ],
  [
    'set<frozen<address>>',
    '[{"zip":2},{"zip":1}]',
    '[{"street":null,"zip":1},{"street":null,"zip":2}]',
    'in order',
  ],
];

describe('tuples, vectors and user-defined types', () => {
  test.each(kept)('takes %s %s and gives %s: %s', (type, json, out) => {
    expect(jsonFromValue(typeOf(type), read(type, json))).toBe(out);
  });

  const refused: readonly [string, string, string][] = [
    ['tuple<int, text>', '[1]', 'too short'],
    ['tuple<int, text>', '[1,"a",2]', 'too long'],
    ['tuple<int, text>', '["a",1]', 'its elements are checked'],
    ['tuple<int, text>', '{"0":1,"1":"a"}', 'no array'],
    ['vector<int, 2>', '[1]', 'too short'],
    ['vector<int, 2>', '[1,2,3]', 'too long'],
    ['vector<int, 2>', '[1,null]', 'no null within'],
    ['vector<int, 2>', '"12"', 'no array'],
    ['address', '{"street":5}', 'its fields are checked'],
    ['address', '{"city":"x"}', 'no such field'],
    ['address', '{"Street":"x"}', 'a field of another case'],
    ['address', '{"__proto__":1}', 'no such field, even of this name'],
    ['address', '["a",1]', 'no object'],
    ['address', '"a"', 'no object'],
    ['odd', '{"😀":{"town":1}}', 'further in'],
  ];
  test.each(refused)('refuses %s %s: %s', (type, json) => {
    expect(() => read(type, json)).toThrow(ValueFault);
  });

  test('says null for a whole that is null, and faults on what could not be decoded', () => {
    for (const type of ['tuple<int>', 'vector<int, 1>', 'address', 'duration']) {
      expect(jsonFromValue(typeOf(type), null)).toBe('null');
      expect(() => jsonFromValue(typeOf(type), { unreadable: 'x' })).toThrow(ValueFault);
    }
  });

  test('leaves no trace of a field called __proto__ on any object', () => {
    read('odd', '{"__proto__":1}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  test('names at most so many fields of a type', () => {
    const many: CqlType = {
      kind: 'udt',
      keyspace: 'shop',
      name: 'wide',
      fields: Array.from({ length: 1_000 }, (_, at) => ({ name: `field_${at}`, type: { kind: 'int' } })),
    };
    expect(() => valueFromJson(many, { x: 1 })).toThrow(/field_0, .*field_19, and more$/);
  });
});
