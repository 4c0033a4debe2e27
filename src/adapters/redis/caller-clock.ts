import { ticksPerMs } from '../../core/throttle/gcra.ts';

/** 2026-01-01T00:00:00Z. */
const epochMs = 1_767_225_600_000;

let offsetMs = 0;

/**
 * The time of this machine in ticks. `Date.now()` has whole milliseconds, in which thousands of units may be had; the
 * finer clock of the process does not follow when the machine's is set. So this is the finer one, set by the other
 * whenever they differ by a millisecond.
 */
export function callerTicks(): number {
  const wallMs = Date.now();
  const fineMs = performance.now();
  const nowMs = offsetMs + fineMs;
  if (nowMs < wallMs || nowMs >= wallMs + 1) offsetMs = wallMs - fineMs;
  return Math.round((offsetMs + fineMs - epochMs) * ticksPerMs);
}
