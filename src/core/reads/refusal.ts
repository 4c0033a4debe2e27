import type { ProblemSlug } from '../errors.ts';
import type { KeyOutcome } from './key-reader.ts';

/**
 * The status table of the contract: the problem that outcomes without an answer make; undefined when none of them
 * failed and none was left untried. Quota before the deadline, the deadline before failures, failures before
 * overload. `expired`: the deadline came while keys were open.
 */
export function problemOf(outcomes: readonly KeyOutcome[], expired: boolean): ProblemSlug | undefined {
  const reasons = new Set<string>();
  let answered = false;
  let firstProblem: ProblemSlug | undefined;
  for (const outcome of outcomes) {
    if (outcome.status === 'unprocessed') reasons.add(outcome.reason);
    else if (outcome.status === 'error') firstProblem ??= outcome.problem;
    else answered = true;
  }
  if (firstProblem === undefined && reasons.size === 0) return undefined;
  if (reasons.has('quota')) return 'over-quota';
  if (expired || reasons.has('deadline')) return 'deadline-exceeded';
  if (firstProblem !== undefined) return firstProblem;
  if (reasons.has('overload')) return 'overload';
  // Nothing failed and nothing was late. Beside keys that fit, the request is too much for one answer; where not
  // even one fits, some key is larger than an answer may be.
  return answered ? 'too-large' : 'impossible';
}
