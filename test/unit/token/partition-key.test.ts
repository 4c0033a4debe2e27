import { describe, expect, it } from 'vitest';
import { partitionKeyBytes, tokenOfKey } from '../../../src/core/token/partition-key.ts';
import { tokenToDecimal } from '../../../src/core/token/token.ts';
import vectors from './murmur3-vectors.json' with { type: 'json' };

const { composites, scalars } = vectors;
const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

describe('the bytes of a partition key', () => {
  it('of one component are the component, not a copy', () => {
    const component = bytesOf('0102');
    expect(partitionKeyBytes([component])).toBe(component);
  });

  it('of several are each its length in two bytes, itself and a zero', () => {
    const bytes = partitionKeyBytes([bytesOf('aabb'), bytesOf(''), bytesOf('01'.repeat(258))]);
    expect(Buffer.from(bytes).toString('hex')).toBe(`0002aabb00${'000000'}0102${'01'.repeat(258)}00`);
  });

  it('cannot hold a component that is longer than its length can say', () => {
    const longest = new Uint8Array(65_535);
    expect(partitionKeyBytes([longest, longest]).length).toBe(2 * 65_538);
    expect(() => partitionKeyBytes([longest, new Uint8Array(65_536)])).toThrow(RangeError);
  });
});

describe('the token of a key', () => {
  const types = [...new Set(scalars.map(({ type }) => type))];

  it.each(types)('of a single %s is the one that a Cassandra node gives', (type) => {
    const expected = scalars.filter((vector) => vector.type === type);
    const tokens = expected.map(({ key }) => tokenToDecimal(tokenOfKey([bytesOf(key)])));
    expect(tokens).toEqual(expected.map(({ token }) => token));
  });

  it.each(composites.map(({ types: columns, ...vector }) => ({ columns: columns.join(', '), ...vector })))(
    'of ($columns) with token $token is the one that a Cassandra node gives',
    ({ components, token }) => {
      expect(tokenToDecimal(tokenOfKey(components.map(bytesOf)))).toBe(token);
    },
  );

  it('is tested with every scalar type that can be a partition key', () => {
    expect(types.toSorted()).toEqual([
      'ascii',
      'bigint',
      'blob',
      'boolean',
      'date',
      'decimal',
      'double',
      'float',
      'inet',
      'int',
      'smallint',
      'text',
      'time',
      'timestamp',
      'timeuuid',
      'tinyint',
      'uuid',
      'varint',
    ]);
  });
});
