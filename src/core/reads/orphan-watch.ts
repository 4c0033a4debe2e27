import type { Clock } from '../ports.ts';
import { createBatchAlarm } from './batch-alarm.ts';
import type { MessageListener, MessageUnderWay } from './message-under-way.ts';

/**
 * Sees to it that nodes are told of messages that become overdue after their batch has ended: a frozen node is noticed
 * though another one answered for it. Holds one timer, and that only while a message is neither overdue nor ended.
 */
export function watchOrphans(clock: Clock, orphans: readonly MessageUnderWay[]): void {
  const alarm = createBatchAlarm(clock, Number.POSITIVE_INFINITY, (dueMs) => {
    for (const orphan of orphans) orphan.takeDue(dueMs);
    goOn();
  });
  const goOn = (): void => {
    const nextMs = Math.min(...orphans.map((orphan) => orphan.nextDueMs()));
    if (nextMs < Number.POSITIVE_INFINITY) alarm.set(nextMs);
    else alarm.cancel();
  };
  const listener: MessageListener = { answered: goOn, failed: goOn, broke() {} };
  for (const orphan of orphans) orphan.listener = listener;
  goOn();
}
