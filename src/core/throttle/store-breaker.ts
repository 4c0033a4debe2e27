import type { Clock } from '../ports.ts';
import { StoreError } from './limit-store.ts';
import type { ThrottleTelemetry } from './telemetry.ts';

export type BreakerState = 'closed' | 'open';

/** Stands between this process and a store: nobody waits for one that does not answer. */
export interface StoreBreaker {
  /**
   * Calls the store and gives up after `withinMs`, 45 unless said. `name` is a metric label. Never calls twice. Rejects
   * with a `StoreError` and nothing else; with reason `open`, the store was not called.
   */
  run<T>(name: string, call: () => Promise<T>, withinMs?: number): Promise<T>;
  state(): BreakerState;
  /** Why it is open, as the last call or probe said; undefined while it is closed. */
  trouble(): StoreError | undefined;
  /** Called after each change; returns how to stop listening. */
  onChange(listener: (state: BreakerState) => void): () => void;
  /** Ends probing. From then on nothing is called any more. */
  close(): void;
}

export interface StoreBreakerParts {
  readonly clock: Clock;
  readonly telemetry: Pick<ThrottleTelemetry, 'storeCall' | 'unexpected'>;
  /** A cheap call to the store; resolves where it does all that calls need: one that only answers would close for nothing. */
  readonly probe: () => Promise<unknown>;
}

/** With what a timer may be late, an answer comes within 50 ms. */
const storePatienceMs = 45;
const latenessMs = 5;
/** For a call after this process has stood still itself; that time was lost whatever is decided. */
const afterStallMs = 10;
const failuresToOpen = 3;
const probeEveryMs = 250;
/** The store works, and one key holds what is none of ours: calls for other keys succeed. */
const ofOneKey = 'WRONGTYPE';

/**
 * Opens after three failures in a row, or at once where the store cannot be reached. While it is open the store is
 * asked by `probe` every 250 ms, and the first answer closes it.
 */
export function createStoreBreaker(parts: StoreBreakerParts): StoreBreaker {
  return new Breaker(parts);
}

class Breaker implements StoreBreaker {
  readonly #parts: StoreBreakerParts;
  readonly #listeners = new Set<(state: BreakerState) => void>();
  #state: BreakerState = 'closed';
  #failures = 0;
  #trouble: StoreError | undefined;
  #isClosedForGood = false;
  #cancelProbe: () => void = () => {};

  constructor(parts: StoreBreakerParts) {
    this.#parts = parts;
  }

  run<T>(name: string, call: () => Promise<T>, withinMs: number = storePatienceMs): Promise<T> {
    if (this.#state === 'open' || this.#isClosedForGood) return Promise.reject(new StoreError('open'));
    return this.#call(name, call, withinMs).then(
      (value) => {
        if (this.#state === 'closed') this.#failures = 0;
        return value;
      },
      (error: StoreError) => {
        if (error.code !== ofOneKey) this.#failures += 1;
        if (this.#failures >= failuresToOpen || error.reason === 'unreachable') this.#open(error);
        throw error;
      },
    );
  }

  state(): BreakerState {
    return this.#state;
  }

  trouble(): StoreError | undefined {
    return this.#trouble;
  }

  onChange(listener: (state: BreakerState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosedForGood = true;
    this.#cancelProbe();
  }

  #call<T>(name: string, call: () => Promise<T>, withinMs: number): Promise<T> {
    const { clock, telemetry } = this.#parts;
    const startMs = clock.nowMs();
    return new Promise<T>((resolve, reject) => {
      let isOver = false;
      const end = (outcome: 'ok' | 'timeout' | 'failed'): void => {
        isOver = true;
        cancelTimer();
        telemetry.storeCall(name, clock.nowMs() - startMs, outcome);
      };
      const giveUp = (): void => {
        end('timeout');
        reject(new StoreError('timeout'));
      };
      let cancelTimer = clock.after(withinMs, () => {
        // It was this process that stood still, perhaps: the answer is here and not read yet, or the call not even sent.
        if (clock.nowMs() - startMs - withinMs > latenessMs) cancelTimer = clock.after(afterStallMs, giveUp);
        else giveUp();
      });
      started(call).then(
        (value) => {
          if (isOver) return;
          end('ok');
          resolve(value);
        },
        (error: unknown) => {
          if (isOver) return;
          end('failed');
          if (!(error instanceof StoreError)) telemetry.unexpected(error);
          reject(error instanceof StoreError ? error : new StoreError('failed', { cause: error }));
        },
      );
    });
  }

  #open(trouble: StoreError): void {
    if (this.#state === 'open' || this.#isClosedForGood) return;
    this.#trouble = trouble;
    this.#turn('open');
    this.#probeLater();
  }

  #probeLater(): void {
    if (this.#isClosedForGood) return;
    this.#cancelProbe = this.#parts.clock.after(probeEveryMs, () => {
      this.#call('probe', this.#parts.probe, storePatienceMs).then(
        () => {
          this.#failures = 0;
          this.#trouble = undefined;
          if (!this.#isClosedForGood) this.#turn('closed');
        },
        (error: StoreError) => {
          this.#trouble = error;
          this.#probeLater();
        },
      );
    });
  }

  #turn(state: BreakerState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** What throws at once rejects. */
async function started<T>(call: () => Promise<T>): Promise<T> {
  return call();
}
