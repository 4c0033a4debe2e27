import type { ProblemSlug } from '../errors.ts';
import type { PolicyState } from './throttle.ts';

/** Why sessions or permits are refused, as the caller is told; a value, never an exception. */
export interface RefusedCall {
  readonly kind: 'refused';
  readonly problem: Extract<
    ProblemSlug,
    'over-quota' | 'queue-full' | 'application-paused' | 'session-required' | 'limiter-unavailable'
  >;
  readonly detail: string;
  /** For programs, where the problem alone does not tell. */
  readonly reason?: 'connect-rate' | 'connect-sessions' | undefined;
  /** When it is worth asking again, in ms, never early; undefined where nobody knows. */
  readonly retryAfterMs?: number | undefined;
  /** Names of the policies to blame; empty where no limit is. */
  readonly violated: readonly string[];
  /** As of an admission's refusal. */
  readonly slowed?: number | undefined;
  /** The application's own limit, where it is known. */
  readonly own?: PolicyState | undefined;
}

export function refusedCall(problem: RefusedCall['problem'], detail: string): RefusedCall {
  return { kind: 'refused', problem, detail, violated: [] };
}

/** An operator resumes by hand, nobody knows when: it is told as when to look again. */
export const pausedRetryAfterMs = 5_000;

export const paused: RefusedCall = {
  ...refusedCall('application-paused', 'an operator has paused the application'),
  retryAfterMs: pausedRetryAfterMs,
};

export const storeDown = refusedCall('limiter-unavailable', 'the limits cannot be counted just now');
