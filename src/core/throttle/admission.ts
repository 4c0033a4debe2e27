import type { Decision, Refusal } from './decision.ts';
import type { Admission } from './throttle.ts';

/** A decision in the hands of who asked for it; what was used differently is told once. */
export class SettledOnce implements Admission {
  readonly granted: number;
  readonly refusal: Refusal | undefined;
  readonly waitedMs: number;
  readonly #decision: Decision;
  readonly #onUsed: (units: number) => void;
  #isSettled = false;

  /** `onUsed` learns of units used beside those granted; below 0: that were not. */
  constructor(
    decision: Decision,
    refusal: Refusal | undefined,
    waitedMs: number,
    onUsed: (units: number) => void,
  ) {
    this.granted = decision.granted;
    this.refusal = refusal;
    this.waitedMs = waitedMs;
    this.#decision = decision;
    this.#onUsed = onUsed;
  }

  settle(used: number): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const unused = this.granted - used;
    if (unused === 0) return;
    this.#decision.source.settle(unused, this.#decision.expiresAtMs);
    this.#onUsed(-unused);
  }
}
