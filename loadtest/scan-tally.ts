import { type Item, itemColumns, itemOf } from './dataset.ts';

/** Keys of the data set have five digits. */
export const mostScannedRows = 100_000;
/** Each so many rows one is checked value by value. */
const thoroughEvery = 500;

/** The body of a row as a scanned table has it: that of the data set, so many times over. */
export function scannedItem(key: string, bodies: number): Item {
  const item = itemOf(key);
  return { ...item, body: Array.from({ length: bodies }, () => item.body).join(' ') };
}

/** Sees to it that one scan brought each of the first rows of a scanned table once. */
export class ScanTally {
  readonly #seen: Uint8Array;
  readonly #bodies: number;
  #rows = 0;

  constructor(rows: number, { bodies }: { readonly bodies: number }) {
    this.#seen = new Uint8Array(rows);
    this.#bodies = bodies;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Throws for a row that the table does not have, and for one that came before. */
  take(id: string, item: () => Item): void {
    const index = /^item-\d{5}$/.test(id) ? Number(id.slice('item-'.length)) : Number.NaN;
    const seen = this.#seen[index];
    if (seen === undefined) throw new Error('a row came that the table does not have');
    if (seen > 0) throw new Error(`${id} came twice`);
    this.#seen[index] = 1;
    this.#rows += 1;
    if (index % thoroughEvery === 0) checkItem(item(), scannedItem(id, this.#bodies));
  }

  /** Throws unless all have come. */
  check(): void {
    const missing = this.#seen.length - this.#rows;
    if (missing > 0) throw new Error(`${missing} of ${this.#seen.length} rows did not come`);
  }
}

/** Throws unless both are the same. The error names the column and the key of the data set, which are no secrets. */
export function checkItem(row: Item, expected: Item): void {
  const wrong = itemColumns.find((column) => row[column] !== expected[column]);
  if (wrong !== undefined) throw new Error(`${expected.id}: wrong ${wrong}`);
}
