import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmbeddedTable } from '../../../src/adapters/embedded/embedded-table.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { CqlValue } from '../../../src/core/encoding/cql-value.ts';
import type { Column } from '../../../src/core/encoding/table-schema.ts';
import { bytesFromValue } from '../../../src/core/encoding/value-bytes.ts';
import type { RowChange } from '../../../src/core/ports.ts';
import { schemaOf } from '../../support/embedded-fixture.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const schema = schemaOf({
  keyspace: 'shop',
  name: 'rows',
  partitionKey: [{ name: 'p', type: 'int' }],
  clusteringKey: [{ name: 'c', type: 'int', descending: true }],
  columns: [
    { name: 'x', type: 'int' },
    { name: 'y', type: 'int' },
  ],
});
const [p, c, x, y] = schema.columns as [Column, Column, Column, Column];
const statement = { table: schema, keyColumns: [p], columns: [c, x, y] };
const key = [int(1)];
const nobody = new Map<string, number>();

function int(value: number): Uint8Array {
  return bytesFromValue({ kind: 'int' }, value, nodeText);
}

type Cell = number | null | undefined;

interface Change {
  readonly kind: 'upsert' | 'delete-row' | 'delete-partition';
  readonly c: number;
  readonly x: Cell;
  readonly y: Cell;
  readonly micros: number;
  readonly ttlSeconds: number | undefined;
}

function changeOf(change: Change): RowChange {
  const { kind, micros, ttlSeconds } = change;
  const isUpsert = kind === 'upsert';
  const cells = [change.x, change.y].map((cell) => (typeof cell === 'number' ? int(cell) : cell));
  const keyColumns = kind === 'delete-partition' ? [p] : [p, c];
  return {
    statement: { kind, table: schema, keyColumns, columns: isUpsert ? [x, y] : [] },
    key: kind === 'delete-partition' ? key : [...key, int(change.c)],
    cells: isUpsert ? cells : [],
    ttlSeconds: isUpsert ? ttlSeconds : undefined,
    timestampMicros: BigInt(micros),
  };
}

/** What a read gives after the changes: at once, after 1 s and after 3 s. */
function rowsAfter(changes: readonly Change[], inserted: readonly number[] = []): readonly string[] {
  let nowMs = 0;
  const clock = { ...createFakeClock(), nowMs: () => nowMs };
  const table = new EmbeddedTable(schema, new Set(['c']), nodeText, clock);
  for (const each of inserted)
    table.insert([
      ['p', 1],
      ['c', each],
      ['x', 0],
    ]);
  for (const change of changes) {
    const prepared = table.prepare(changeOf(change));
    if (prepared === undefined) throw new Error('the table does not take the change');
    table.change(prepared, nobody);
  }
  const seen: string[] = [];
  for (const readMs of [0, 1_000, 3_000]) {
    nowMs = readMs;
    seen.push(JSON.stringify(table.read(statement, key, [])?.map((row) => row.values)));
  }
  return seen;
}

const cell = fc.option(fc.option(fc.integer({ min: 1, max: 3 })), { nil: undefined });
const anyChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('upsert', 'upsert', 'upsert', 'delete-row', 'delete-partition'),
  c: fc.integer({ min: 1, max: 3 }),
  x: cell,
  y: cell,
  // Few, so that many are of one instant.
  micros: fc.integer({ min: -2, max: 4 }),
  ttlSeconds: fc.constantFrom(undefined, undefined, 0, 1, 2),
});

/** The rows as the changes define them, looked at all together: slow, and in no order of coming. */
function expectedRows(changes: readonly Change[], inserted: readonly number[]): readonly CqlValue[][] {
  const partitionMicros = latest(changes.filter(({ kind }) => kind === 'delete-partition'));
  const rows: CqlValue[][] = [];
  for (const at of [3, 2, 1]) {
    const own = changes.filter((change) => change.c === at);
    const deleted = Math.max(partitionMicros, latest(own.filter(({ kind }) => kind === 'delete-row')));
    const alive = own.filter(({ kind, micros }) => kind === 'upsert' && micros > deleted);
    const isFirst = inserted.includes(at) && deleted === Number.NEGATIVE_INFINITY;
    if (alive.length === 0 && !isFirst) continue;
    rows.push([at, winner(alive, 'x') ?? (isFirst && !hasCell(alive, 'x') ? 0 : null), winner(alive, 'y')]);
  }
  return rows;
}

function latest(changes: readonly Change[]): number {
  return Math.max(Number.NEGATIVE_INFINITY, ...changes.map(({ micros }) => micros));
}

function hasCell(changes: readonly Change[], name: 'x' | 'y'): boolean {
  return changes.some((change) => change[name] !== undefined);
}

