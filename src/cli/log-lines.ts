import type { TextSink } from './surroundings.ts';

/** Makes pino say the level of each line before it writes it. */
const wantsMetadata: unique symbol = Symbol.for('pino.metadata');
/** Pino's `warn`: from here on a line may be the last that is heard. */
const urgentLevel = 40;
const mostHeldCharacters = 65_536;

/**
 * Where the log goes. Lines of one turn of the event loop are written together at its end, because a call of the
 * system for each costs a tenth of a look-up. Warnings and errors take what was held with them at once, and so does the end of
 * the process, also where nobody caught an error.
 */
export class LogLines {
  readonly [wantsMetadata] = true;
  lastLevel = 0;
  readonly #out: TextSink;
  #held = '';
  #isDue = false;

  constructor(out: TextSink) {
    this.#out = out;
    process.once('exit', this.flush);
  }

  write(line: string): void {
    this.#held += line;
    if (this.lastLevel >= urgentLevel || this.#held.length > mostHeldCharacters) {
      this.flush();
    } else if (!this.#isDue) {
      this.#isDue = true;
      setImmediate(() => {
        this.#isDue = false;
        this.flush();
      });
    }
  }

  readonly flush = (): void => {
    const lines = this.#held;
    if (lines === '') return;
    this.#held = '';
    this.#out.write(lines);
  };

  /** What comes after this is written too, but not where the process ends by an error. */
  end(): void {
    this.flush();
    process.off('exit', this.flush);
  }
}

let stampedAtMs = Number.NaN;
let stamp = '';

/** A line's time, made once a millisecond. */
export function logTime(): string {
  const nowMs = Date.now();
  if (nowMs !== stampedAtMs) {
    stampedAtMs = nowMs;
    stamp = `,"time":"${new Date(nowMs).toISOString()}"`;
  }
  return stamp;
}
