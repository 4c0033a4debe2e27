import type { SignalSource } from './surroundings.ts';

interface Interruption {
  readonly isInterrupted: boolean;
  /** Signals mean again what they mean without it. */
  stop(): void;
}

/** Calls `abort` at the first signal to end; a second one ends the process at once, as if nobody listened. */
export function watchInterruption(signals: SignalSource, abort: () => void): Interruption {
  let isInterrupted = false;
  const stop = (): void => {
    signals.off('SIGINT', listener);
    signals.off('SIGTERM', listener);
  };
  const listener = (): void => {
    isInterrupted = true;
    stop();
    abort();
  };
  signals.on('SIGINT', listener);
  signals.on('SIGTERM', listener);
  return {
    get isInterrupted() {
      return isInterrupted;
    },
    stop,
  };
}
