import type { ScanStatement } from '../ports.ts';
import type { Pace } from '../throttle/throttle.ts';
import { mostPageRows } from './scan-request.ts';

/** What pages of a statement have brought lately, in characters of JSON. */
export interface RowsSeen {
  /** Mean row of the last page. */
  readonly mean: number;
  /** Largest row of late. */
  readonly largest: number;
  /** Most rows that a scan may begin with. */
  readonly mostRows: number;
}

/** Goes with the statement. */
export type RowSizes = Pick<WeakMap<ScanStatement, RowsSeen>, 'get' | 'set'>;

/** The rows of one page as they were written. */
export interface PageMeasure {
  readonly rows: number;
  readonly characters: number;
  /** Characters of the largest row. */
  readonly largest: number;
}

/** Of a statement that has brought nothing yet: nobody knows how large its rows are. */
const firstPageRows = 10;
/** What a page is to come near to, and not far beyond, in characters of JSON. */
const pageCharacters = 524_288;
/** Pages grow from one to the next so far at most; by little only, once one has failed. */
const growth = { usual: 8, afterFailure: 1.25 } as const;
/**
 * A page of a limited scan is what its limit gives in a tenth of a second, or fifty rows: a page at once is as much work
 * of a node as it is for whoever waits behind it, and one limited to little shall not be felt by others as bursts.
 */
const paced = { seconds: 0.1, leastRows: 50 } as const;
/** Rows are taken for at least this part of the largest: where there was one, others may follow. */
const partOfLargest = 1 / 8;
/** From one page to the next the largest row is forgotten so slowly. */
const keptOfLargest = 3 / 4;

/**
 * How many rows the next page of one scan asks for: no more than asked for, than its pace allows for, than the rows seen
 * let expect to stay near 512 KiB, and than what came so far allows to ask for. A page has no bound in bytes
 * before it is read, so that a guess must be careful: rows are taken for as large as those of the scan so far, or of its
 * last page, or an eighth of the largest, whichever is most. At its beginning a scan knows what others have seen.
 */
export class PageSizing {
  readonly #pageSize: number;
  readonly #sizes: RowSizes;
  readonly #statement: ScanStatement;
  #rows = 0;
  #characters = 0;
  /** Of the last page with rows. */
  #lastMean: number;
  #largest: number;
  #mostRows: number;
  #growth: number = growth.usual;

  constructor(pageSize: number, sizes: RowSizes, statement: ScanStatement) {
    this.#pageSize = pageSize;
    this.#sizes = sizes;
    this.#statement = statement;
    const seen = sizes.get(statement);
    this.#lastMean = seen?.mean ?? 0;
    this.#largest = seen?.largest ?? 0;
    this.#mostRows = seen?.mostRows ?? firstPageRows;
  }

  /** `pace` undefined: there is no limit; `left`: rows that are still wanted. At least 1. */
  next(pace: Pace | undefined, left: number | undefined): number {
    const mean = this.#rows === 0 ? 0 : this.#characters / this.#rows;
    const row = Math.max(1, mean, this.#lastMean, this.#largest * partOfLargest);
    const unlimited = Number.POSITIVE_INFINITY;
    const rows = Math.min(
      this.#pageSize,
      mostPageRows,
      this.#mostRows,
      pageCharacters / row,
      pace === undefined ? unlimited : rowsOfPace(pace),
      left ?? unlimited,
    );
    return Math.max(1, Math.floor(rows));
  }

  /** `asked`: rows that the page was asked for. */
  note(asked: number, { rows, characters, largest }: PageMeasure): void {
    // A page without rows tells nothing of them, and lets no page grow.
    if (rows === 0) return;
    this.#rows += rows;
    this.#characters += characters;
    this.#lastMean = characters / rows;
    this.#largest = Math.max(largest, this.#largest * keptOfLargest);
    this.#mostRows = Math.max(asked, Math.ceil(rows * this.#growth));
    this.#tell(Math.max(this.#mostRows, this.#sizes.get(this.#statement)?.mostRows ?? 0));
  }

  /** Pages of more rows have failed; whoever goes on with the scan begins with these. */
  shrink(rows: number): void {
    this.#mostRows = rows;
    this.#growth = growth.afterFailure;
    this.#tell(rows);
  }

  #tell(mostRows: number): void {
    this.#sizes.set(this.#statement, { mean: this.#lastMean, largest: this.#largest, mostRows });
  }
}

/** Of less than fifty rows a second, what comes in a second. */
function rowsOfPace({ perSecond, burst }: Pace): number {
  return Math.min(burst, perSecond, Math.max(paced.leastRows, perSecond * paced.seconds));
}
