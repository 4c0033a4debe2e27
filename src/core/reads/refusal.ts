import type { ProblemSlug } from '../errors.ts';
import type { RefusalReason } from '../throttle/throttle.ts';
import type { KeyOutcome } from './key-reader.ts';
import type { QuotaRefusal } from './quota-bill.ts';

/** What a caller is told whose keys the limits refused. Nobody reads what is told to a caller who has gone. */
const quotaProblems: Readonly<Record<RefusalReason, ProblemSlug>> = {
  over: 'over-quota',
  'queue-full': 'queue-full',
  oversize: 'impossible',
  paused: 'application-paused',
  'store-down': 'limiter-unavailable',
  gone: 'over-quota',
};

/**
 * The status table of the contract: the problem that outcomes without an answer make; undefined when none of them
 * failed and none was left untried. Quota before the deadline, the deadline before failures, failures before
 * overload; limits that cannot be counted are a failure of the service. `expired`: the deadline came while keys were
 * open. `refusal`: why keys are `unprocessed: quota`.
 */
export function problemOf(
  outcomes: readonly KeyOutcome[],
  expired: boolean,
  refusal?: Pick<QuotaRefusal, 'reason'>,
): ProblemSlug | undefined {
  const reasons = new Set<string>();
  let answered = false;
  let firstProblem: ProblemSlug | undefined;
  for (const outcome of outcomes) {
    if (outcome.status === 'unprocessed') reasons.add(outcome.reason);
    else if (outcome.status === 'error') firstProblem ??= outcome.problem;
    else answered = true;
  }
  if (firstProblem === undefined && reasons.size === 0) return undefined;
  const quotaProblem = reasons.has('quota') ? quotaProblems[refusal?.reason ?? 'over'] : undefined;
  if (quotaProblem !== undefined && quotaProblem !== 'limiter-unavailable') return quotaProblem;
  if (expired || reasons.has('deadline')) return 'deadline-exceeded';
  if (quotaProblem !== undefined) return quotaProblem;
  if (firstProblem !== undefined) return firstProblem;
  if (reasons.has('overload')) return 'overload';
  // Nothing failed and nothing was late. Beside keys that fit, the request is too much for one answer; where not
  // even one fits, some key is larger than an answer may be.
  return answered ? 'too-large' : 'impossible';
}

/** Of a problem that `problemOf` found: the refusal, where it is what made it. */
export function refusalBehind<Refusal extends Pick<QuotaRefusal, 'reason'>>(
  problem: ProblemSlug | undefined,
  refusal: Refusal | undefined,
): Refusal | undefined {
  return refusal !== undefined && quotaProblems[refusal.reason] === problem ? refusal : undefined;
}
