import type { ScanStatement } from '../ports.ts';
import { mostPageRows } from './scan-request.ts';

/** The mean row of the last page that a statement brought, in characters of JSON: goes with the statement. */
export type RowSizes = Pick<WeakMap<ScanStatement, number>, 'get' | 'set'>;

/** Of the first page of a statement: nobody knows yet how large its rows are. */
const firstPageRows = 100;
/** What a page is to come near to, and not far beyond, in characters of JSON. */
const pageCharacters = 1_048_576;

/**
 * How many rows the next page of one scan asks for: no more than asked for, than the pace brings in a second, and than
 * keep it near 1 MiB. Rows are taken for as large as those of the scan so far, or of its last page where they were larger; at
 * its beginning for as large as those of the last page of an earlier scan.
 */
export class PageSizing {
  readonly #pageSize: number;
  readonly #sizes: RowSizes;
  readonly #statement: ScanStatement;
  #rows = 0;
  #characters = 0;
  /** Mean of the last page with rows. */
  #lastMean: number | undefined;

  constructor(pageSize: number, sizes: RowSizes, statement: ScanStatement) {
    this.#pageSize = pageSize;
    this.#sizes = sizes;
    this.#statement = statement;
    this.#lastMean = sizes.get(statement);
  }

  /** `unitsPerSecond` undefined: there is no limit; `left`: rows that are still wanted. At least 1. */
  next(unitsPerSecond: number | undefined, left: number | undefined): number {
    const mean = this.#rows === 0 ? 0 : this.#characters / this.#rows;
    const bySize =
      this.#lastMean === undefined ? firstPageRows : pageCharacters / Math.max(1, mean, this.#lastMean);
    const unlimited = Number.POSITIVE_INFINITY;
    const rows = Math.min(
      this.#pageSize,
      mostPageRows,
      bySize,
      unitsPerSecond ?? unlimited,
      left ?? unlimited,
    );
    return Math.max(1, Math.floor(rows));
  }

  note(rows: number, characters: number): void {
    if (rows === 0) return;
    this.#rows += rows;
    this.#characters += characters;
    this.#lastMean = characters / rows;
    this.#sizes.set(this.#statement, this.#lastMean);
  }
}
