import { describe, expect, it } from 'vitest';
import {
  checkItems,
  type Item,
  itemColumns,
  itemCount,
  itemKey,
  itemOf,
  randomKeys,
} from '../../../loadtest/dataset.ts';
import { seededRandom } from '../../../loadtest/random.ts';

const keys = [itemKey(0), itemKey(29_999), itemKey(12_345)];
const rows = keys.map(itemOf);

describe('the data set', () => {
  it('has the same row for a key each time', () => {
    expect(keys.map(itemOf)).toEqual(rows);
  });

  it('has rows of about 500 bytes', () => {
    const sizes = Array.from(
      { length: 300 },
      (_, index) => Object.values(itemOf(itemKey(index * 100))).join('').length,
    );
    expect(Math.min(...sizes)).toBeGreaterThan(430);
    expect(Math.max(...sizes)).toBeLessThan(570);
  });

  it('has prices as Java writes a decimal of two digits', () => {
    expect(itemOf(itemKey(0)).price).toBe('0.00');
    expect(itemOf(itemKey(1)).price).toBe('79.19');
  });

  it('has no row for what is not one of its keys', () => {
    expect(() => itemOf('item-1')).toThrow('not a key of the data set');
  });

  it('has bodies that differ between neighbours', () => {
    const bodies = new Set(Array.from({ length: 200 }, (_, index) => itemOf(itemKey(index)).body));
    expect(bodies.size).toBe(200);
  });
});

describe('random keys', () => {
  it('are distinct and exist', () => {
    const found = randomKeys(1_000, seededRandom(1));
    expect(new Set(found).size).toBe(1_000);
    for (const key of found) expect(itemOf(key).id).toBe(key);
  });

  it('are the same for the same seed and others for another', () => {
    expect(randomKeys(50, seededRandom(3))).toEqual(randomKeys(50, seededRandom(3)));
    expect(randomKeys(50, seededRandom(3))).not.toEqual(randomKeys(50, seededRandom(4)));
  });

  it('reach all of the data set evenly', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let seed = -2; seed < 198; seed += 1) {
      for (const key of randomKeys(50, seededRandom(seed))) {
        const tenth = Math.floor((Number(key.slice('item-'.length)) * 10) / itemCount);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
    }
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('cannot be more than there are', () => {
    expect(() => randomKeys(itemCount + 1, seededRandom(1))).toThrow(RangeError);
  });
});

describe('the check of rows', () => {
  it('accepts exactly the rows of the keys', () => {
    expect(() => checkItems(keys, rows)).not.toThrow();
  });

  it.each<[string, readonly (Item | undefined)[], string]>([
    ['a row is missing', rows.slice(0, 2), '2 rows for 3 keys'],
    ['a row is absent', rows.with(1, undefined as unknown as Item), 'no row for item-29999'],
    ['two rows are exchanged', rows.toReversed(), 'item-00000: wrong id'],
  ])('fails when %s', (_, wrong, message) => {
    expect(() => checkItems(keys, wrong)).toThrow(message);
  });

  it.each(itemColumns)('fails when %s is wrong', (column) => {
    const wrong = rows.map((row, index) => (index === 1 ? { ...row, [column]: 'x' } : row));
    expect(() => checkItems(keys, wrong)).toThrow(`item-29999: wrong ${column}`);
  });
});
