import type { Consistency } from '../../core/ports.ts';
import type { WorkKind } from './node-server.ts';

/** One message as it reached a node; without its keys. */
interface RecordedMessage {
  readonly kind: WorkKind;
  readonly atMs: number;
  readonly nodeId: string;
  /** Keys of a read, rows that a page may have at most, rows of a write. */
  readonly keys: number;
  readonly consistency: Consistency;
}

/** The latest messages, oldest first; the oldest make room. */
export interface MessageLog {
  record(message: RecordedMessage): void;
  messages(): readonly RecordedMessage[];
}

/** A capacity of 0 records nothing. */
export function createMessageLog(capacity: number): MessageLog {
  const ring: RecordedMessage[] = [];
  let next = 0;
  return {
    record(message) {
      if (capacity === 0) return;
      ring[next] = message;
      next = (next + 1) % capacity;
    },
    messages: () => (ring.length < capacity ? [...ring] : [...ring.slice(next), ...ring.slice(0, next)]),
  };
}
