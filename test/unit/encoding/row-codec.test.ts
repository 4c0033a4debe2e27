import { describe, expect, test } from 'vitest';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import { createRowCodec } from '../../../src/core/encoding/row-codec.ts';
import type { Column } from '../../../src/core/encoding/table-schema.ts';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';

const column = (name: string, cqlType: string): Column => ({
  name,
  kind: 'regular',
  type: parseCqlType(cqlType),
  cqlType,
});

describe('createRowCodec', () => {
  test('writes a row as an object, in the order of the columns', () => {
    const codec = createRowCodec([
      column('title', 'text'),
      column('price', 'decimal'),
      column('stock', 'int'),
    ]);
    expect(codec.encode(['Lamp', { unscaled: 1990n, scale: 2 }, 3])).toBe(
      '{"title":"Lamp","price":"19.90","stock":3}',
    );
  });

  test('writes every column, null where unset', () => {
    const codec = createRowCodec([column('a', 'text'), column('b', 'set<int>'), column('c', 'decimal')]);
    expect(codec.encode([null, null, null])).toBe('{"a":null,"b":null,"c":null}');
    expect(codec.encode([])).toBe('{"a":null,"b":null,"c":null}');
  });

  test('keeps a column named __proto__, quotes and all', () => {
    const codec = createRowCodec([column('__proto__', 'int'), column('a "b"\\', 'int')]);
    expect(codec.encode([1, 2])).toBe('{"__proto__":1,"a \\"b\\"\\\\":2}');
  });

  test('writes no columns as an empty object', () => {
    expect(createRowCodec([]).encode([])).toBe('{}');
  });

  test('faults on a value that could not be decoded', () => {
    const codec = createRowCodec([column('at', 'timestamp')]);
    expect(() => codec.encode([{ unreadable: 'beyond the range' }])).toThrow(ValueFault);
  });

  test('says by its id that the pieces are JSON', () => {
    expect(createRowCodec([]).id).toBe('json/1');
  });
});
