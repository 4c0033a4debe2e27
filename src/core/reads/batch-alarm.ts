import type { Clock } from '../ports.ts';

/** A timer may ring a little before its time; what falls due within this is due. */
const earlyMs = 0.5;
/** An alarm that is later than this says that the process was held up, not that nobody has answered. */
const lateMs = 5;

/** The one timer of a batch: rings for the earliest of what it waits for, and for the deadline. */
export interface BatchAlarm {
  /** Rings at `atMs`, or at the deadline where that is earlier. Replaces what was set before. */
  set(atMs: number): void;
  cancel(): void;
}

/**
 * `ring` is called with the time up to which all is due. An alarm that comes late before the deadline lets the event
 * loop turn once, so that answers that are there already are taken in first.
 */
export function createBatchAlarm(
  clock: Clock,
  deadlineMs: number,
  ring: (dueMs: number) => void,
): BatchAlarm {
  let setFor: number | undefined;
  let cancelTimer: () => void = () => {};

  const cancel = (): void => {
    setFor = undefined;
    cancelTimer();
  };

  const ringNow = (): void => {
    setFor = undefined;
    ring(clock.nowMs() + earlyMs);
  };

  const set = (atMs: number): void => {
    const earliestMs = Math.min(atMs, deadlineMs);
    if (setFor === earliestMs) return;
    cancel();
    setFor = earliestMs;
    cancelTimer = clock.after(earliestMs - clock.nowMs(), () => {
      const nowMs = clock.nowMs();
      const isLate = nowMs - earliestMs > lateMs && nowMs < deadlineMs;
      if (isLate) cancelTimer = clock.after(0, ringNow);
      else ringNow();
    });
  };

  return { set, cancel };
}
