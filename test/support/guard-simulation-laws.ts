import { decide, unguarded } from '../../src/core/guard/guard-control.ts';
import type { Law } from './guard-simulation.ts';

const least = 0.1;

/** The guard's own. */
export function guardLaw(targetMs: number, min = least): Law {
  let state = unguarded(0);
  return (observation, nowMs) => {
    state = decide(state, observation, nowMs, { targetMs, min });
    return state;
  };
}

export function fixedLaw(factor: number): Law {
  return () => ({ factor, phase: 'open' });
}

/** Down by three tenths above the target, up by 0.05 below 0.8 of it; after a cut it holds for so long. */
function steppedLaw(targetMs: number, holdMs: number, min = least): Law {
  let factor = 1;
  let holdUntilMs = 0;
  return (observation, nowMs) => {
    const p95Ms = observation?.latency.p95Ms;
    if (p95Ms === undefined || nowMs < holdUntilMs) return { factor, phase: 'hold' };
    if (p95Ms > targetMs) {
      factor = Math.max(min, factor * 0.7);
      holdUntilMs = nowMs + holdMs;
      return { factor, phase: 'cut' };
    }
    if (p95Ms < 0.8 * targetMs) factor = Math.min(1, factor + 0.05);
    return { factor, phase: 'rise' };
  };
}

/** Each made from the target, in ms. */
export const comparedLaws = {
  guard: (targetMs: number) => guardLaw(targetMs),
  'steps, then hold': (targetMs: number) => steppedLaw(targetMs, 5_500),
  'steps each second': (targetMs: number) => steppedLaw(targetMs, 0),
} as const;
