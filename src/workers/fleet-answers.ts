import {
  addCounts,
  countsOf,
  type MetricsSnapshot,
  mergeMetrics,
} from '../adapters/prometheus/merged-metrics.ts';
import type { RowCacheStats } from '../core/cache/row-cache.ts';
import { aboutCache, aboutDrain, aboutMetrics, aboutReload } from './messages.ts';
import { type WatchedWorker, type WorkerState, workerStates } from './watched-worker.ts';

/** A worker that needs longer is left out. */
const answerTimeoutMs = 2_000;
/** Reading files and checking them takes longer than telling a number. */
const reloadTimeoutMs = 5_000;

export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

/** What concerns all workers, asked of each and put together. A worker that hangs holds up none of it for long. */
export interface FleetAnswers {
  metrics(): Promise<MetricsText>;
  cache(): Promise<RowCacheStats>;
  /** Resolves when each has answered or run out of time; all but the one that has done it already. */
  reload(cause: string, except?: WatchedWorker): Promise<void>;
  /** From here on all are unready. How many requests are under way. */
  drain(): Promise<{ readonly inFlight: number }>;
  /** A worker is gone, and what it counted stays. */
  remember(ended: WatchedWorker): void;
}

export function createFleetAnswers(workers: ReadonlySet<WatchedWorker>): FleetAnswers {
  let departed: Promise<MetricsSnapshot> = Promise.resolve([]);
  let gathering: Promise<MetricsText> | undefined;

  const gather = async (): Promise<MetricsText> => {
    const before = departed;
    const snapshots = [...workers].map(async (worker) => {
      const snapshot = await ask<MetricsSnapshot>(worker, aboutMetrics);
      // What it counted by the last time stays counted; how it is now is not known.
      if (snapshot === undefined) return countsOf(worker.counted);
      worker.keepCounted(snapshot);
      return snapshot;
    });
    return mergeMetrics([...(await Promise.all(snapshots)), await before], countStates(workers));
  };

  return {
    metrics() {
      gathering ??= gather().finally(() => {
        gathering = undefined;
      });
      return gathering;
    },
    async cache() {
      const stats = await askAll<RowCacheStats>(workers, aboutCache);
      return stats.reduce(addStats);
    },
    async reload(cause, except) {
      const others = [...workers].filter((worker) => worker !== except);
      await Promise.all(others.map((worker) => ask(worker, aboutReload, cause, reloadTimeoutMs)));
    },
    async drain() {
      const counts = await askAll<number>(workers, aboutDrain);
      return { inFlight: counts.reduce((sum, count) => sum + count, 0) };
    },
    remember(ended) {
      const { counted } = ended;
      departed = departed.then((before) => addCounts(before, counted));
    },
  };
}

async function askAll<Value>(workers: Iterable<WatchedWorker>, about: string): Promise<Value[]> {
  const answers = await Promise.all([...workers].map((worker) => ask<Value>(worker, about)));
  return answers.filter((answer) => answer !== undefined) as Value[];
}

/** Undefined: there is no answer. */
async function ask<Value>(
  worker: WatchedWorker,
  about: string,
  detail?: unknown,
  timeoutMs = answerTimeoutMs,
): Promise<Value | undefined> {
  if (worker.state === 'silent' || worker.state === 'starting') return undefined;
  return worker.ask(about, detail, timeoutMs).catch(() => undefined) as Promise<Value | undefined>;
}

function countStates(workers: Iterable<WatchedWorker>): Readonly<Record<WorkerState, number>> {
  const counts = Object.fromEntries(workerStates.map((state) => [state, 0])) as Record<WorkerState, number>;
  for (const { state } of workers) counts[state] += 1;
  return counts;
}

function addStats(sum: RowCacheStats, more: RowCacheStats): RowCacheStats {
  const names = Object.keys(sum) as (keyof RowCacheStats)[];
  return Object.fromEntries(names.map((name) => [name, sum[name] + more[name]])) as unknown as RowCacheStats;
}
