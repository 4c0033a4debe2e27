import type {
  InvalidationEntry,
  InvalidationStream,
  StreamPosition,
} from '../../src/core/cache/invalidation.ts';
import type { Clock } from '../../src/core/ports.ts';
import { StoreError } from '../../src/core/throttle/limit-store.ts';

/** A stream in memory that can lose what a Redis can lose. */
export interface MemoryStreamServer {
  /** What one instance has of it. */
  connect(options?: { readonly delayMs?: () => number }): MemoryStreamLink;
  /** As a pulse tells it. */
  state(): Pick<StreamPosition, 'sequence' | 'epoch'>;
  /** As FLUSHALL does. */
  flush(): void;
  /** As a failover to a replica that lacks what came in the last so many milliseconds. */
  loseSince(ms: number): void;
  /** The oldest ones go, until so many are left. */
  trim(entries: number): void;
  /** Adds one that no version here can read. */
  addUnreadable(instance: string): void;
}

export interface MemoryStreamLink extends InvalidationStream {
  /** Nothing comes through; what waits is told so. */
  isAway: boolean;
  /** Calls so far, by name. */
  readonly calls: { publish: number; end: number; read: number };
}

interface Kept {
  readonly number: number;
  readonly atMs: number;
  readonly entry: InvalidationEntry;
}

export function createMemoryStream(clock: Clock): MemoryStreamServer {
  const wake = new Set<() => void>();
  let kept: Kept[] = [];
  let sequence = 0;
  let epoch = '';
  let epochs = 0;
  /** Like times, ids are never given twice, whatever is lost. */
  let given = 0;

  const beginEpoch = (): void => {
    if (epoch !== '') return;
    epochs += 1;
    epoch = `epoch-${epochs}`;
  };

  const add = (instance: string, invalidation: InvalidationEntry['invalidation']): void => {
    beginEpoch();
    given += 1;
    sequence += 1;
    const position = { id: String(given), sequence, epoch };
    kept.push({ number: given, atMs: clock.nowMs(), entry: { invalidation, instance, position } });
    for (const each of [...wake]) each();
  };

  const connect: MemoryStreamServer['connect'] = ({ delayMs = () => 0 } = {}) => {
    const calls = { publish: 0, end: 0, read: 0 };
    const later = (): Promise<void> => {
      if (link.isAway) return Promise.reject(new StoreError('unreachable'));
      const ms = delayMs();
      return ms === 0 ? Promise.resolve() : new Promise((resolve) => void clock.after(ms, resolve));
    };
    /** There and back. */
    const call = async <T>(work: () => T | Promise<T>): Promise<T> => {
      await later();
      const result = await work();
      await later();
      return result;
    };
    const after = (from: StreamPosition): InvalidationEntry[] =>
      kept.filter(({ number }) => number > Number(from.id)).map(({ entry }) => entry);
    const link: MemoryStreamLink = {
      isAway: false,
      calls,
      publish(instance, invalidation) {
        calls.publish += 1;
        return call(() => add(instance, invalidation));
      },
      end() {
        calls.end += 1;
        return call(() => {
          beginEpoch();
          return { id: String(kept.at(-1)?.number ?? 0), sequence, epoch };
        });
      },
      read(from, waitMs) {
        calls.read += 1;
        return call(async () => {
          if (after(from).length === 0 && waitMs > 0) await waitForOne(clock, wake, waitMs);
          return after(from).slice(0, 1_000);
        });
      },
    };
    return link;
  };

  return {
    connect,
    state: () => ({ sequence, epoch }),
    flush() {
      kept = [];
      sequence = 0;
      epoch = '';
    },
    loseSince(ms) {
      const left = kept.filter(({ atMs }) => atMs < clock.nowMs() - ms);
      sequence -= kept.length - left.length;
      kept = left;
    },
    trim(entries) {
      kept = kept.slice(Math.max(0, kept.length - entries));
    },
    addUnreadable: (instance) => add(instance, undefined),
  };
}

function waitForOne(clock: Clock, wake: Set<() => void>, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      wake.delete(end);
      resolve();
    };
    const cancel = clock.after(waitMs, end);
    wake.add(end);
  });
}
