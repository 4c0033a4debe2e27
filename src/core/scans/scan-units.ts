import type { Application } from '../applications.ts';
import type { Clock } from '../ports.ts';
import type { Admission, Pace, RefusalReason, Throttle } from '../throttle/throttle.ts';
import type { ScanStop } from './scan-stop.ts';

export interface UnitParts {
  /** Absent: nobody is limited. */
  readonly throttle?: Pick<Throttle, 'admit' | 'standing' | 'pace'> | undefined;
  readonly clock: Clock;
}

/** In whose name units are asked for; may change from one ask to the next. */
interface Whose {
  readonly application: Application;
}

/** Rows that may be read, with what settles them. */
export interface GrantedRows {
  readonly kind: 'granted';
  readonly rows: number;
  readonly settle: (used: number) => void;
}

export type UnitVerdict =
  | GrantedRows
  /** Waiting does not help, or the caller is to be told at once. */
  | {
      readonly kind: 'refused';
      readonly reason: Extract<RefusalReason, 'queue-full' | 'paused' | 'store-down'>;
      readonly refusal: NonNullable<Admission['refusal']>;
    }
  | { readonly kind: 'stopped' };

/** One place in the queue of the limits is held so long, or shorter where the operator wants that; then it is taken anew. */
const waitMs = 10_000;
/** Far enough behind the wait that all of the wait is used: what is granted needs no deadline of its own. */
const deadlineMs = waitMs + 1_000;
/** Before asking again, where nobody said when; and the bounds on what was said. */
const unknownPauseMs = 100;
const shortestPauseMs = 10;
const longestPauseMs = 1_000;
/** Limits that cannot be counted may be so again before anybody has to begin anew; who waits for a status waits less. */
const storeDownPatienceMs = { first: 1_000, later: 10_000 } as const;

/** The units of one scan: it waits for them as long as it takes, since a scan is paced and not refused. */
export class ScanUnits {
  readonly #parts: UnitParts;
  readonly #whose: Whose;
  readonly #stop: ScanStop;
  #waitedMs = 0;

  constructor(parts: UnitParts, whose: Whose, stop: ScanStop) {
    this.#parts = parts;
    this.#whose = whose;
    this.#stop = stop;
  }

  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Undefined: nothing bounds it. */
  pace(): Pace | undefined {
    return this.#parts.throttle?.pace(this.#whose.application, 'scan');
  }

  /**
   * Units for so many rows, or for fewer. `isFirst`: nothing of the scan was delivered, and where too many wait
   * already it is refused; later it waits all the same.
   */
  async take(rowsWanted: () => number, isFirst: boolean): Promise<UnitVerdict> {
    const { clock, throttle } = this.#parts;
    if (this.#stop.gone) return { kind: 'stopped' };
    if (throttle === undefined) return { kind: 'granted', rows: rowsWanted(), settle() {} };
    const sinceMs = clock.nowMs();
    const verdict = await this.#wait(throttle, rowsWanted, isFirst);
    this.#waitedMs += clock.nowMs() - sinceMs;
    return verdict;
  }

  async #wait(
    throttle: Pick<Throttle, 'admit'>,
    rowsWanted: () => number,
    isFirst: boolean,
  ): Promise<UnitVerdict> {
    const { clock } = this.#parts;
    const patienceMs = isFirst ? storeDownPatienceMs.first : storeDownPatienceMs.later;
    let downSinceMs: number | undefined;
    while (!this.#stop.gone) {
      const admission = await throttle.admit({
        application: this.#whose.application,
        operation: 'scan',
        units: rowsWanted(),
        strict: false,
        waitMs,
        deadlineMs: clock.nowMs() + deadlineMs,
        caller: this.#stop,
      });
      if (this.#stop.gone) {
        admission.settle(0);
        break;
      }
      const { granted, refusal } = admission;
      if (granted > 0) {
        return { kind: 'granted', rows: granted, settle: (used) => admission.settle(used) };
      }
      if (refusal === undefined) throw new Error('neither units nor a refusal');
      const { reason, retryAfterMs = unknownPauseMs } = refusal;
      if (reason === 'paused' || (reason === 'queue-full' && isFirst)) {
        return { kind: 'refused', reason, refusal };
      }
      if (reason === 'store-down') {
        downSinceMs ??= clock.nowMs();
        if (clock.nowMs() - downSinceMs >= patienceMs) return { kind: 'refused', reason, refusal };
      } else downSinceMs = undefined;
      await this.#stop.pause(Math.min(longestPauseMs, Math.max(shortestPauseMs, retryAfterMs)));
    }
    return { kind: 'stopped' };
  }
}
