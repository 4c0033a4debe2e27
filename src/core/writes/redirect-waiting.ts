import type { ClusterNode } from '../topology/cluster-state.ts';
import type { SendQueues } from './send-queues.ts';
import type { OutgoingWrite, WritePlan } from './write-plan.ts';

export interface WaitingParts {
  readonly queues: Pick<SendQueues, 'takeWaiting' | 'add'>;
  /** Over owners that are not silent. */
  readonly plan: (rows: readonly number[]) => Pick<WritePlan, 'messages' | 'unowned'>;
  /** These rows do not wait where they did. */
  readonly moved: (rows: readonly number[]) => void;
  readonly enqueue: (message: OutgoingWrite) => void;
}

/** What waits to be sent to nodes that have become silent, for the first time, goes to other owners, where there are any. */
export function redirectWaiting(
  silent: ReadonlyMap<string, ClusterNode>,
  { queues, plan, moved, enqueue }: WaitingParts,
): void {
  for (const node of silent.values()) {
    const waiting = queues.takeWaiting(node);
    if (waiting.length === 0) continue;
    const first = waiting.filter(({ role }) => role === 'first').flatMap(({ rows }) => rows);
    const { messages, unowned } = plan(first);
    const left = new Set(unowned);
    moved(first.filter((row) => !left.has(row)));
    for (const message of messages) enqueue(message);
    for (const message of waiting) {
      const rows = message.role === 'first' ? message.rows.filter((row) => left.has(row)) : message.rows;
      if (rows.length > 0) queues.add({ ...message, rows });
    }
  }
}
