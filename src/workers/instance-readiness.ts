import type { ConditionBook, Readiness } from '../core/readiness.ts';
import type { Siblings } from './messages.ts';

/** It is of the whole instance: no sibling can make up for it. */
const ofAll = new Set(['shutdown']);

/**
 * Whether the instance can serve, as told by one of its workers. It is ready as long as one worker is: a balancer would
 * otherwise take all of them out of service for the fault of one. What this worker alone lacks is a warning then.
 */
export function instanceReadiness(
  own: Readiness,
  { workers, ready }: Siblings,
  book: ConditionBook,
): Readiness {
  const failed = own.conditions.filter(({ state }) => state === 'failed');
  const canServe = own.ready || (ready > 0 && failed.every(({ name }) => !ofAll.has(name)));
  if (!canServe) return own;
  const conditions = own.conditions.map((condition) =>
    condition.state === 'failed' ? { ...condition, state: 'warning' as const } : condition,
  );
  const lacking = workers - ready;
  const { conditions: shared } = book.readiness([
    {
      name: 'workers',
      state: lacking > 0 ? 'warning' : 'ok',
      reason: lacking > 0 ? `${lacking} of ${workers} workers cannot serve` : '',
    },
  ]);
  return { ready: true, conditions: [...conditions, ...shared] };
}