/** Of the newest a deletion, otherwise the greatest. */
function winner(changes: readonly Change[], name: 'x' | 'y'): number | null {
  const given = changes.filter((change) => change[name] !== undefined);
  const newest = given.filter(({ micros }) => micros === latest(given)).map((change) => change[name] ?? null);
  const values = newest.filter((value) => value !== null);
  return newest.length === 0 || values.length < newest.length ? null : Math.max(...values);
}

describe('rows that messages write', () => {
  it('are the same in whatever order the messages come', () => {
    const reordered = fc
      .array(anyChange, { maxLength: 10 })
      .chain((changes) =>
        fc.tuple(fc.constant(changes), fc.shuffledSubarray(changes, { minLength: changes.length })),
      );
    fc.assert(
      fc.property(reordered, ([changes, shuffled]) => {
        expect(rowsAfter(shuffled, [1, 2])).toEqual(rowsAfter(changes, [1, 2]));
      }),
    );
  });

  it('have of each cell the newest that no deletion covers', () => {
    const lasting = anyChange.map((change) => ({ ...change, ttlSeconds: undefined }));
    fc.assert(
      fc.property(fc.array(lasting, { maxLength: 10 }), fc.subarray([1, 2, 3]), (changes, inserted) => {
        expect(rowsAfter(changes, inserted)[0]).toBe(JSON.stringify(expectedRows(changes, inserted)));
      }),
    );
  });

  const upsertOf = (change: Partial<Change>): Change => {
    const plain = {
      kind: 'upsert',
      c: 1,
      x: undefined,
      y: undefined,
      micros: 1,
      ttlSeconds: undefined,
    } as const;
    return { ...plain, ...change };
  };

  it.each<[string, readonly Change[], readonly string[]]>([
    ['a row ends with its time', [upsertOf({ x: 1, ttlSeconds: 1 })], ['[[1,1,null]]', '[]', '[]']],
    [
      '0 seconds are for ever',
      [upsertOf({ x: 1, ttlSeconds: 0 })],
      ['[[1,1,null]]', '[[1,1,null]]', '[[1,1,null]]'],
    ],
    [
      'a cell ends, its row stays for another cell',
      [upsertOf({ y: 2 }), upsertOf({ x: 1, ttlSeconds: 1, micros: 2 })],
      ['[[1,1,2]]', '[[1,null,2]]', '[[1,null,2]]'],
    ],
    [
      'what has ended still covers what is older',
      [upsertOf({ x: 1, ttlSeconds: 1, micros: 2 }), upsertOf({ x: 5, micros: 1 })],
      ['[[1,1,null]]', '[]', '[]'],
    ],
    [
      'of one instant what ends wins over what stays, and the later end over the other',
      [upsertOf({ x: 9, y: 9 }), upsertOf({ x: 1, ttlSeconds: 1 }), upsertOf({ x: 2, ttlSeconds: 3 })],
      ['[[1,2,9]]', '[[1,2,9]]', '[[1,null,9]]'],
    ],
  ])('count their time by the clock: %s', (_why, changes, expected) => {
    expect(rowsAfter(changes)).toEqual(expected);
  });

  it('take a column that was added since, and keep what they had', () => {
    const table = new EmbeddedTable(schema, new Set(['c']), nodeText, createFakeClock());
    const write = (change: RowChange): void => {
      const prepared = table.prepare(change);
      if (prepared === undefined) throw new Error('the table does not take the change');
      table.change(prepared, nobody);
    };
    table.insert([
      ['p', 1],
      ['c', 1],
      ['x', 3],
    ]);
    write(changeOf(upsertOf({ c: 2, y: 4 })));
    const added: Column = { name: 'z', kind: 'regular', type: { kind: 'int' }, cqlType: 'int' };
    table.addColumn(added);
    for (const at of [1, 2]) {
      const change = changeOf(upsertOf({ c: at }));
      write({ ...change, statement: { ...change.statement, columns: [added] }, cells: [int(at * 10)] });
    }
    const wide = { ...statement, columns: [c, x, y, added] };
    expect(table.read(wide, key, [])?.map((row) => row.values)).toEqual([
      [2, null, 4, 20],
      [1, 3, null, 10],
    ]);
  });

  it('are not taken where a column of the clustering key has no value', () => {
    const table = new EmbeddedTable(schema, new Set(['c']), nodeText, createFakeClock());
    const change = changeOf(upsertOf({ x: 1 }));
    expect(table.prepare(change)).toBeDefined();
    expect(table.prepare({ ...change, key: [...key, new Uint8Array()] })).toBeUndefined();
  });

  it('are not taken by a table with static columns, since there is none', () => {
    const column: Column = { name: 's', kind: 'static', type: { kind: 'int' }, cqlType: 'int' };
    const wide = { ...schema, columns: [...schema.columns, column] };
    expect(() => new EmbeddedTable(wide, new Set(), nodeText, createFakeClock())).toThrow(RangeError);
  });
});
