import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf } from '../../../src/adapters/cassandra/change-batches.ts';
import type { RowChange } from '../../../src/core/ports.ts';
import { tableOf } from './tables.ts';

const table = tableOf({ k: 'blob' }, {}, { v: 'blob' });
const statement = { kind: 'upsert', table, keyColumns: table.partitionKey, columns: table.columns } as const;

function changeOf(keyBytes: number, cellBytes: number | null | undefined): RowChange {
  const cell = typeof cellBytes === 'number' ? new Uint8Array(cellBytes) : cellBytes;
  return {
    statement,
    key: [new Uint8Array(keyBytes)],
    cells: [cell],
    ttlSeconds: undefined,
    timestampMicros: 0n,
  };
}

const bytesOf = ({ key, cells }: RowChange): number =>
  (key[0]?.length ?? 0) + (cells[0] === undefined ? 0 : (cells[0]?.length ?? 0));

describe('batches', () => {
  it('hold all changes once and in order, none empty, none of several above what a node takes', () => {
    const change = fc
      .tuple(fc.nat(2_000), fc.option(fc.option(fc.nat(60_000)), { nil: undefined }))
      .map(([key, cell]) => changeOf(key, cell));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const batches = batchesOf(changes);
        expect(batches.flat()).toEqual(changes);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          const bytes = batch.reduce((sum, each) => sum + bytesOf(each), 0);
          if (batch.length > 1) expect(bytes).toBeLessThan(40 * 1024);
        }
      }),
    );
  });

  it('are one where all fits', () => {
    expect(batchesOf(Array.from({ length: 50 }, () => changeOf(10, 500)))).toHaveLength(1);
  });

  it('count what a cell weighs without a value', () => {
    const changes = Array.from({ length: 1_000 }, () => changeOf(0, null));
    expect(batchesOf(changes).length).toBeGreaterThan(1);
  });
});
