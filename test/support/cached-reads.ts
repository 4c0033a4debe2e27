import { nodeText } from '../../src/adapters/node/text.ts';
import type { CacheSettings } from '../../src/core/cache/cache-settings.ts';
import { createCachedReader } from '../../src/core/cache/cached-reader.ts';
import { createJoiningReader } from '../../src/core/cache/joining-reader.ts';
import { createRowCache } from '../../src/core/cache/row-cache.ts';
import type { CacheEvent, Clock, KeyBytes } from '../../src/core/ports.ts';
import type { KeyOutcome, KeyReader, ReadBatch, ReadResult } from '../../src/core/reads/key-reader.ts';
import { fitOutcome } from '../../src/core/reads/outcome-room.ts';
import { QuotaBill } from '../../src/core/reads/quota-bill.ts';
import { createQuotaReader } from '../../src/core/reads/quota-reader.ts';
import { unsentReport } from '../../src/core/reads/read-report.ts';
import { defaultTableSettings } from '../../src/core/reads/settings.ts';
import { batchOf } from './batch-reads.ts';
import { createFakeClock } from './fake-clock.ts';
import { createMapRowStore } from './map-row-store.ts';
import type { ScriptedThrottle } from './scripted-throttle.ts';

/** A batch that has reached the innermost reader and waits for the test to say what comes of it. */
export interface HeldRead {
  readonly batch: ReadBatch;
  readonly keys: readonly string[];
  /** Settles one key. */
  settle(key: string, outcome: KeyOutcome): void;
  /** Settles what is open: each key with a row of its own, or as told. */
  answer(outcomeOf?: (key: string) => KeyOutcome): void;
}

export const textOf = (key: KeyBytes): string => key.map((part) => nodeText.fromUtf8(part)).join('|');

/** Ends what is open at the deadline of its batch, as the cluster's reader does. */
export function createHeldReader(clock: Clock): { readonly read: KeyReader; readonly reads: HeldRead[] } {
  const reads: HeldRead[] = [];
  const read: KeyReader = (batch) =>
    new Promise((resolve) => {
      const begunMs = clock.nowMs();
      const keys = batch.keys.map(textOf);
      const outcomes = new Map<string, KeyOutcome>();
      const settle = (key: string, outcome: KeyOutcome): void => {
        if (outcomes.has(key)) return;
        const aged = 'source' in outcome ? { ...outcome, ageMs: clock.nowMs() - begunMs } : outcome;
        batch.onOutcome?.(keys.indexOf(key), aged);
        outcomes.set(key, fitOutcome(aged, batch.answerRoom));
        if (outcomes.size < keys.length) return;
        cancel();
        const report = { ...unsentReport(7), groups: [keys.length], sent: keys.length, datacenter: 'front' };
        resolve({ outcomes: keys.map((each) => outcomes.get(each) as KeyOutcome), report });
      };
      const answer = (outcomeOf: (key: string) => KeyOutcome = rowOf): void => {
        for (const key of keys) settle(key, outcomeOf(key));
      };
      const cancel = clock.after(batch.deadlineMs - begunMs, () => answer(() => timedOut));
      reads.push({ batch, keys, settle, answer });
    });
  return { read, reads };
}

export function rowOf(...rows: string[]): KeyOutcome {
  return { status: 'found', rows, truncated: false, source: 'cassandra', ageMs: 0 };
}

export const noRow: KeyOutcome = { status: 'missing', source: 'cassandra', ageMs: 0 };
export const timedOut: KeyOutcome = { status: 'error', problem: 'replica-timeout' };
export const overloaded: KeyOutcome = { status: 'unprocessed', reason: 'overload' };

export interface CachedReadsOptions {
  readonly chance?: number;
  readonly keysInFlight?: number;
  /** Absent: nobody is limited. */
  readonly throttle?: ScriptedThrottle;
}

/** The cache, within it the limits, within them the joining of reads, over a reader that the test answers for. */
export function setUpCachedReads(options: CachedReadsOptions = {}) {
  const clock = createFakeClock();
  const store = createMapRowStore();
  const cache = createRowCache({ store, clock, text: nodeText });
  const { read: held, reads } = createHeldReader(clock);
  const events: CacheEvent[] = [];
  const faults: unknown[] = [];
  const parts = {
    cache,
    clock,
    text: nodeText,
    ringEpoch: () => 7,
    random: { next: () => options.chance ?? 0 },
    bounds: { keysInFlight: options.keysInFlight ?? 50_000 },
    telemetry: {
      cache: (event: CacheEvent) => void events.push(event),
      unexpected: (fault: unknown) => void faults.push(fault),
    },
  };
  const joining = createJoiningReader(parts, held);
  const read = createCachedReader(
    parts,
    createQuotaReader({ ...parts, wouldJoin: joining.wouldJoin }, joining),
  );
  /** One request, of as many batches; `bill` is undefined where nobody is limited. */
  const askTogether = (
    batches: readonly (readonly string[])[],
    { application = 'storefront', ...change }: BatchChange & { application?: string } = {},
  ): { readonly results: Promise<readonly ReadResult[]>; readonly bill: QuotaBill | undefined } => {
    const deadlineMs = clock.nowMs() + 1_000;
    const { throttle } = options;
    const payer = { name: application, className: 'frontend' };
    const { strict = false } = change;
    const bill =
      throttle &&
      new QuotaBill(
        { throttle, clock, telemetry: parts.telemetry },
        { application: payer, operation: 'read', strict, deadlineMs },
      );
    const begun = batches.map((keys) => read(cachedBatch(keys, { deadlineMs, bill, ...change })));
    bill?.close();
    return { results: Promise.all(begun), bill };
  };
  /** Begins a read; `reads` has it at once, unless all of it was cached or joined. */
  const ask = async (
    keys: readonly string[],
    change: BatchChange & { application?: string } = {},
  ): Promise<ReadResult> => {
    const [result] = await askTogether([keys], change).results;
    return result as ReadResult;
  };
  /** Reads, lets the innermost reader answer each key with a row that is the key, and waits. */
  const fill = async (keys: readonly string[], change: BatchChange = {}): Promise<ReadResult> => {
    const asked = ask(keys, change);
    for (const open of reads) open.answer();
    return asked;
  };
  return { clock, store, cache, reads, events, faults, parts, ask, askTogether, fill };
}

export interface BatchChange extends Partial<ReadBatch> {
  /** Undefined: the table is not cached. */
  readonly cache?: CacheSettings | undefined;
}

const minute: CacheSettings = { ttlMs: 60_000, missingTtlMs: 5_000, staleIfErrorMs: 0 };

/** A batch on a table that is cached for a minute, missing rows for five seconds. */
export function cachedBatch(keys: readonly string[], change: BatchChange = {}): ReadBatch {
  const { cache = minute, ...rest } = change;
  const settings = { ...defaultTableSettings, cache: 'cache' in change ? change.cache : cache };
  return batchOf(keys, { settings, ...rest });
}

/** Each outcome in a word: where it came from and its rows, or how it failed. */
export function inWords({ outcomes }: ReadResult): string[] {
  return outcomes.map(wordsOf);
}

function wordsOf(outcome: KeyOutcome): string {
  if (outcome.status === 'error') return outcome.problem;
  if (outcome.status === 'unprocessed') return outcome.reason;
  if (outcome.status === 'missing') return `${outcome.source} nothing`;
  return `${outcome.source} ${outcome.rows.join(' ')}${outcome.truncated ? ' …' : ''}`;
}
