import type { ReadTelemetry } from '../ports.ts';
import type { BatchSends } from './batch-sends.ts';
import { largestFirst } from './hedging.ts';
import type { KeyStates } from './key-states.ts';
import type { MessageBudget } from './message-budget.ts';

export interface RetryParts {
  readonly telemetry: ReadTelemetry;
  readonly retryBudget: MessageBudget;
}

/** Asks one further owner, at once, for keys that were not retried before; as far as the budget pays, the largest messages first. */
export function retry(
  { telemetry, retryBudget }: RetryParts,
  sends: BatchSends,
  states: KeyStates,
  keys: readonly number[],
): void {
  if (keys.length === 0) return;
  const plan = sends.planAgain(keys);
  let denied = plan.unowned.length;
  for (const message of largestFirst(plan.groups.flatMap((group) => sends.cut(group)))) {
    if (!retryBudget.spend(1) || !sends.send(message, 'retry')) {
      denied += message.keys.length;
      continue;
    }
    for (const key of message.keys) states.markRetried(key);
    telemetry.retry('sent', message.keys.length);
  }
  if (denied > 0) telemetry.retry('denied', denied);
}
