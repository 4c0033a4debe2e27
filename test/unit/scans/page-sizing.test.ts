import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScanStatement } from '../../../src/core/ports.ts';
import { PageSizing, type RowSizes } from '../../../src/core/scans/page-sizing.ts';

const target = 524_288;

const statementOf = (): ScanStatement => ({
  table: { keyspace: 'shop', name: 'products', partitionKey: [], clusteringKey: [], columns: [] },
  columns: [],
  area: 'range',
});
const sizingOf = (pageSize: number): PageSizing => new PageSizing(pageSize, new WeakMap(), statementOf());
/** Rows of one size. */
const even = (rows: number, row: number) => ({ rows, characters: rows * row, largest: rows === 0 ? 0 : row });
const next = (sizing: PageSizing): number => sizing.next(undefined, undefined);

describe('the size of a page', () => {
  it('is ten rows at first, then grows eightfold to what was asked for', () => {
    const sizing = sizingOf(700);
    const asked = [];
    for (let page = 0; page < 5; page += 1) {
      const rows = next(sizing);
      asked.push(rows);
      sizing.note(rows, even(rows, 50));
    }
    expect(asked).toEqual([10, 80, 640, 700, 700]);
  });

  it('does not grow by pages that have no rows, or hardly any', () => {
    const sizing = sizingOf(1_000);
    sizing.note(10, even(0, 0));
    expect(next(sizing)).toBe(10);
    sizing.note(10, even(1, 50));
    expect(next(sizing)).toBe(10);
    sizing.note(10, even(2, 50));
    expect(next(sizing)).toBe(16);
  });

  it('is not made smaller by a page that ended where its range does', () => {
    const sizing = sizingOf(1_000);
    sizing.note(1_000, even(1_000, 50));
    sizing.note(1_000, even(3, 50));
    expect(next(sizing)).toBe(1_000);
  });

  it('is what the pace brings in a tenth of a second, or fifty rows of a slow one, and what is left', () => {
    const sizing = sizingOf(1_000);
    sizing.note(1_000, even(1_000, 50));
    const paced = (perSecond: number, burst = 1_000, left?: number): number =>
      sizing.next({ perSecond, burst, isSlowed: false }, left);
    expect(paced(2_507)).toBe(250);
    expect(paced(50_000)).toBe(1_000);
    expect(paced(120)).toBe(50);
    expect(paced(20.7)).toBe(20);
    expect(paced(0.1)).toBe(1);
    expect(paced(2_500, 30)).toBe(30);
    expect(paced(2_500, 1_000, 3)).toBe(3);
  });

  it('stays near 512 KiB', () => {
    const sizing = sizingOf(1_000);
    sizing.note(100, even(100, 4_096));
    expect(next(sizing)).toBe(target / 4_096);
    sizing.note(1, even(1, 2 * target));
    expect(next(sizing)).toBe(1);
  });

  it('remembers one large row among small ones, and forgets it by and by', () => {
    const sizing = sizingOf(1_000);
    sizing.note(1_000, { rows: 1_000, characters: 1_000 * 50 + target, largest: target });
    // An eighth of the largest: eight of them would be as much as a page may have.
    expect(next(sizing)).toBe(8);
    let pages = 0;
    for (; next(sizing) < 800 && pages < 100; pages += 1) sizing.note(next(sizing), even(next(sizing), 50));
    expect(pages).toBeGreaterThan(10);
    expect(pages).toBeLessThan(30);
  });

  it('is never more than eight times the one before, nor such that rows like the largest of that would exceed 4 MiB', () => {
    const anyPage = fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      mean: fc.integer({ min: 20, max: 100_000 }),
      largest: fc.integer({ min: 1, max: 20_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(anyPage, { maxLength: 30 }), (pages) => {
        const sizing = sizingOf(1_000);
        for (const { share, mean, largest } of pages) {
          const asked = next(sizing);
          const rows = Math.floor(asked * share);
          const most = Math.max(mean, largest);
          sizing.note(asked, { rows, characters: rows === 0 ? 0 : most + (rows - 1) * mean, largest: most });
          expect(next(sizing)).toBeLessThanOrEqual(8 * asked);
          if (rows > 0) expect(next(sizing)).toBeLessThanOrEqual(Math.max(1, (8 * target) / most));
        }
      }),
    );
  });

  it('begins with what an earlier scan of the same columns has seen', () => {
    const sizes: RowSizes = new WeakMap();
    const statement = statementOf();
    const begin = (of = statement): number => next(new PageSizing(1_000, sizes, of));
    new PageSizing(1_000, sizes, statement).note(10, even(1, 50));
    expect(begin()).toBe(10);
    new PageSizing(1_000, sizes, statement).note(100, even(100, 4_096));
    expect(begin()).toBe(target / 4_096);
    new PageSizing(1_000, sizes, statement).note(1, even(1, 50));
    expect(begin()).toBe(800);
    expect(begin(statementOf())).toBe(10);
  });

  it('is that of the attempt to come after one has failed, in the next scan too, and grows slowly then', () => {
    const sizes: RowSizes = new WeakMap();
    const statement = statementOf();
    const sizing = new PageSizing(1_000, sizes, statement);
    sizing.note(1_000, even(1_000, 50));
    sizing.shrink(250);
    expect([next(sizing), next(new PageSizing(1_000, sizes, statement))]).toEqual([250, 250]);
    sizing.note(250, even(250, 50));
    expect(next(sizing)).toBe(313);
    sizing.shrink(1);
    sizing.note(1, even(1, 50));
    expect(next(sizing)).toBe(2);
  });
});
