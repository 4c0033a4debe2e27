import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { createCachedReader } from '../../../src/core/cache/cached-reader.ts';
import { createJoiningReader } from '../../../src/core/cache/joining-reader.ts';
import { createRowCache } from '../../../src/core/cache/row-cache.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { cachedBatch } from '../../support/cached-reads.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { arrivals, laggingReader, versionOf, type Write } from '../../support/lagging-replicas.ts';
import { createMapRowStore } from '../../support/map-row-store.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { products } from '../../support/scripted-cluster.ts';
import { silentTelemetry } from '../../support/silent-telemetry.ts';

const settleMs = 200;
const cache = { ttlMs: 300, missingTtlMs: 100, staleIfErrorMs: 5_000 };

/** What was answered from somewhere else than Cassandra, beside what had to be in it. */
interface Answer {
  readonly source: string;
  readonly version: number;
  /** The last write that was acknowledged, and had settled, when the question came. */
  readonly owed: number;
}

/**
 * Reads and writes of a few keys in virtual time. A replica has a write some time before or after it is acknowledged;
 * a read sees one replica at some moment of its way, and takes its time to come back. `invalidatesAgain` is what
 * writers are to do when the time to settle is over.
 */
async function playHistory(seed: number, invalidatesAgain: boolean): Promise<readonly Answer[]> {
  const random = createSeededRandom(seed);
  const clock = createFakeClock();
  const writes = new Map<string, Write[]>();
  const rows = createRowCache({ store: createMapRowStore(), clock, text: nodeText });
  const parts = {
    cache: rows,
    clock,
    random,
    telemetry: silentTelemetry,
    ringEpoch: () => 1,
    bounds: { keysInFlight: 1_000 },
  };
  const read = createCachedReader(parts, createJoiningReader(parts, laggingReader(clock, random, writes)));
  const keys = ['a', 'b', 'c'];
  const answers: Answer[] = [];
  const asked: Promise<void>[] = [];
  for (let step = 0; step < 120; step += 1) {
    const key = keys[Math.floor(random.next() * keys.length)] as string;
    if (random.next() < 0.25) write(key);
    else asked.push(look(keys.slice(0, 1 + Math.floor(random.next() * 3))));
    await clock.advance(random.next() * 60);
  }
  await clock.advance(10_000);
  await Promise.all(asked);
  return answers;

  function write(key: string): void {
    const all = writes.get(key) ?? [];
    const acknowledgedMs = clock.nowMs();
    const arrivesMs = arrivals(() => acknowledgedMs + (random.next() - 0.3) * settleMs);
    all.push({ version: all.length + 1, acknowledgedMs, arrivesMs });
    writes.set(key, all);
    const invalidate = (lastsMs: number): void => rows.invalidate(products, [nodeText.utf8(key)], lastsMs);
    invalidate(settleMs);
    if (invalidatesAgain) clock.after(settleMs, () => invalidate(0));
  }

  async function look(chosen: readonly string[]): Promise<void> {
    const askedMs = clock.nowMs();
    const owed = chosen.map((key) =>
      versionOf(writes.get(key), ({ acknowledgedMs }) => acknowledgedMs + settleMs <= askedMs),
    );
    const consistency = random.next() < 0.2 ? 'LOCAL_QUORUM' : 'LOCAL_ONE';
    const noCache = random.next() < 0.1;
    const deadlineMs = askedMs + 50 + random.next() * 400;
    const { outcomes } = await read(cachedBatch(chosen, { cache, consistency, noCache, deadlineMs }));
    for (const [index, outcome] of outcomes.entries()) {
      if (!('source' in outcome) || outcome.source === 'cassandra') continue;
      const version = outcome.status === 'found' ? Number(outcome.rows[0]) : 0;
      answers.push({ source: outcome.source, version, owed: owed[index] ?? 0 });
    }
  }
}

/** A history takes tens of milliseconds; many at once on a busy machine take longer than a test may by default. */
const unhurried = { timeout: 60_000 };

it(
  'never answers with a row older than a write that was acknowledged, and had settled, before the question',
  unhurried,
  async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        for (const { source, version, owed } of await playHistory(seed, true)) {
          seen.set(source, (seen.get(source) ?? 0) + 1);
          expect(version).toBeGreaterThanOrEqual(owed);
        }
      }),
      { numRuns: propertyRuns(30) },
    );
    // Each way of an answer was tried.
    expect([...seen.keys()].sort()).toEqual(['cache', 'joined', 'stale']);
  },
);

it('keeps no such row even where writers forget to invalidate again', unhurried, async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      for (const { source, version, owed } of await playHistory(seed, false)) {
        // A read that is joined while writes follow each other closely can be from before the first of them.
        if (source !== 'joined') expect(version).toBeGreaterThanOrEqual(owed);
      }
    }),
    { numRuns: propertyRuns(30) },
  );
});
