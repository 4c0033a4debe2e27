import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import { readKey } from '../../../src/core/encoding/key-json.ts';
import type { Column } from '../../../src/core/encoding/table-schema.ts';

const columns = (kind: Column['kind'], definitions: Readonly<Record<string, string>>): Column[] =>
  Object.entries(definitions).map(([name, cqlType]) => ({
    name,
    kind,
    type: parseCqlType(cqlType),
    cqlType,
  }));

const table = (
  partition: Readonly<Record<string, string>>,
  clustering: Readonly<Record<string, string>> = {},
) => ({
  partitionKey: columns('partition', partition),
  clusteringKey: columns('clustering', clustering),
});

const products = table({ sku: 'text' });
const readings = table({ sensor: 'int', day: 'date' }, { at: 'timestamp', seq: 'int' });
const events = table({ id: 'bigint' }, { at: 'int' });

type Table = typeof products;
const read = (of: Table, json: unknown) => readKey(of, json, '/keys/3', nodeText);
/** The components in hex, and whether they are the whole primary key. */
const keyOf = (of: Table, json: unknown) => {
  const reading = read(of, json);
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults));
  return [reading.key.map((bytes) => Buffer.from(bytes).toString('hex')).join(' '), reading.full];
};
const faultsOf = (of: Table, json: unknown) => {
  const reading = read(of, json);
  return 'faults' in reading ? reading.faults : [];
};
const pointersOf = (of: Table, json: unknown) => faultsOf(of, json).map((fault) => fault.pointer);

