import { describe, expect, it } from 'vitest';
import type { ScanStatement } from '../../../src/core/ports.ts';
import { PageSizing, type RowSizes } from '../../../src/core/scans/page-sizing.ts';

const mebibyte = 1_048_576;

const statementOf = (): ScanStatement => ({
  table: { keyspace: 'shop', name: 'products', partitionKey: [], clusteringKey: [], columns: [] },
  columns: [],
  area: 'range',
});
const sizingOf = (pageSize: number): PageSizing => new PageSizing(pageSize, new WeakMap(), statementOf());

describe('the size of a page', () => {
  it('is small at first, then as asked for', () => {
    const sizing = sizingOf(700);
    expect(sizing.next(undefined, undefined)).toBe(100);
    sizing.note(0, 0);
    expect(sizing.next(undefined, undefined)).toBe(100);
    sizing.note(100, 5_000);
    expect(sizing.next(undefined, undefined)).toBe(700);
  });

  it('is what the pace brings in a second, and what is left', () => {
    const sizing = sizingOf(1_000);
    sizing.note(100, 5_000);
    expect(sizing.next(250.7, undefined)).toBe(250);
    expect(sizing.next(0.1, undefined)).toBe(1);
    expect(sizing.next(250, 3)).toBe(3);
  });

  it('stays near 1 MiB', () => {
    const sizing = sizingOf(1_000);
    sizing.note(100, 100 * 4_096);
    expect(sizing.next(undefined, undefined)).toBe(mebibyte / 4_096);
    sizing.note(1, 2 * mebibyte);
    expect(sizing.next(undefined, undefined)).toBe(1);
  });

  it('is careful after a page of larger rows, also where the mean is small', () => {
    const sizing = sizingOf(1_000);
    sizing.note(100_000, 100_000);
    sizing.note(10, 10 * 65_536);
    expect(sizing.next(undefined, undefined)).toBe(16);
    sizing.note(10, 10);
    expect(sizing.next(undefined, undefined)).toBe(1_000);
  });

  it('begins with what an earlier scan of the same columns has seen', () => {
    const sizes: RowSizes = new WeakMap();
    const statement = statementOf();
    new PageSizing(1_000, sizes, statement).note(100, 100 * 4_096);
    expect(new PageSizing(1_000, sizes, statement).next(undefined, undefined)).toBe(mebibyte / 4_096);
    expect(new PageSizing(1_000, sizes, statementOf()).next(undefined, undefined)).toBe(100);
  });
});
