import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { canBeStored, readParameters } from '../../../src/adapters/cassandra/key-parameters.ts';
import type { ReadStatement } from '../../../src/core/ports.ts';
import { tableOf } from './tables.ts';

function statementOf(table: ReadStatement['table'], full = false, rowsPerPartition?: number): ReadStatement {
  const keyColumns = full ? [...table.partitionKey, ...table.clusteringKey] : table.partitionKey;
  return { table, keyColumns, columns: [], ...(rowsPerPartition === undefined ? {} : { rowsPerPartition }) };
}

const single = statementOf(tableOf({ k: 'blob' }));
const composite = statementOf(tableOf({ a: 'text', b: 'text' }, { c: 'text' }), true);
const hex = (buffers: readonly Buffer[]): string[] => buffers.map((buffer) => buffer.toString('hex'));

describe('parameters of a read', () => {
  it('are the components of a single key as they are', () => {
    expect(hex(readParameters(composite, [[Buffer.from('a'), Buffer.from('b'), Buffer.from('c')]]))).toEqual([
      '61',
      '62',
      '63',
    ]);
  });

  it('carry several keys as a list, in place of the last component of the partition key', () => {
    const keys = ['x', 'yz', ''].map((b) => [Buffer.from('a'), Buffer.from(b), Buffer.from('c')]);
    expect(hex(readParameters(composite, keys))).toEqual([
      '61',
      '00000003000000017800000002797a00000000',
      '63',
    ]);
  });

  it('end with the rows wanted of each partition', () => {
    const bounded = statementOf(tableOf({ k: 'blob' }, { c: 'int' }), false, 101);
    expect(hex(readParameters(bounded, [[Buffer.from([1])]]))).toEqual(['01', '00000065']);
  });

  it('take bytes that are a part of a larger buffer', () => {
    expect(hex(readParameters(single, [[new Uint8Array([1, 2, 3, 4]).subarray(1, 3)]]))).toEqual(['0203']);
  });
});

describe('a key that Cassandra would refuse the whole statement for', () => {
  const cases: readonly (readonly [
    why: string,
    statement: ReadStatement,
    sizes: readonly number[],
    stored: boolean,
  ])[] = [
    ['an empty key of one component', single, [0], false],
    ['the longest key', single, [65_535], true],
    ['a longer key', single, [65_536], false],
    ['empty components of a composite key are allowed', composite, [0, 0, 1], true],
    ['components carry three bytes each', composite, [65_529, 0, 1], true],
    ['and so a composite key ends earlier', composite, [65_530, 0, 1], false],
    ['the clustering key has a bound of its own', composite, [1, 1, 65_535], true],
    ['and beyond it is refused too', composite, [1, 1, 65_536], false],
  ];
  it.each(cases)('is left out: %s', (_why, statement, sizes, stored) => {
    expect(
      canBeStored(
        statement.table,
        sizes.map((size) => new Uint8Array(size)),
      ),
    ).toBe(stored);
  });
});
