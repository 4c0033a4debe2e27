/** The last line of a scan's answer. */
export interface ScanEnd {
  readonly end: { readonly complete: boolean; readonly cursor?: string };
  readonly error?: { readonly type: string };
}

const newline = 0x0a;
const rowHead = Buffer.from('{"row"');
/** Of a line that is no row: cursors are short. */
const longestOther = 65_536;

/** Counts the rows of a scan's answer as they come, and parses only its other lines: a job that does more would be the slower one. */
export class ScanLineCounter {
  readonly #onRows: (count: number) => void;
  #rest: Buffer = Buffer.alloc(0);
  #last: string | undefined;

  constructor(onRows: (count: number) => void) {
    this.#onRows = onRows;
  }

  add(chunk: Buffer): void {
    const text = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    let rows = 0;
    for (let to = text.indexOf(newline); to !== -1; to = text.indexOf(newline, from)) {
      if (text.subarray(from, from + rowHead.length).equals(rowHead)) rows += 1;
      else this.#last = text.toString('utf8', from, Math.min(to, from + longestOther));
      from = to + 1;
    }
    this.#rest = text.subarray(from);
    if (rows > 0) this.#onRows(rows);
  }

  /** Throws where the answer has no last line: it is a part of one. */
  end(): ScanEnd {
    const line = JSON.parse(this.#last ?? '{}') as Partial<ScanEnd>;
    if (this.#rest.length > 0 || (line.end === undefined && line.error === undefined)) {
      throw new Error('a scan broke off without its last line');
    }
    return { end: { complete: false }, ...line };
  }
}
