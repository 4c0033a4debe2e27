import type { Clock } from '../ports.ts';
import type { CallerWatch } from '../throttle/throttle.ts';

/** `ending`: of the process; `duration`: of the stream; `cancelled`: nobody reads on. */
export type StopReason = 'ending' | 'duration' | 'cancelled';

/**
 * Tells one scan to stop. As a caller's watch it ends the wait for units, whatever the reason; the first two let the
 * page under way come.
 */
export class ScanStop implements CallerWatch {
  readonly #clock: Clock;
  /** Of this scan alone: one wait at a time. */
  readonly #listeners = new Set<() => void>();
  readonly #onCancel: () => void;
  #reason: StopReason | undefined;

  /** `onCancel` is called once, when the scan is cancelled. */
  constructor(clock: Clock, onCancel: () => void) {
    this.#clock = clock;
    this.#onCancel = onCancel;
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  get gone(): boolean {
    return this.#reason !== undefined;
  }

  get isCancelled(): boolean {
    return this.#reason === 'cancelled';
  }

  /** The first reason counts, but a scan can always be cancelled. */
  stop(reason: StopReason): void {
    const isFirst = this.#reason === undefined;
    if (this.isCancelled || (!isFirst && reason !== 'cancelled')) return;
    this.#reason = reason;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
    if (reason === 'cancelled') this.#onCancel();
  }

  onGone(listener: () => void): () => void {
    if (this.gone) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves after so long, or when the scan is to stop. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        stopListening();
        resolve();
      };
      const cancel = this.#clock.after(ms, end);
      let stopListening = (): void => {};
      stopListening = this.onGone(end);
    });
  }
}
