/**
 * The control law of the guard: from what the leader sees, once a second, the next factor. Pure.
 *
 * Down at once and as far as needed, then nothing until all that is seen came after it; up slowly, and the slower the
 * nearer the target is, but sooner to where it has been good before. Both count from the factor as it is: a tenth of a
 * large limit may be all that a cluster can bear. Plain steps, down by three tenths and up by 0.05, take half a minute to
 * slow a job whose limit is above what the cluster can do; `npm run bench -- guard-simulation` compares them.
 */
import { leaseLifeMs } from '../throttle/lease-sizing.ts';
import type { GuardObservation, GuardPhase, GuardSettings, Steering } from './guard.ts';

/** What is seen now began so long ago. */
const windowMs = 5_000;
/** After a cut; then what is seen was admitted after it. */
const settlingMs = windowMs + leaseLifeMs;
/** With fewer the percentile is chance. */
const leastSamples = 50;
/** A back end that uses a smaller part of its limits is not there, as far as slowing it would help. */
const leastUse = 0.05;

/** Of the target: where the latency is to lie. */
const aim = 0.95;
/** ... and below which the factor rises at its full pace. */
const calm = 0.8;
/** Of the factor, a second. */
const pace = 0.05;
/** Below so much of the factor that was too high last time ... */
const trusted = 0.7;
/** ... it rises so many times as fast. */
const trustedPace = 3;
/** From a factor below it rises as if from it, or it would take minutes. */
const leastPaced = 0.2;

/** Near the end of its capacity a cluster's latency falls by less than what the limits do: more is taken. */
const cutPower = 1.5;
const deepestCut = 0.25;
const slightestCut = 0.9;

/** So many cuts one after another ... */
const cutsOfTrial = 3;
/** ... leave at most so much of the latency, or they did not help. */
const gainLeaves = 0.9;
/** Then one more is tried: the reason may be another one now. */
const retryAfterMs = 60_000;
/** A leader that stood still does not make up for it. */
const longestStepMs = 2_000;

/** What the leader remembers from one decision to the next. */
export interface GuardState {
  readonly factor: number;
  readonly phase: GuardPhase;
  readonly decidedMs: number;
  /** Until then nothing changes: what is seen may be older than the last change. */
  readonly holdUntilMs: number;
  /** The cuts since the target was last kept, and the p95 before the first of them. */
  readonly trial: { readonly cuts: number; readonly fromMs: number } | undefined;
  /** Cuts did not help; until then none is made. */
  readonly helplessUntilMs: number | undefined;
  /** The factor that was cut last; 0: none was. */
  readonly ceiling: number;
}

/** Where nobody has been slowed yet: all that is seen came at full speed, and a cut need not wait. */
export function unguarded(nowMs: number): GuardState {
  return {
    factor: 1,
    phase: 'open',
    decidedMs: nowMs,
    holdUntilMs: nowMs,
    trial: undefined,
    helplessUntilMs: undefined,
    ceiling: 0,
  };
}

/** Of a new leader: it goes on from the factor that it finds, and looks for a whole window first. */
export function resume({ factor }: Pick<Steering, 'factor'>, nowMs: number): GuardState {
  return { ...unguarded(nowMs), factor, phase: 'hold', holdUntilMs: nowMs + settlingMs };
}

/** `observation`: undefined where nothing could be learnt; then nothing changes. `nowMs` must not go back. */
export function decide(
  state: GuardState,
  observation: GuardObservation | undefined,
  nowMs: number,
  settings: Pick<GuardSettings, 'targetMs' | 'min'>,
): GuardState {
  const kept = { ...state, factor: Math.min(1, Math.max(settings.min, state.factor)), decidedMs: nowMs };
  if (observation === undefined || nowMs < state.holdUntilMs) return kept;
  const { samples, p95Ms } = observation.latency;
  const passedMs = Math.min(longestStepMs, nowMs - state.decidedMs);
  if (p95Ms === undefined || samples < leastSamples) return raised(kept, passedMs, 1);
  const latency = p95Ms / settings.targetMs;
  if (latency <= 1) return raised(kept, passedMs, Math.min(1, (aim - latency) / (aim - calm)));
  return lowered(kept, observation.slowedUse ?? 0, p95Ms, settings);
}

/** `part` of the full pace; below 0: not at all. */
function raised(state: GuardState, passedMs: number, part: number): GuardState {
  const times = state.factor < trusted * state.ceiling ? trustedPace : 1;
  const rise = (part * times * pace * Math.max(leastPaced, state.factor) * passedMs) / 1_000;
  const factor = Math.min(1, state.factor + Math.max(0, rise));
  const phase = factor === 1 ? 'open' : rise > 0 ? 'rise' : 'hold';
  return { ...state, factor, phase, trial: undefined, helplessUntilMs: undefined };
}

function lowered(
  state: GuardState,
  slowedUse: number,
  p95Ms: number,
  { targetMs, min }: Pick<GuardSettings, 'targetMs' | 'min'>,
): GuardState {
  const { decidedMs: nowMs, helplessUntilMs } = state;
  if (slowedUse < leastUse || state.factor <= min) {
    return { ...state, phase: 'helpless', trial: undefined, helplessUntilMs: undefined };
  }
  const lastTry = { cuts: cutsOfTrial - 1, fromMs: p95Ms };
  if (helplessUntilMs !== undefined && nowMs < helplessUntilMs) return { ...state, trial: lastTry };
  let trial = state.trial ?? { cuts: 0, fromMs: p95Ms };
  if (trial.cuts >= cutsOfTrial) {
    if (p95Ms > trial.fromMs * gainLeaves) {
      return { ...state, phase: 'helpless', trial: lastTry, helplessUntilMs: nowMs + retryAfterMs };
    }
    trial = { cuts: 0, fromMs: p95Ms };
  }
  const wanted = ((aim * targetMs) / p95Ms) ** cutPower;
  return {
    factor: Math.max(min, state.factor * Math.min(slightestCut, Math.max(deepestCut, wanted))),
    phase: 'cut',
    decidedMs: nowMs,
    holdUntilMs: nowMs + settlingMs,
    trial: { ...trial, cuts: trial.cuts + 1 },
    helplessUntilMs: undefined,
    ceiling: state.factor,
  };
}