describe('readKey', () => {
  const taken: readonly [string, Table, unknown, string, boolean][] = [
    ['a bare scalar for the only column', products, 'a', '61', true],
    ['an object that names it', products, { sku: 'a' }, '61', true],
    ['a bare scalar for the partition key alone', events, 5, '0000000000000005', false],
    ['an object for the partition key alone', events, { id: '5' }, '0000000000000005', false],
    ['an object for the whole primary key', events, { at: 1, id: 5 }, '0000000000000005 00000001', true],
    [
      'the columns of a composite key in key order',
      readings,
      { day: '1970-01-01', sensor: 7 },
      '00000007 80000000',
      false,
    ],
    ['an array for a list', table({ k: 'frozen<list<int>>' }), [1], '000000010000000400000001', true],
    ['an empty list, which has bytes', table({ k: 'frozen<list<int>>' }), [], '00000000', true],
    [
      'pairs for a map',
      table({ k: 'frozen<map<int, int>>' }),
      [[1, 2]],
      '0000000100000004000000010000000400000002',
      true,
    ],
    [
      'a map inside an object that names its column',
      table({ k: 'frozen<map<text, int>>' }),
      { k: {} },
      '00000000',
      true,
    ],
    [
      'a tuple bare, null within',
      table({ k: 'frozen<tuple<int, text>>' }),
      [1, null],
      '0000000400000001ffffffff',
      true,
    ],
    ['a vector bare', table({ k: 'vector<float, 2>' }), [1, 2], '3f80000040000000', true],
    [
      'a vector of as many elements as a key has bytes',
      table({ k: 'vector<boolean, 65535>' }),
      new Array(65_535).fill(true),
      '01'.repeat(65_535),
      true,
    ],
    ['an empty component of a composite key', table({ a: 'text', b: 'text' }), { a: '', b: '' }, ' ', true],
    ['an empty clustering component', table({ a: 'int' }, { b: 'text' }), { a: 1, b: '' }, '00000001 ', true],
    ['the scale of a decimal', table({ k: 'decimal' }), '1.00', '0000000264', true],
    [
      'a column named as a property of every object',
      table({ constructor: 'int' }),
      { constructor: 1 },
      '00000001',
      true,
    ],
    ['a key of the greatest length', products, 'x'.repeat(65_535), '78'.repeat(65_535), true],
  ];
  test.each(taken)('takes %s', (_, of, json, hex, full) => {
    expect(keyOf(of, json)).toEqual([hex, full]);
  });

  test('takes a column named __proto__', () => {
    const of = { partitionKey: columns('partition', JSON.parse('{"__proto__":"int"}')), clusteringKey: [] };
    expect(keyOf(of, JSON.parse('{"__proto__":1}'))).toEqual(['00000001', true]);
    expect(pointersOf(of, {})).toEqual(['/keys/3/__proto__']);
  });

  const refused: readonly [string, Table, unknown, readonly string[]][] = [
    ['a wrong type', products, 5, ['/keys/3']],
    ['a wrong type by its column', products, { sku: 5 }, ['/keys/3/sku']],
    ['null', products, null, ['/keys/3']],
    ['a null component', products, { sku: null }, ['/keys/3/sku']],
    ['an array for a scalar', products, ['a'], ['/keys/3']],
    ['an unknown column', products, { sku: 'a', size: 1 }, ['/keys/3/size']],
    ['a column of another name', products, { SKU: 'a' }, ['/keys/3/sku', '/keys/3/SKU']],
    ['an unknown column with what a pointer escapes', products, { sku: 'a', 'a~/b': 1 }, ['/keys/3/a~0~1b']],
    ['a property of every object that is no column', table({ toString: 'text' }), {}, ['/keys/3/toString']],
    ['a scalar for a composite key', readings, 7, ['/keys/3']],
    ['an array for a composite key', readings, [7, 0], ['/keys/3']],
    ['part of the partition key', readings, { sensor: 7 }, ['/keys/3/day']],
    ['part of the clustering key', readings, { sensor: 7, day: 0, at: 0 }, ['/keys/3/seq']],
    ['a clustering key alone', events, { at: 0 }, ['/keys/3/id']],
    ['several wrong components', readings, { sensor: 'x', day: 'y' }, ['/keys/3/sensor', '/keys/3/day']],
    ['a value out of range', table({ k: 'tinyint' }), 128, ['/keys/3']],
    ['a lone surrogate', products, '\ud800', ['/keys/3']],
    ['an empty text as the whole partition key', products, '', ['/keys/3']],
    ['an empty blob as the whole partition key', table({ k: 'blob' }), '0x', ['/keys/3']],
    ['a key too long', products, 'x'.repeat(65_536), ['/keys/3']],
    [
      'a composite key too long in all',
      table({ a: 'text', b: 'text' }),
      { a: 'x'.repeat(40_000), b: 'x'.repeat(30_000) },
      ['/keys/3'],
    ],
    [
      'a clustering component too long',
      table({ a: 'int' }, { b: 'text' }),
      { a: 1, b: 'x'.repeat(65_536) },
      ['/keys/3/b'],
    ],
    [
      'a collection of too many elements',
      table({ k: 'frozen<set<int>>' }),
      Array.from({ length: 20_000 }, (_, at) => at),
      ['/keys/3'],
    ],
    [
      'too many elements further in',
      table({ k: 'frozen<list<frozen<list<int>>>>' }),
      [new Array(20_000).fill(0)],
      ['/keys/3'],
    ],
    [
      'nesting without end where a collection is wanted',
      table({ k: 'frozen<list<int>>' }),
      JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`),
      ['/keys/3'],
    ],
    ['a tuple too short', table({ k: 'frozen<tuple<int, text>>' }), [1], ['/keys/3']],
    ['a type that is not carried', table({ k: "'custom.Type'" }), '1d', ['/keys/3']],
  ];
  test.each(refused)('refuses %s', (_, of, json, pointers) => {
    expect(pointersOf(of, json)).toEqual(pointers);
  });

  test('bounds what it says of one key', () => {
    const json = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, at) => [`${at}${'x'.repeat(500)}`, 1]),
    );
    const said = JSON.stringify(faultsOf(products, json));
    expect(said.length).toBeLessThan(2_000);
  });

  test('never names a value', () => {
    fc.assert(
      fc.property(fc.constantFrom(products, readings, events), fc.jsonValue(), (of, noise) => {
        const secret = 'c0ffee-secret';
        for (const json of [
          { sensor: secret, day: secret, id: secret, sku: [secret] },
          [secret, noise],
          { id: noise, at: secret },
        ]) {
          expect(JSON.stringify(faultsOf(of, json))).not.toContain(secret);
        }
      }),
    );
  });

  test('answers any JSON with a key or with faults at its own place', () => {
    const anyTable = fc.constantFrom(products, readings, events, table({ k: 'frozen<map<text, decimal>>' }));
    const named = fc.dictionary(
      fc.constantFrom('sku', 'sensor', 'day', 'at', 'seq', 'id', 'k', '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(anyTable, fc.oneof(fc.jsonValue(), named), (of, json) => {
        const reading = read(of, json);
        if ('faults' in reading) {
          expect(reading.faults.length).toBeGreaterThan(0);
          expect(reading.faults.every((fault) => fault.pointer.startsWith('/keys/3'))).toBe(true);
        } else {
          const expected = of.partitionKey.length + (reading.full ? of.clusteringKey.length : 0);
          expect(reading.key).toHaveLength(expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});
