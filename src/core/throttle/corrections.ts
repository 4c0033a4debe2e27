import type { Clock } from '../ports.ts';
import type { ChargedLimit, LimitStore } from './limit-store.ts';
import type { StoreBreaker } from './store-breaker.ts';

/** One call says what came together in so long. */
const gatherMs = 20;

export interface CorrectionsParts {
  readonly clock: Clock;
  readonly store: Pick<LimitStore, 'adjust'>;
  readonly breaker: Pick<StoreBreaker, 'run'>;
  readonly onStranded: (units: number) => void;
}

/**
 * What is given back to a chain of limits or owed to it, told to the store in the background. Sent at most once: a lost
 * correction loses units.
 */
export class Corrections {
  readonly #parts: CorrectionsParts;
  readonly #limits: readonly ChargedLimit[];
  /** Above 0: owed. */
  #units = 0;
  /** Of those given back: taken for a lease. */
  #leased = 0;
  #cancelTimer: (() => void) | undefined;
  #sent: Promise<void> = Promise.resolve();

  constructor(parts: CorrectionsParts, limits: readonly ChargedLimit[]) {
    this.#parts = parts;
    this.#limits = limits;
  }

  owe(units: number): void {
    this.#add(units);
  }

  giveBack(units: number): void {
    this.#add(-units);
  }

  giveBackLeased(units: number): void {
    this.#leased += units;
    this.#add(-units);
  }

  /** Sends what is gathered; resolves when all that was ever sent has been answered, or given up. */
  flush(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const units = this.#units;
    const leased = this.#leased;
    this.#units = 0;
    this.#leased = 0;
    if (units === 0) return this.#sent;
    const { breaker, store, onStranded } = this.#parts;
    const sending = breaker
      .run('adjust', () => store.adjust(this.#limits, units))
      .catch(() => {
        // What was owed took its part of the lease's units with it.
        const stranded = Math.min(leased, Math.max(0, -units));
        if (stranded > 0) onStranded(stranded);
      });
    this.#sent = Promise.all([this.#sent, sending]).then(() => undefined);
    return this.#sent;
  }

  #add(units: number): void {
    this.#units += units;
    this.#cancelTimer ??= this.#parts.clock.after(gatherMs, () => void this.flush());
  }
}
