import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { CqlType, ScalarName } from '../../../src/core/encoding/cql-type.ts';
import { parseCqlType, type UserTypes } from '../../../src/core/encoding/cql-type-parser.ts';
import { jsonFromValue } from '../../../src/core/encoding/json-from-value.ts';
import { bytesFromValue, valueFromBytes } from '../../../src/core/encoding/value-bytes.ts';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';
import { valueFromJson } from '../../../src/core/encoding/value-from-json.ts';
import { codeSpans, sectionOf, tableRows } from '../../support/markdown.ts';
import { readProjectFile } from '../../support/project-files.ts';

const page = readProjectFile('docs/reference/http.md');
const rows = tableRows(sectionOf(page, 'Encodings'));

/** Every example of a column, with each type of its row. */
function examplesOf(column: 1 | 2 | 3): [string, string][] {
  return rows.flatMap(([types = '', ...cells]) =>
    codeSpans(types).flatMap((type) =>
      codeSpans(cells[column - 1] ?? '').map((json): [string, string] => [type, json]),
    ),
  );
}

/** The user-defined type of the page. */
const userTypes: UserTypes = {
  keyspace: 'shop',
  fieldsOf: (name) =>
    name === 'address'
      ? [
          { name: 'street', type: 'text' },
          { name: 'zip', type: 'int' },
        ]
      : undefined,
};

/** Does not compile while a scalar is missing. */
const scalars: Readonly<Record<ScalarName, true>> = {
  ascii: true,
  bigint: true,
  blob: true,
  boolean: true,
  counter: true,
  date: true,
  decimal: true,
  double: true,
  duration: true,
  float: true,
  inet: true,
  int: true,
  smallint: true,
  text: true,
  time: true,
  timestamp: true,
  timeuuid: true,
  tinyint: true,
  uuid: true,
  varint: true,
};

describe('the table of encodings', () => {
  it('has every kind of type', () => {
    const kinds = rows.flatMap(([types = '']) =>
      codeSpans(types).map((type) => parseCqlType(type, userTypes).kind),
    );
    const carried = ['list', 'set', 'map', 'tuple', 'vector', 'udt'] as const satisfies readonly Exclude<
      CqlType['kind'],
      ScalarName | 'unsupported'
    >[];
    expect(new Set(kinds)).toEqual(new Set([...Object.keys(scalars), ...carried]));
  });

  it.each(examplesOf(1))('is right that %s answers %s, and takes it back', (name, json) => {
    const type = parseCqlType(name, userTypes);
    const bytes = bytesFromValue(type, valueFromJson(type, JSON.parse(json)), nodeText);
    expect(jsonFromValue(type, valueFromBytes(type, bytes, nodeText))).toBe(json);
  });

  it.each(examplesOf(2))('is right that %s takes %s', (name, json) => {
    const type = parseCqlType(name, userTypes);
    expect(jsonFromValue(type, valueFromJson(type, JSON.parse(json)))).not.toBe('null');
  });

  it.each(examplesOf(3))('is right that %s refuses %s', (name, json) => {
    expect(() => valueFromJson(parseCqlType(name, userTypes), JSON.parse(json))).toThrow(ValueFault);
  });

  it.each(codeSpans(sectionOf(page, 'Types that are not carried')))('is right to leave out %s', (name) => {
    expect(parseCqlType(name, userTypes)).toEqual({ kind: 'unsupported', name });
  });
});
