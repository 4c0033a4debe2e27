import type { Clock } from '../ports.ts';
import type { Pace } from '../throttle/throttle.ts';

/** How the rows of a request go out that are not to go all at once. */
export interface Trickle {
  /** Most rows of one message. */
  readonly rows: number;
  /** From one row to the next, as if they went one by one. */
  readonly msPerRow: number;
}

const rowsOfMessage = 4;
/** So much faster than its limit a request goes out: those who take turns are not held up by it. */
const headStart = 2;
/** Of the time that is left; and what of it the last row has for its answer at least, as long as there is so much. */
const mostOfTime = 1 / 2;
const timeToAnswerMs = 500;
/** Messages that may go together, after the process was held up: a trickle that is late catches up with its time. */
const mostLate = 4;
/** A timer may ring a little before its time. */
const timerErrorMs = 0.5;

/**
 * A request is admitted as a whole; where limits are slowed to protect others its rows do not go out as a whole, since
 * fifty at once are felt by those others as a burst, however seldom they come. Undefined where there is no need.
 */
export function trickleOf(pace: Pace | undefined, rows: number, leftMs: number): Trickle | undefined {
  if (pace === undefined || !pace.isSlowed || rows <= rowsOfMessage) return undefined;
  const spreadMs = Math.min(
    (rows * 1_000) / (headStart * pace.perSecond),
    leftMs * mostOfTime,
    leftMs - timeToAnswerMs,
  );
  return { rows: rowsOfMessage, msPerRow: Math.max(0, spreadMs) / rows };
}

/** When the next message of one request may go. */
export class SendPace {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #trickle: Trickle;
  #nextMs = 0;

  /** `trickle` undefined: at any time. */
  constructor(clock: Pick<Clock, 'nowMs'>, trickle: Trickle | undefined) {
    this.#clock = clock;
    this.#trickle = trickle ?? { rows: 0, msPerRow: 0 };
  }

  mayGo(): boolean {
    return this.#clock.nowMs() >= this.#nextMs - timerErrorMs;
  }

  /** Infinite where a message may go now. */
  heldBackUntilMs(): number {
    return this.#trickle.msPerRow === 0 || this.mayGo() ? Number.POSITIVE_INFINITY : this.#nextMs;
  }

  sent(rows: number): void {
    const { rows: ofMessage, msPerRow } = this.#trickle;
    const earliestMs = this.#clock.nowMs() - mostLate * ofMessage * msPerRow;
    const fromMs = this.#nextMs === 0 ? this.#clock.nowMs() : Math.max(earliestMs, this.#nextMs);
    this.#nextMs = fromMs + rows * msPerRow;
  }
}
