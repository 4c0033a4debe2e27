import type { Clock, Random } from '../../src/core/ports.ts';
import type { KeyOutcome, KeyReader } from '../../src/core/reads/key-reader.ts';
import { rowOf, textOf, timedOut } from './cached-reads.ts';

const replicas = 3;

export interface Write {
  readonly version: number;
  readonly acknowledgedMs: number;
  /** By replica: from when on it has the write; always before the invalidation has settled. */
  readonly arrivesMs: readonly number[];
}

export function arrivals(atMs: () => number): readonly number[] {
  return Array.from({ length: replicas }, atMs);
}

/** A read sees one replica at some moment of its way, and takes its time to come back; some fail. */
export function laggingReader(
  clock: Clock,
  random: Random,
  writes: ReadonlyMap<string, readonly Write[]>,
): KeyReader {
  return async (batch) => {
    const outcomes = await Promise.all(
      batch.keys.map((bytes, key) => {
        const begunMs = clock.nowMs();
        const lookMs = random.next() * 200;
        const replica = Math.floor(random.next() * replicas);
        const fails = random.next() < 0.15;
        return new Promise<KeyOutcome>((resolve) => {
          const end = (outcome: KeyOutcome): void => {
            const aged = 'source' in outcome ? { ...outcome, ageMs: clock.nowMs() - begunMs } : outcome;
            batch.onOutcome?.(key, aged);
            resolve(aged);
          };
          const leftMs = batch.deadlineMs - begunMs;
          const backMs = lookMs + random.next() * 200;
          if (fails || backMs >= leftMs) {
            clock.after(Math.min(backMs, leftMs), () => end(timedOut));
            return;
          }
          clock.after(lookMs, () => {
            const seenMs = clock.nowMs();
            const arrived = ({ arrivesMs }: Write): boolean => (arrivesMs[replica] as number) <= seenMs;
            const version = versionOf(writes.get(textOf(bytes)), arrived);
            const outcome: KeyOutcome =
              version === 0 ? { status: 'missing', source: 'cassandra', ageMs: 0 } : rowOf(String(version));
            clock.after(backMs - lookMs, () => end(outcome));
          });
        });
      }),
    );
    const report = {
      groups: [batch.keys.length],
      sent: batch.keys.length,
      retries: 0,
      hedges: 0,
      cacheHits: 0,
      stale: 0,
      joined: 0,
      expired: false,
      datacenter: 'front',
      ringEpoch: 1,
      span: undefined,
    };
    return { outcomes, report };
  };
}

/** The latest of the writes of which something holds; 0: none. */
export function versionOf(writes: readonly Write[] | undefined, holds: (write: Write) => boolean): number {
  return writes?.findLast(holds)?.version ?? 0;
}
