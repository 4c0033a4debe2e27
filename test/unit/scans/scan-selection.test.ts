import { describe, expect, it } from 'vitest';
import type { Column } from '../../../src/core/encoding/table-schema.ts';
import { createScanSelections, readableColumns } from '../../../src/core/scans/scan-selection.ts';
import { makeTable } from '../../support/scripted-cluster.ts';

const names = Array.from({ length: 60 }, (_, index) => `c${String(index).padStart(2, '0')}`);
const wide = makeTable('wide', ['key'], [], names);
const columnOf = (name: string): Column => wide.columns.find((column) => column.name === name) as Column;

describe('selections of a scan', () => {
  it('are the same object for the same columns, of one schema and one kind of area', () => {
    const selections = createScanSelections();
    const columns = [columnOf('c01'), columnOf('key')];
    const known = selections.select(wide, columns, 'range');
    expect(selections.select(wide, [...columns], 'range')).toBe(known);
    expect(selections.select(wide, columns, 'partition').statement).not.toBe(known.statement);
    expect(selections.select({ ...wide }, columns, 'range').statement).not.toBe(known.statement);
  });

  it('share a statement whatever the order of the columns, and each has its own order', () => {
    const selections = createScanSelections();
    const one = selections.select(wide, [columnOf('c01'), columnOf('c02')], 'range');
    const other = selections.select(wide, [columnOf('c02'), columnOf('c01')], 'range');
    expect(other.statement).toBe(one.statement);
    expect(one.encode(['a', 'b'])).toBe('{"c01":"a","c02":"b"}');
    expect(other.encode(['a', 'b'])).toBe('{"c02":"b","c01":"a"}');
  });

  it('read all columns where too many sets were asked for', () => {
    const selections = createScanSelections();
    const made = names.map((name) => selections.select(wide, [columnOf(name)], 'range'));
    const statements = new Set(made.map(({ statement }) => statement));
    expect(statements.size).toBe(33);
    const last = made.at(-1);
    expect(last?.statement.columns).toEqual(wide.columns);
    expect(last?.encode(wide.columns.map(({ name }) => name))).toBe('{"c59":"c59"}');
    expect(selections.select(wide, [columnOf('c00')], 'range')).toBe(made[0]);
  });

  it('tell what can be read of a row, in the order asked, and what cannot', () => {
    const selections = createScanSelections();
    selections.select(wide, [columnOf('c01'), columnOf('c02'), columnOf('c03')], 'range');
    const columns = [columnOf('c03'), columnOf('c01'), columnOf('c02')];
    const { encodeReadable } = selections.select(wide, columns, 'range');
    const odd = { unreadable: 'beyond' };
    expect(encodeReadable(['a', null, odd])).toEqual({ columns: ['c03'], row: '{"c01":"a","c02":null}' });
    expect(encodeReadable([odd, odd, odd])).toEqual({ columns: ['c03', 'c01', 'c02'], row: '{}' });
  });

  it('may be of no column at all', () => {
    expect(createScanSelections().select(wide, [], 'range').encode([])).toBe('{}');
  });

  it('leave out what has no form in JSON', () => {
    const odd: Column = { ...columnOf('c00'), type: { kind: 'unsupported', name: 'x' } };
    expect(readableColumns([odd, columnOf('c01')])).toEqual([columnOf('c01')]);
  });
});
