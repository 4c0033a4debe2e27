import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { ScalarName } from '../../../src/core/encoding/cql-type.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import { jsonFromValue } from '../../../src/core/encoding/json-from-value.ts';
import type { TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { bytesFromValue, valueFromBytes } from '../../../src/core/encoding/value-bytes.ts';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';
import { valueFromJson } from '../../../src/core/encoding/value-from-json.ts';
import { unreadableDetail } from '../../../src/core/writes/readable-value.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { makeTable } from '../../support/scripted-cluster.ts';
import { scalarNames } from '../encoding/arbitrary-values.ts';
import { column, parse, pointers, refusal } from './write-bodies.ts';

const beyond = '8640000000000001';
const latest = '+275760-09-13T00:00:00.000Z';

/** `shop.events (id, at)`. */
const at = column('at', 'timestamp', 'clustering');
const plain = makeTable('events', ['id'], [], []);
const address: TableSchema['columns'][number] = {
  ...column('seen', 'text'),
  cqlType: 'visit',
  type: {
    kind: 'udt',
    keyspace: 'shop',
    name: 'visit',
    fields: [
      { name: 'who', type: { kind: 'text' } },
      { name: 'at', type: { kind: 'timestamp' } },
    ],
  },
};
const events: TableSchema = {
  ...plain,
  clusteringKey: [at],
  columns: [
    ...plain.columns,
    at,
    address,
    ...Object.entries({
      ts: 'timestamp',
      vi: 'varint',
      de: 'decimal',
      days: 'list<timestamp>',
      times: 'frozen<map<timestamp, int>>',
      pair: 'tuple<int, timestamp>',
      three: 'vector<timestamp, 1>',
      deep: 'map<text, frozen<list<frozen<tuple<int, varint>>>>>',
    }).map(([name, cqlType]) => column(name, cqlType)),
  ],
};

const row = (more: object) => ({ rows: [{ values: { id: 'a', at: 0, ...more } }] });

describe('a value that no read could give back', () => {
  it.each([
    ['a timestamp after the last', 'ts', beyond],
    ['one before the first', 'ts', -8_640_000_000_000_001],
    ['the last of 64 bits', 'ts', '9223372036854775807'],
    ['in a list', 'days', [0, beyond]],
    ['as a key of a map', 'times', [[beyond, 1]]],
    ['in a tuple', 'pair', [1, beyond]],
    ['in a vector', 'three', [beyond]],
    ['in a user-defined type', 'seen', { who: 'x', at: beyond }],
    ['in the clustering key', 'at', beyond],
    ['a varint of as many digits, and too large', 'vi', '9'.repeat(10_000)],
    ['a varint of too many digits', 'vi', '1'.repeat(10_001)],
    ['a decimal of too many', 'de', `1.${'9'.repeat(10_000)}`],
    ['deep in others', 'deep', { a: [[1, '1'.repeat(10_001)]] }],
  ])('is refused by its pointer: %s', (_what, name, value) => {
    const error = refusal(row({ [name]: value }), { table: events });
    expect(error.slug).toBe('invalid-request');
    expect(pointers(error)).toEqual([`/rows/0/values/${name}`]);
    expect(JSON.stringify(error.faults)).not.toContain('8640000000000001');
  });

  it('is none at the end of what can be', () => {
    const edge = { ts: latest, days: ['8640000000000000'], at: '-8640000000000000', de: '1E-2147483647' };
    expect(parse(row({ ...edge, vi: '7'.repeat(10_000) }), { table: events }).rows).toHaveLength(1);
  });

  it('can be deleted: whoever has such a row must get rid of it', () => {
    const rows = [
      { delete: { id: 'a', at: beyond } },
      { values: { id: 'a', at: 0, ts: null, pair: [1, null] } },
    ];
    expect(parse({ rows }, { table: events }).rows).toHaveLength(2);
  });
});

describe('whatever a write takes', () => {
  const extreme = [
    ...['8640000000000000', beyond, '-8640000000000001', '9223372036854775807', '-9223372036854775808'],
    ...['1E2147483648', '1E-2147483647', '-0', '0E5', '9'.repeat(10_000), '9'.repeat(10_001)],
    ...['+5881580-07-11', '-5877641-06-23', latest, '23:59:59.999999999', '-2562047h47m16s854ms775us808ns'],
    ...['178956970y7mo2147483647d', 'P1W', '1mo', '0s', 'NaN', '-Infinity', '1e308', '3.4028235e38', '1e39'],
    ...['::ffff:192.0.2.1', '::', '0x', '0x00', '', '\0', '00000000-0000-1000-8000-000000000000'],
    ...[2 ** 53, -(2 ** 31), 2 ** 31 - 1, -0, 0.1, true, 1e308],
  ];
  const others = fc.oneof(
    fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
    fc.bigInt({ min: -(2n ** 33_300n), max: 2n ** 33_300n }).map(String),
    fc.double(),
    fc.string(),
  );

  /** Of each form of the value that a write takes, whether a read gives it back. */
  function readable(kind: ScalarName, given: unknown): boolean[] {
    return [{ kind }, parseCqlType(`tuple<int, ${kind}>`)].flatMap((type) => {
      const bytes = bytesOf(type, type.kind === 'tuple' ? [1, given] : given);
      if (bytes === undefined || unreadableDetail(type, bytes, nodeText) !== undefined) return [];
      try {
        jsonFromValue(type, valueFromBytes(type, bytes, nodeText));
        return [true];
      } catch {
        return [false];
      }
    });
  }

  it.each(scalarNames)('has a JSON form: %s', (kind) => {
    const known = extreme.flatMap((given) => readable(kind, given));
    expect(new Set(known)).toEqual(new Set([true]));
    fc.assert(
      fc.property(others, (given) => !readable(kind, given).includes(false)),
      { numRuns: propertyRuns(100) },
    );
  });
});

function bytesOf(type: Parameters<typeof bytesFromValue>[0], given: unknown): Uint8Array | undefined {
  try {
    return bytesFromValue(type, valueFromJson(type, given), nodeText);
  } catch (error) {
    if (error instanceof ValueFault) return undefined;
    throw error;
  }
}
