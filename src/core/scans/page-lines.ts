import type { CqlValue } from '../encoding/cql-value.ts';
import { ValueFault } from '../encoding/value-fault.ts';
import type { PageMeasure } from './page-sizing.ts';
import { rowLine, unreadableLine } from './scan-lines.ts';
import type { ScanSelection } from './scan-selection.ts';

/** What is handed out at once, in characters: it ends with the row that reaches them. */
const pieceCharacters = 524_288;

export interface PageLinesParts {
  readonly selection: Pick<ScanSelection, 'encode' | 'encodeReadable'>;
  /** Called once, when all rows are written. */
  readonly onMeasured: (measure: PageMeasure) => void;
  /** Called at most once: a row could not be written, and not for its values' sake. */
  readonly onFault: (fault: unknown) => void;
}

/**
 * The lines of one page, in pieces: a page of large rows is never one text. One piece is written ahead. A row that
 * cannot be written is a line of another kind, and ends nothing.
 */
export class PageLines {
  readonly #rows: readonly (readonly CqlValue[])[];
  readonly #parts: PageLinesParts;
  #written = 0;
  #characters = 0;
  #largest = 0;
  #hasFault = false;
  /** Undefined: there is none. */
  #ahead: string | undefined;

  constructor(rows: readonly (readonly CqlValue[])[], parts: PageLinesParts) {
    this.#rows = rows;
    this.#parts = parts;
    this.#ahead = this.#write();
  }

  /** At most one piece is left, and how large the rows are is known. */
  get isWritten(): boolean {
    return this.#written === this.#rows.length;
  }

  get isOver(): boolean {
    return this.#ahead === undefined;
  }

  /** Empty after the last one. */
  next(): string {
    const piece = this.#ahead ?? '';
    this.#ahead = this.#write();
    return piece;
  }

  #write(): string | undefined {
    if (this.isWritten) return undefined;
    let piece = '';
    while (!this.isWritten && piece.length < pieceCharacters) {
      const line = this.#line(this.#rows[this.#written] ?? []);
      piece += line;
      this.#written += 1;
      this.#characters += line.length;
      this.#largest = Math.max(this.#largest, line.length);
    }
    if (this.isWritten) {
      const { length } = this.#rows;
      this.#parts.onMeasured({ rows: length, characters: this.#characters, largest: this.#largest });
    }
    return piece;
  }

  #line(values: readonly CqlValue[]): string {
    const { selection, onFault } = this.#parts;
    try {
      return rowLine(selection.encode(values));
    } catch (error) {
      if (!(error instanceof ValueFault) && !this.#hasFault) {
        this.#hasFault = true;
        onFault(error);
      }
      return unreadableLine(selection.encodeReadable(values));
    }
  }
}
