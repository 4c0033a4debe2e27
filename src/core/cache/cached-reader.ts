import { problems } from '../errors.ts';
import type { Clock, KeyBytes, Random, ReadTelemetry } from '../ports.ts';
import type { KeyOutcome, KeyReader, ReadBatch, ReadReport, ReadResult } from '../reads/key-reader.ts';
import { fitOutcome } from '../reads/outcome-room.ts';
import { unsentReport } from '../reads/read-report.ts';
import type { AnsweredKey, BatchView, BegunRead } from './batch-view.ts';
import type { ReadCache } from './row-cache.ts';

export interface CachedReaderParts {
  readonly cache: ReadCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Pick<ReadTelemetry, 'cache' | 'unexpected'>;
  readonly ringEpoch: () => number;
}

/**
 * Answers from the cache what it has fresh, reads the rest as one smaller batch, and keeps what that brings as soon
 * as it is there. Where the cluster fails a key, what is kept beyond its time is answered with, if the table says so.
 * A table that is not cached, and an application that does not use the cache, pass by.
 */
export function createCachedReader(parts: CachedReaderParts, next: KeyReader): KeyReader {
  return (batch) => {
    const view = parts.cache.view(batch);
    if (view === undefined) return next(batch);
    const outcomes: (KeyOutcome | undefined)[] = [];
    const misses = takeHits(parts, batch, view, outcomes);
    if (misses.length > 0) return readMisses(parts, batch, view, { outcomes, misses }, next);
    const report = unsentReport(parts.ringEpoch());
    const result = { outcomes: outcomes as KeyOutcome[], report };
    return Promise.resolve(concluded(parts, batch, result, { misses: 0, stale: 0, rescued: 0 }));
  };
}

interface Miss extends BegunRead {
  /** Its place in the batch. */
  readonly key: number;
}

/** Fills `outcomes` by key, undefined for each of the misses. */
function takeHits(
  { clock }: CachedReaderParts,
  { keys, identities, noCache, answerRoom, onOutcome }: ReadBatch,
  view: BatchView,
  outcomes: (KeyOutcome | undefined)[],
): Miss[] {
  const nowMs = clock.nowMs();
  const misses: Miss[] = [];
  for (let key = 0; key < keys.length; key += 1) {
    const bytes = keys[key] as KeyBytes;
    const partition = view.partitionOf(bytes, identities?.[key]);
    const clustering = view.clusteringOf(bytes);
    const hit = noCache ? undefined : view.hit(partition, clustering, nowMs);
    if (hit === undefined) {
      misses.push({ key, ...view.begin(partition, clustering) });
      outcomes.push(undefined);
    } else {
      onOutcome?.(key, hit);
      outcomes.push(fitOutcome(hit, answerRoom));
    }
  }
  return misses;
}

async function readMisses(
  parts: CachedReaderParts,
  batch: ReadBatch,
  view: BatchView,
  { outcomes, misses }: { outcomes: (KeyOutcome | undefined)[]; misses: readonly Miss[] },
  next: KeyReader,
): Promise<ReadResult> {
  const { keys, cacheUse, onOutcome } = batch;
  const result = await next({
    ...batch,
    ...(misses.length === keys.length ? {} : onlyThose(batch, misses)),
    onOutcome(position, outcome) {
      const miss = misses[position] as Miss;
      if (cacheUse === 'fill') fill(parts, view, miss, outcome);
      // What failed is told below, where it is known whether the cache can help.
      if (!isFailure(outcome)) onOutcome?.(miss.key, outcome);
    },
  });
  let stale = 0;
  let rescued = 0;
  for (const [position, { key }] of misses.entries()) {
    const read = result.outcomes[position] as KeyOutcome;
    const failed = isFailure(read);
    const instead = failed ? findFallback(parts, batch, key) : undefined;
    if (instead?.source === 'stale') stale += 1;
    else if (instead !== undefined) rescued += 1;
    if (failed) onOutcome?.(key, instead ?? read);
    outcomes[key] = instead === undefined ? read : fitOutcome(instead, batch.answerRoom);
  }
  const { report } = result;
  const all = { outcomes: outcomes as KeyOutcome[], report };
  return concluded(parts, batch, all, { misses: misses.length, stale, rescued });
}

function onlyThose(
  { keys, identities }: ReadBatch,
  misses: readonly Miss[],
): Pick<ReadBatch, 'keys' | 'identities'> {
  return {
    keys: misses.map(({ key }) => keys[key] as KeyBytes),
    identities: identities && misses.map(({ key }) => identities[key] as string),
  };
}

/** Only what this read itself brought: of what others read, they took care. A store that fails costs no answer. */
function fill(
  { cache, random, telemetry }: CachedReaderParts,
  view: BatchView,
  miss: Miss,
  outcome: KeyOutcome,
): void {
  if (!('source' in outcome) || outcome.source !== 'cassandra') return;
  try {
    if (!view.keep(miss, outcome, random.next())) cache.countDroppedFill();
  } catch (fault) {
    telemetry.unexpected(fault);
  }
}

/**
 * The row could not be had from the cluster, and might be another time: also where it was not even asked because too
 * much was under way, or where no time was left. `quota` and `size` are no failures but verdicts on the request, and
 * what no repetition can mend is not to be hidden behind an old row.
 */
function isFailure(outcome: KeyOutcome): boolean {
  switch (outcome.status) {
    case 'error':
      return problems[outcome.problem].retryable;
    case 'unprocessed':
      return outcome.reason === 'overload' || outcome.reason === 'deadline';
    default:
      return false;
  }
}

/** Under a view of its own: the table may have been purged since the batch began. */
function findFallback(
  { cache, clock }: CachedReaderParts,
  batch: ReadBatch,
  key: number,
): AnsweredKey | undefined {
  const view = batch.noCache ? undefined : cache.view(batch);
  const bytes = batch.keys[key] as KeyBytes;
  return view?.fallback(view.partitionOf(bytes), view.clusteringOf(bytes), clock.nowMs());
}

/**
 * The result as it leaves, counted. `misses`: of them, `stale` and `rescued` ones were answered after they had failed.
 */
function concluded(
  { cache, telemetry }: CachedReaderParts,
  { selection }: ReadBatch,
  { outcomes, report }: { outcomes: readonly KeyOutcome[]; report: ReadReport },
  { misses, stale, rescued }: { misses: number; stale: number; rescued: number },
): ReadResult {
  const hits = outcomes.length - misses;
  const { keyspace, name: table } = selection.table;
  // A row that another read brought meanwhile is that read's, however it came here.
  const joined = report.joined + rescued;
  const counts = { hits, stale, misses, joined };
  cache.count(counts);
  telemetry.cache({ keyspace, table, ...counts });
  return {
    outcomes,
    report: { ...report, cacheHits: report.cacheHits + hits, stale: report.stale + stale, joined },
  };
}
