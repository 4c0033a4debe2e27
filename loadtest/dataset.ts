import { type RandomSource, seededRandom } from './random.ts';

/** A row of the table `items`, each value as Weir writes it to JSON. */
export interface Item {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly price: string;
  readonly stock: number;
}

export const keyspace = 'bench';
export const table = 'items';
export const itemColumns = ['id', 'title', 'body', 'price', 'stock'] as const;
export const itemCount = 30_000;

const words = 'amber basin cedar delta ember field grove haven inlet jetty knoll ledge'.split(' ');
/** Makes a row of about 500 bytes with everything around it. */
const bodyWords = 70;

export function itemKey(index: number): string {
  return `item-${String(index).padStart(5, '0')}`;
}

/** What the row of a key holds: every value follows from the key, so a wrong row cannot look right. */
export function itemOf(key: string): Item {
  const index = Number(/^item-(\d{5})$/.exec(key)?.[1] ?? Number.NaN);
  if (Number.isNaN(index)) throw new Error('not a key of the data set');
  const random = seededRandom(index);
  const word = () => words[Math.floor(random() * words.length)] ?? '';
  const cents = (index * 7919) % 1_000_000;
  return {
    id: key,
    title: `Item ${index}: ${word()} ${word()} ${word()}`,
    body: Array.from({ length: bodyWords }, word).join(' '),
    price: (cents / 100).toFixed(2),
    stock: (index * 31 + 7) % 100_000,
  };
}

/** Distinct keys that exist, each as likely as any other. */
export function randomKeys(count: number, random: RandomSource): readonly string[] {
  if (count > itemCount) throw new RangeError(`there are ${itemCount} keys, not ${count}`);
  const indexes = new Set<number>();
  while (indexes.size < count) indexes.add(Math.floor(random() * itemCount));
  return Array.from(indexes, itemKey);
}

/**
 * Throws unless `rows` are exactly the rows of `keys`, in that order. The error names the column and the key of
 * the data set, which are no secrets.
 */
export function checkItems(keys: readonly string[], rows: readonly (Item | undefined)[]): void {
  if (rows.length !== keys.length) throw new Error(`${rows.length} rows for ${keys.length} keys`);
  for (const [position, key] of keys.entries()) {
    const row = rows[position];
    if (row === undefined) throw new Error(`no row for ${key}`);
    const expected = itemOf(key);
    for (const column of itemColumns) {
      if (row[column] !== expected[column]) throw new Error(`${key}: wrong ${column}`);
    }
  }
}
