import { mostPageRows } from './scan-request.ts';

/** Of the first page: nobody knows yet how large its rows are. */
const firstPageRows = 100;
/** What a page is to come near to, and not far beyond, in characters of JSON. */
const pageCharacters = 1_048_576;

/**
 * How many rows the next page of one scan asks for: no more than asked for, than the pace brings in a second, and than
 * keep it near 1 MiB. Rows are taken for as large as those of the scan so far, or of its last page where they were larger.
 */
export class PageSizing {
  readonly #pageSize: number;
  #rows = 0;
  #characters = 0;
  /** Mean of the last page with rows. */
  #lastMean = 0;

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  /** `unitsPerSecond` undefined: there is no limit; `left`: rows that are still wanted. At least 1. */
  next(unitsPerSecond: number | undefined, left: number | undefined): number {
    const bySize =
      this.#rows === 0
        ? firstPageRows
        : pageCharacters / Math.max(1, this.#characters / this.#rows, this.#lastMean);
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
  }
}
