import type { Agent } from 'node:http';
import { request } from 'node:http';

/** A scan that is slow counts as slow; one that says nothing must not hang the load test. */
const silenceMs = 60_000;
/** Of an answer that was not expected. */
const quotedCharacters = 500;

/** The lines of one scan: hands on its rows, and knows whether it came to its end. */
export class ScanLines<Row> {
  readonly #onRow: (row: Row) => void;
  #rest = '';
  #rows = 0;
  #isOver = false;

  constructor(onRow: (row: Row) => void) {
    this.#onRow = onRow;
  }

  /** Throws for a line that a scan does not have, for an error of the scan, and where it ends before its range does. */
  take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#takeLine(line);
  }

  /** After the last text; throws unless the scan was complete. */
  finish(): void {
    if (this.#rest !== '' || !this.#isOver) throw new Error('the scan has no last line');
  }

  #takeLine(line: string): void {
    if (this.#isOver) throw new Error('a line came after the last one');
    const parsed = JSON.parse(line) as Readonly<{
      row?: Row;
      checkpoint?: object;
      end?: { readonly rows: number; readonly complete: boolean };
      error?: { readonly type: string };
    }>;
    if (parsed.row !== undefined) {
      this.#rows += 1;
      this.#onRow(parsed.row);
      return;
    }
    if (parsed.checkpoint !== undefined) return;
    const { end, error } = parsed;
    if (end === undefined) throw new Error(`the scan ended with ${error?.type ?? 'an unknown line'}`);
    if (!end.complete) throw new Error('the scan was cut short');
    if (end.rows !== this.#rows) throw new Error(`the scan says ${end.rows} rows and sent ${this.#rows}`);
    this.#isOver = true;
  }
}

/** Sends one scan and reads it as fast as it comes. Rejects unless it was complete. */
export function readScan<Row>(
  agent: Agent,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  onRow: (row: Row) => void,
): Promise<void> {
  const lines = new ScanLines(onRow);
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, agent, timeout: silenceMs };
    const outgoing = request(url, options, (incoming) => {
      const isScan = incoming.statusCode === 200;
      let refusal = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (text: string) => {
        if (!isScan) {
          refusal = (refusal + text).slice(0, quotedCharacters);
          return;
        }
        try {
          lines.take(text);
        } catch (error) {
          // First of all: what has arrived already may still come to an end of its own.
          reject(error);
          outgoing.destroy();
        }
      });
      incoming.once('error', reject);
      incoming.once('end', () => {
        try {
          if (!isScan) throw new Error(`the scan was answered with ${incoming.statusCode}: ${refusal}`);
          lines.finish();
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('the scan says nothing')));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
