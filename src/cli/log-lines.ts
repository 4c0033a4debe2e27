import type { TextSink } from './surroundings.ts';

/** Makes pino say the level of each line before it writes it. */
const wantsMetadata: unique symbol = Symbol.for('pino.metadata');
/** Pino's `warn`: from here on a line may be the last that is heard. */
const urgentLevel = 40;
const mostHeldCharacters = 65_536;
/** Where several processes write to one pipe: what goes there in one piece, whoever else writes. */
export const sharedPipeCharacters = 4_096;

/** The longest that a line is held: what a process that is killed outright can take with it. */
const heldForMs = 20;

/**
 * Where the log goes. Lines that come shortly after one another are written together, because a call of the system for
 * each costs a tenth of a look-up. Warnings and errors take what was held with them at once, and so does the end of the
 * process, also where nobody caught an error.
 */
export class LogLines {
  readonly [wantsMetadata] = true;
  lastLevel = 0;
  readonly #out: TextSink;
  readonly #mostHeld: number;
  #held = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(out: TextSink, mostHeld = mostHeldCharacters) {
    this.#out = out;
    this.#mostHeld = mostHeld;
    process.once('exit', this.flush);
  }

  write(line: string): void {
    if (this.#held.length + line.length > this.#mostHeld) this.flush();
    this.#held += line;
    if (this.lastLevel >= urgentLevel) {
      this.flush();
    } else {
      // Nothing waits for it: at the end of the process the lines are written anyway.
      this.#timer ??= setTimeout(this.flush, heldForMs).unref();
    }
  }

  readonly flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
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
