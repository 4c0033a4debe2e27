import { ReplicaError, type ReplicaErrorName } from '../../src/core/errors.ts';
import type { Clock, ReplicaRead, ReplicaRow } from '../../src/core/ports.ts';
import { echoRow, type ScriptedCluster } from './scripted-cluster.ts';

/** What becomes of one message: `rows` of all its keys, none of them, an error, or no answer at all. */
export type Ending = 'rows' | 'nothing' | 'never' | ReplicaErrorName;
/** The ending, and how many ms after the message was sent. */
export type Step = readonly [ending: Ending, afterMs?: number];

/** Answers the messages by the steps, in the order in which they are sent; those beyond the last step have rows at once. */
export function followSteps(cluster: ScriptedCluster, clock: Clock, steps: readonly Step[]): SentAt[] {
  const sent: SentAt[] = [];
  cluster.answer = (request) => {
    const [ending, afterMs = 0] = steps[sent.length] ?? ['rows'];
    sent.push({ atMs: clock.nowMs(), node: request.node.id });
    return endAs(request, clock, ending, afterMs);
  };
  return sent;
}

export interface SentAt {
  readonly atMs: number;
  readonly node: string;
}

export function endAs(
  request: ReplicaRead,
  clock: Clock,
  ending: Ending,
  afterMs: number,
): Promise<readonly ReplicaRow[]> {
  return new Promise((resolve, reject) => {
    if (ending === 'never') return;
    clock.after(afterMs, () => {
      if (ending === 'rows') resolve(request.keys.map((key) => echoRow(request, key)));
      else if (ending === 'nothing') resolve([]);
      else reject(new ReplicaError(ending));
    });
  });
}
