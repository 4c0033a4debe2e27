import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import { jsonFromText } from '../../../src/core/encoding/json-from-text.ts';
import { jsonFromValue } from '../../../src/core/encoding/json-from-value.ts';
import { bytesFromValue } from '../../../src/core/encoding/value-bytes.ts';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';
import { valueFromJson } from '../../../src/core/encoding/value-from-json.ts';
import { typedValues } from './arbitrary-values.ts';

describe('jsonFromText', () => {
  const taken: readonly [string, string, unknown, string][] = [
    ['text', 'true', 'true', 'a text is what it says'],
    ['text', '"a"', '"a"', 'quotes and all'],
    ['text', '', '', 'also nothing'],
    ['bigint', '9007199254740993', '9007199254740993', 'no digit is lost to a number'],
    ['decimal', '1.10', '1.10', 'nor a scale'],
    ['boolean', 'false', false, 'a boolean has no other form'],
    ['list<int>', '[1,2]', [1, 2], 'JSON'],
    ['map<text, int>', '{"a":1}', { a: 1 }, 'JSON'],
    ['tuple<int, text>', '[1,null]', [1, null], 'JSON'],
    ['vector<int, 1>', '[1]', [1], 'JSON'],
  ];
  test.each(taken)('takes %s %s as %j: %s', (type, text, json) => {
    expect(jsonFromText(parseCqlType(type), text)).toEqual(json);
  });

  const refused: readonly [string, string, string][] = [
    ['boolean', 'TRUE', 'in lower case only'],
    ['boolean', '1', 'a number is none'],
    ['map<text, int>', '{"\\\\":1}', 'a name that spoils names parsed later'],
    ['list<int>', '1,2', 'no JSON'],
    ['list<int>', '', 'nothing'],
    ["'custom.Type'", 'x', 'not carried'],
  ];
  test.each(refused)('refuses %s %j: %s', (type, text) => {
    expect(() => jsonFromText(parseCqlType(type), text)).toThrow(ValueFault);
  });

  test('reads back every value that was answered', () => {
    fc.assert(
      fc.property(typedValues, ({ type, value }) => {
        const json = jsonFromValue(type, value);
        // As a caller would copy it: strings without their quotes, the rest as it stands.
        const parsed: unknown = JSON.parse(json);
        const text = typeof parsed === 'string' ? parsed : json;
        const read = valueFromJson(type, jsonFromText(type, text));
        expect(
          Buffer.compare(bytesFromValue(type, read, nodeText), bytesFromValue(type, value, nodeText)),
        ).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
