import { describe, expect, it } from 'vitest';
import type { CqlValue } from '../../../src/core/encoding/cql-value.ts';
import { PageLines } from '../../../src/core/scans/page-lines.ts';
import type { PageMeasure } from '../../../src/core/scans/page-sizing.ts';
import { createScanSelections, type ScanSelection } from '../../../src/core/scans/scan-selection.ts';
import { makeTable } from '../../support/scripted-cluster.ts';

const table = makeTable('notes', ['id'], [], ['note']);
const piece = 524_288;

function setUp(rows: readonly (readonly CqlValue[])[], changes: Partial<ScanSelection> = {}) {
  const measures: PageMeasure[] = [];
  const faults: unknown[] = [];
  const selection = { ...createScanSelections().select(table, table.columns, 'range'), ...changes };
  const lines = new PageLines(rows, {
    selection,
    onMeasured: (measure) => void measures.push(measure),
    onFault: (fault) => void faults.push(fault),
  });
  return { lines, measures, faults };
}

function piecesOf(lines: PageLines): string[] {
  const pieces: string[] = [];
  while (!lines.isOver) pieces.push(lines.next());
  return pieces;
}

describe('the lines of a page', () => {
  it('are one piece where they are few', () => {
    const { lines, measures } = setUp([
      ['a', 'x'],
      ['b', 'yy'],
    ]);
    expect(lines.isWritten).toBe(true);
    expect(piecesOf(lines)).toEqual(['{"row":{"id":"a","note":"x"}}\n{"row":{"id":"b","note":"yy"}}\n']);
    expect(lines.next()).toBe('');
    expect(measures).toEqual([{ rows: 2, characters: 61, largest: 31 }]);
  });

  it('of no rows are no piece, and tell nothing of their size', () => {
    const { lines, measures } = setUp([]);
    expect([lines.isOver, lines.isWritten, lines.next()]).toEqual([true, true, '']);
    expect(measures).toEqual([]);
  });

  it('are pieces of whole lines, each about 512 KiB', () => {
    const rows = Array.from({ length: 100 }, (_, index) => [String(index), 'x'.repeat(20_000)]);
    const { lines, measures } = setUp(rows);
    const pieces = piecesOf(lines);
    expect(pieces.length).toBe(4);
    for (const each of pieces.slice(0, -1)) {
      expect(each.length).toBeGreaterThanOrEqual(piece);
      expect(each.length).toBeLessThan(piece + 20_100);
    }
    const ids = pieces.join('').match(/"id":"\d+"/g);
    expect(ids).toEqual(rows.map(([id]) => `"id":"${id}"`));
    expect(measures).toEqual([
      {
        rows: 100,
        characters: pieces.join('').length,
        largest: '{"row":{"id":"99","note":""}}\n'.length + 20_000,
      },
    ]);
  });

  it('are written one piece ahead, and no further', () => {
    let written = 0;
    const encode = (): string => {
      written += 1;
      return `"${'x'.repeat(piece)}"`;
    };
    const { lines, measures } = setUp(Array<CqlValue[]>(4).fill([]), { encode });
    expect([written, lines.isWritten]).toEqual([1, false]);
    lines.next();
    lines.next();
    expect([written, lines.isWritten, measures.length]).toEqual([3, false, 0]);
    lines.next();
    expect([written, lines.isWritten, lines.isOver, measures.length]).toEqual([4, true, false, 1]);
    expect(lines.next()).not.toBe('');
    expect([written, lines.isOver, measures.length]).toEqual([4, true, 1]);
  });

  it('have a row with a value that cannot be read as a line of its own, and no fault', () => {
    const { lines, faults } = setUp([
      ['a', { unreadable: 'beyond' }],
      ['b', 'x'],
    ]);
    expect(piecesOf(lines)).toEqual([
      '{"unreadable":{"columns":["note"],"row":{"id":"a"}}}\n{"row":{"id":"b","note":"x"}}\n',
    ]);
    expect(faults).toEqual([]);
  });

  it('go on behind a fault of another kind, which is told once', () => {
    const encode = (): string => {
      throw new RangeError('too long');
    };
    const encodeReadable = () => ({ columns: ['note'], row: '{}' });
    const { lines, faults } = setUp([['a'], ['b']], { encode, encodeReadable });
    expect(piecesOf(lines)[0]?.split('\n')).toHaveLength(3);
    expect(faults).toEqual([new RangeError('too long')]);
  });
});
