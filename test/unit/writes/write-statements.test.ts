import { describe, expect, it } from 'vitest';
import type { Column } from '../../../src/core/encoding/table-schema.ts';
import type { Cell, RequestedRow } from '../../../src/core/writes/requested-row.ts';
import { createWriteStatements } from '../../../src/core/writes/write-statements.ts';
import { makeTable } from '../../support/scripted-cluster.ts';

const columnNames = Array.from({ length: 12 }, (_, index) => `c${String(index).padStart(2, '0')}`);
const wide = makeTable('wide', ['id'], ['day'], columnNames, ['region']);
const cell = Uint8Array.of(1);
const id = Uint8Array.of(2);
const columnOf = (name: string) => wide.columns.find((column) => column.name === name) as Column;

function row(names: readonly string[], kind: RequestedRow['kind'] = 'upsert', isWhole = true): RequestedRow {
  const cells = new Map<Column, Cell>(names.map((name) => [columnOf(name), cell]));
  return { kind, key: isWhole ? [id, id] : [id], cells, ttlSeconds: undefined };
}

describe('the statements of a table', () => {
  const names = (columns: readonly Column[]) => columns.map(({ name }) => name);

  it('are one object for the same columns, however they are named', () => {
    const statements = createWriteStatements();
    const one = statements.changeOf(wide, row(['c01', 'c00']), 1n);
    const other = statements.changeOf(wide, row(['c00', 'c01']), 2n);
    expect(other.statement).toBe(one.statement);
    expect(names(one.statement.columns)).toEqual(['c00', 'c01']);
    expect(names(one.statement.keyColumns)).toEqual(['id', 'day']);
    expect(statements.changeOf({ ...wide }, row(['c00', 'c01']), 1n).statement).not.toBe(one.statement);
  });

  it('have the key that a row has', () => {
    const statements = createWriteStatements();
    const ofPartition = statements.changeOf(wide, row(['region'], 'upsert', false), 1n);
    expect(names(ofPartition.statement.keyColumns)).toEqual(['id']);
    expect(statements.changeOf(wide, row(['region']), 1n).statement).not.toBe(ofPartition.statement);
    const deleted = statements.changeOf(wide, row([], 'delete-partition', false), 1n).statement;
    expect([deleted.kind, names(deleted.keyColumns), deleted.columns]).toEqual([
      'delete-partition',
      ['id'],
      [],
    ]);
  });

  it('keep null and unset apart', () => {
    const { statement, cells } = createWriteStatements().changeOf(
      wide,
      { ...row([]), cells: new Map([[columnOf('c03'), null]]) },
      1n,
    );
    expect(names(statement.columns)).toEqual(['c03']);
    expect(cells).toEqual([null]);
  });

  it('are at most 32 column sets; beyond, all columns with what is not given left alone', () => {
    const statements = createWriteStatements();
    const sets = Array.from({ length: 200 }, (_, bits) => columnNames.filter((_, at) => (bits >> at) & 1));
    const changes = sets.map((set) => statements.changeOf(wide, row(set), 1n));
    expect(new Set(changes.map(({ statement }) => statement)).size).toBe(33);
    expect(statements.changeOf(wide, row(sets[3] ?? []), 1n).statement).toBe(changes[3]?.statement);
    const { statement, cells } = changes[199] ?? (changes[0] as (typeof changes)[0]);
    expect(names(statement.columns)).toEqual([...columnNames, 'region']);
    expect(statement.columns.filter((_, at) => cells[at] !== undefined).map(({ name }) => name)).toEqual(
      sets[199],
    );
    const ofPartition = statements.changeOf(wide, row(['region'], 'upsert', false), 1n).statement;
    expect(names(ofPartition.columns)).toEqual(['region']);
  });
});
