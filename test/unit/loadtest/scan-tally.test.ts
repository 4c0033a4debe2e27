import { describe, expect, it } from 'vitest';
import { itemColumns, itemKey, itemOf } from '../../../loadtest/dataset.ts';
import { checkItem, mostScannedRows, ScanTally, scannedItem } from '../../../loadtest/scan-tally.ts';

function tallyOf(rows: number, taken: readonly number[], bodies = 1): ScanTally {
  const tally = new ScanTally(rows, { bodies });
  for (const index of taken) {
    const id = itemKey(index);
    tally.take(id, () => scannedItem(id, bodies));
  }
  return tally;
}

describe('the tally of a scan', () => {
  it('is content with every row once, in any order', () => {
    const tally = tallyOf(4, [2, 0, 3, 1]);
    expect(tally.rows).toBe(4);
    expect(() => tally.check()).not.toThrow();
  });

  it('misses rows that did not come', () => {
    expect(() => tallyOf(4, [2, 0]).check()).toThrow('2 of 4 rows did not come');
  });

  it('refuses a row that came before, though the count would be right', () => {
    expect(() => tallyOf(3, [0, 1, 1])).toThrow('item-00001 came twice');
  });

  it.each(['item-00004', 'item-1', 'other', ''])('refuses %j, which the table does not have', (id) => {
    const tally = new ScanTally(4, { bodies: 1 });
    expect(() => tally.take(id, () => itemOf(itemKey(0)))).toThrow('does not have');
  });

  it('looks at the values of some rows', () => {
    const tally = new ScanTally(501, { bodies: 1 });
    expect(() => tally.take(itemKey(500), () => ({ ...itemOf(itemKey(500)), stock: 1 }))).toThrow(
      'wrong stock',
    );
    expect(() => tally.take(itemKey(0), () => scannedItem(itemKey(0), 2))).toThrow('wrong body');
  });

  it('has room for every key of five digits', () => {
    const last = itemKey(mostScannedRows - 1);
    expect(itemOf(last).id).toBe(last);
    expect(() => itemOf(itemKey(mostScannedRows))).toThrow('not a key');
  });
});

describe('a wide row', () => {
  it('has about 2 KB, and nothing but its body is another', () => {
    const wide = scannedItem(itemKey(7), 5);
    expect(wide.body.length).toBeGreaterThan(2_000);
    expect({ ...wide, body: '' }).toEqual({ ...itemOf(itemKey(7)), body: '' });
  });
});

describe('the check of a row', () => {
  it.each(itemColumns)('tells that %s is wrong', (column) => {
    const item = itemOf(itemKey(3));
    expect(() => checkItem(item, item)).not.toThrow();
    expect(() => checkItem({ ...item, [column]: 'x' }, item)).toThrow(`item-00003: wrong ${column}`);
  });
});
