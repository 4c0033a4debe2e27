import type { ReplicaErrorName } from '../../core/errors.ts';
import type { Random } from '../../core/ports.ts';

/** Which of a node's next messages fail, and how. */
export interface FaultPlan {
  /** Adds to what `failNext` already asked of this kind. Kinds come in the order of their first asking. */
  failNext(kind: ReplicaErrorName, count: number): void;
  /** Each message fails with this probability, until it is set to 0. */
  fail(kind: ReplicaErrorName, probability: number): void;
  /** The fault of the message that has just come. */
  draw(): ReplicaErrorName | undefined;
}

export function createFaultPlan(random: Random): FaultPlan {
  const counts = new Map<ReplicaErrorName, number>();
  const probabilities = new Map<ReplicaErrorName, number>();
  const drawCounted = (): ReplicaErrorName | undefined => {
    const [first] = counts;
    if (first === undefined) return undefined;
    const [kind, count] = first;
    if (count > 1) counts.set(kind, count - 1);
    else counts.delete(kind);
    return kind;
  };
  return {
    failNext(kind, count) {
      if (!Number.isInteger(count) || count < 0)
        throw new RangeError(`count must be a whole number, not ${count}`);
      if (count > 0) counts.set(kind, (counts.get(kind) ?? 0) + count);
    },
    fail(kind, probability) {
      if (!(probability >= 0 && probability <= 1))
        throw new RangeError(`probability must be from 0 to 1, not ${probability}`);
      if (probability > 0) probabilities.set(kind, probability);
      else probabilities.delete(kind);
    },
    draw() {
      const counted = drawCounted();
      if (counted !== undefined) return counted;
      for (const [kind, probability] of probabilities) {
        if (random.next() < probability) return kind;
      }
      return undefined;
    },
  };
}
