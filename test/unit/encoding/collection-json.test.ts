import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { CqlValue } from '../../../src/core/encoding/cql-value.ts';
import { jsonFromValue } from '../../../src/core/encoding/json-from-value.ts';
import { bytesFromValue, valueFromBytes } from '../../../src/core/encoding/value-bytes.ts';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';
import { valueFromJson } from '../../../src/core/encoding/value-from-json.ts';
import { carriedTypes, scalarNames, scalarValues, typedValues } from './arbitrary-values.ts';

const read = (type: string, json: string) => valueFromJson(parseCqlType(type), JSON.parse(json));
const write = (type: string, value: CqlValue) => jsonFromValue(parseCqlType(type), value);

describe('collections', () => {
  const kept: readonly [string, string, string, string][] = [
    ['list<int>', '[2,1,2]', '[2,1,2]', 'a list keeps its order and its doubles'],
    ['set<text>', '["b","a"]', '["a","b"]', "a set has Cassandra's order"],
    ['set<bigint>', '["10",9]', '["9","10"]', 'by worth, not by digits'],
    ['map<text, int>', '{"b":1,"a":2}', '{"a":2,"b":1}', 'keys that are strings make an object'],
    ['map<text, int>', '[["b",1],["a",2]]', '{"a":2,"b":1}', 'pairs are taken too'],
    [
      'map<uuid, int>',
      '{"00112233-4455-6677-8899-AABBCCDDEEFF":1}',
      '{"00112233-4455-6677-8899-aabbccddeeff":1}',
      'a uuid is a string',
    ],
    ['map<inet, int>', '{"::1":1}', '{"::1":1}', 'an address is a string'],
    [
      'map<int, text>',
      '{"2":"b","1":"a"}',
      '[[1,"a"],[2,"b"]]',
      'other keys make pairs; an object is taken too',
    ],
    ['map<bigint, int>', '[["5",1]]', '[["5",1]]', 'digits are no name'],
    ['map<text, frozen<map<int, text>>>', '{"a":[[1,"x"]]}', '{"a":[[1,"x"]]}', 'nested'],
    [
      'map<text, int>',
      '{"__proto__":1,"constructor":2}',
      '{"__proto__":1,"constructor":2}',
      'keys are never property names of an object of ours',
    ],
    ['list<int>', '[]', '[]', 'empty is not null'],
    ['map<text, int>', '{}', '{}', 'empty is not null'],
    ['map<int, int>', '[]', '[]', 'empty is not null'],
    ['map<frozen<tuple<int, text>>, int>', '[[[1,"a"],2]]', '[[[1,"a"],2]]', 'a tuple is no name'],
    ['list<duration>', '["P1M","1d"]', '["1mo","1d"]', 'durations within'],
  ];
  test.each(kept)('takes %s %s and gives %s: %s', (type, json, out) => {
    expect(write(type, read(type, json))).toBe(out);
  });

  const refused: readonly [string, string, string][] = [
    ['list<int>', '[null]', 'no null within'],
    ['map<text, int>', '{"a":null}', 'no null within'],
    ['map<int, int>', '[[null,1]]', 'no null within'],
    ['list<int>', '5', 'no array'],
    ['list<int>', '{}', 'no array'],
    ['list<int>', '["x"]', 'its elements are checked'],
    ['set<int>', '[1,"1"]', 'the same value twice'],
    ['set<decimal>', '["1.0","1.00"]', 'the same worth twice, as Cassandra orders it'],
    ['map<int, int>', '{"1":1,"01":2}', 'the same key twice'],
    ['map<int, int>', '[[1]]', 'half a pair'],
    ['map<int, int>', '[[1,2,3]]', 'more than a pair'],
    ['map<int, int>', '"x"', 'no map'],
    ['map<boolean, int>', '{"true":1}', 'a boolean is no string'],
    ["list<'custom.Type'>", '[]', 'not carried, even when empty'],
  ];
  test.each(refused)('refuses %s %s: %s', (type, json) => {
    expect(() => read(type, json)).toThrow(ValueFault);
  });

  test('writes an element that is null as null', () => {
    expect(write('list<int>', [1, null])).toBe('[1,null]');
  });
});

describe('every type', () => {
  function expectLossless(type: Parameters<typeof jsonFromValue>[0], value: CqlValue): void {
    const json = jsonFromValue(type, value);
    const bytes = bytesFromValue(type, value, nodeText);
    const read = valueFromJson(type, JSON.parse(json));
    expect(Buffer.compare(bytesFromValue(type, read, nodeText), bytes)).toBe(0);
    expect(jsonFromValue(type, valueFromBytes(type, bytes, nodeText))).toBe(json);
  }

  test.each(scalarNames)('goes through JSON and bytes and back without loss: %s', (kind) => {
    fc.assert(
      fc.property(scalarValues[kind], (value) => expectLossless({ kind }, value)),
      { numRuns: 200 },
    );
  });

  test('goes through JSON and bytes and back without loss when nested', () => {
    fc.assert(
      fc.property(typedValues, ({ type, value }) => expectLossless(type, value)),
      { numRuns: 300 },
    );
  });

  test('meets any JSON with a value or a ValueFault', () => {
    const nearMiss = fc.string({ unit: fc.constantFrom(...'0123456789-+:.TZ ex', '\ud800'), maxLength: 30 });
    const anyJson = fc.oneof(
      fc.jsonValue(),
      nearMiss,
      nearMiss.map((text) => `2011-02-${text}`),
      nearMiss.map((text) => `0x${text}`),
      fc.array(fc.oneof(nearMiss, fc.double(), fc.array(fc.integer()), fc.constant(null))),
      fc.dictionary(fc.oneof(nearMiss, fc.constant('__proto__')), fc.integer()),
    );
    fc.assert(
      fc.property(carriedTypes, anyJson, (type, json) => {
        try {
          const written = jsonFromValue(type, valueFromJson(type, json));
          expect(() => JSON.parse(written)).not.toThrow();
        } catch (error) {
          expect(error).toBeInstanceOf(ValueFault);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('makes JSON or a ValueFault of any bytes', () => {
    const anyBytes = fc.array(fc.constantFrom(0, 0, 0, 1, 4, 65, 128, 255), { maxLength: 40 });
    fc.assert(
      fc.property(carriedTypes, anyBytes, (type, bytes) => {
        try {
          const written = jsonFromValue(type, valueFromBytes(type, Uint8Array.from(bytes), nodeText));
          expect(() => JSON.parse(written)).not.toThrow();
        } catch (error) {
          expect(error).toBeInstanceOf(ValueFault);
        }
      }),
      { numRuns: 500 },
    );
  });
});
