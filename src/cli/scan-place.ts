/**
 * How far a scan is that may have to begin again at its last cursor. Its rows come in the same order each time as long
 * as nobody writes, and so those that were printed after the cursor are counted, and left out when they come again.
 */
export class ScanPlace {
  #cursor: string | undefined;
  #beforeCursor = 0;
  #sinceCursor = 0;
  #printed = 0;
  #unreadable = 0;

  /** @param cursor where it begins; undefined: at the beginning */
  constructor(cursor: string | undefined) {
    this.#cursor = cursor;
  }

  /** Where to begin again. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Rows before the cursor; those of the scan that gave the first one do not count. */
  get rowsBeforeCursor(): number {
    return this.#beforeCursor;
  }

  /** Rows that were printed and come again behind the cursor. */
  get rowsAhead(): number {
    return this.#printed - this.#beforeCursor;
  }

  /** With those that were left out because they cannot be read: they count where rows are counted. */
  get printed(): number {
    return this.#printed;
  }

  get unreadable(): number {
    return this.#unreadable;
  }

  /** Whether the row that comes next was not printed yet. */
  get isNextNew(): boolean {
    return this.#beforeCursor + this.#sinceCursor >= this.#printed;
  }

  passRow(isReadable: boolean): void {
    if (!isReadable && this.isNextNew) this.#unreadable += 1;
    this.#sinceCursor += 1;
    this.#printed = Math.max(this.#printed, this.#beforeCursor + this.#sinceCursor);
  }

  passCheckpoint(cursor: string): void {
    this.#cursor = cursor;
    this.#beforeCursor += this.#sinceCursor;
    this.#sinceCursor = 0;
  }

  /** The stream is gone: the next one begins at the cursor. */
  beginAgain(): void {
    this.#sinceCursor = 0;
  }
}
