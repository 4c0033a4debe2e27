import { nodeText } from '../../src/adapters/node/text.ts';
import { createCachedReader } from '../../src/core/cache/cached-reader.ts';
import {
  createInvalidationFollower,
  type GapPolicy,
  type InvalidationReach,
} from '../../src/core/cache/invalidation-follower.ts';
import { createJoiningReader } from '../../src/core/cache/joining-reader.ts';
import { createRowCache } from '../../src/core/cache/row-cache.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { cachedBatch } from './cached-reads.ts';
import { createFakeClock } from './fake-clock.ts';
import { arrivals, laggingReader, type Write } from './lagging-replicas.ts';
import { createMapRowStore } from './map-row-store.ts';
import { createMemoryStream } from './memory-invalidation-stream.ts';
import { silentTelemetry } from './silent-telemetry.ts';

const settleMs = 200;
const pulseMs = 400;
/** Two ways of it are less than the time to settle: the invalidation is there before the write has settled. */
const longestDelayMs = 40;
/** To the stream, and from there to who waits or is about to ask. */
const lateMs = 4 * longestDelayMs;
/** Of a replica of the stream that becomes the master. */
const longestLagMs = 1_000;
const longMs = 3_600_000;
/** From the end of a fault until every instance has noticed it and follows again: pauses, a read that waits, pulses. */
const recoveryMs = 5_000;
const gapMs: Readonly<Record<GapPolicy, number>> = { expire: 10_000, drop: settleMs };

/** Something may be lost, or late, from then until then. */
interface Fault {
  readonly fromMs: number;
  untilMs: number;
}

interface FleetWrite extends Write {
  readonly instance: number;
  /** Undefined: not known yet. */
  reach: InvalidationReach | undefined;
}

/** What was answered from somewhere else than Cassandra, beside what had to be in it. */
export interface FleetAnswer {
  readonly source: string;
  readonly version: number;
  readonly owed: number;
  /** Whether something is owed of which the invalidation came, or was lost, while there was a fault. */
  readonly isAfterFault: boolean;
}

/**
 * Two instances with caches of their own read and write a few keys in virtual time, while their ways to the stream are
 * cut and the stream loses entries.
 */
export async function playFleetHistory(seed: number) {
  const random = createSeededRandom(seed);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const clock = createFakeClock();
  const server = createMemoryStream(clock);
  const writes = new Map<string, FleetWrite[]>();
  const faults: Fault[] = [];
  const answers: FleetAnswer[] = [];
  const asked: Promise<void>[] = [];
  const onGap: GapPolicy = random.next() < 0.5 ? 'expire' : 'drop';
  // Rows end by invalidations and gaps alone; where their time is short, they are still there as stale ones.
  const ttlMs = random.next() < 0.3 ? 2_000 : longMs;
  const cache = { ttlMs, missingTtlMs: longMs, staleIfErrorMs: longMs };
  const delayMs = (): number => random.next() * longestDelayMs;
  const keys = ['a', 'b', 'c', 'd'];

  const instances = ['one', 'two'].map((instance) => {
    const link = server.connect({ delayMs });
    const rows = createRowCache({ store: createMapRowStore(), clock, text: nodeText });
    const bounds = { keysInFlight: 1_000 };
    const parts = { cache: rows, clock, random, telemetry: silentTelemetry, ringEpoch: () => 1, bounds };
    const read = createCachedReader(parts, createJoiningReader(parts, laggingReader(clock, random, writes)));
    const follower = createInvalidationFollower({
      stream: link,
      cache: rows,
      clock,
      random,
      instance,
      onGap: () => onGap,
      settleMs: () => settleMs,
    });
    const pulse = (): void => {
      clock.after(pulseMs, () => {
        if (link.isAway) return pulse();
        clock.after(delayMs(), () => {
          const state = server.state();
          clock.after(delayMs(), () => {
            follower.noticeState(state);
            pulse();
          });
        });
      });
    };
    follower.start();
    pulse();
    return { link, rows, read, follower };
  });
  await clock.advance(1_000);

  for (let step = 0; step < 250; step += 1) {
    const key = keys[below(keys.length)] as string;
    const chance = random.next();
    if (chance < 0.02) fault();
    else if (chance < 0.2) write(below(2), key);
    else asked.push(look(below(2), keys.slice(below(keys.length))));
    await clock.advance(random.next() * 400);
  }
  await clock.advance(10_000);
  await Promise.all(asked);
  for (const { follower } of instances) follower.stop();
  return { answers, gaps: instances.map(({ rows }) => rows.stats().gaps) };

  function write(at: number, key: string): void {
    const { follower } = instances[at] as (typeof instances)[number];
    const all = writes.get(key) ?? [];
    const acknowledgedMs = clock.nowMs();
    const arrivesMs = arrivals(() => acknowledgedMs + (random.next() - 0.3) * settleMs);
    const written: FleetWrite = {
      version: all.length + 1,
      acknowledgedMs,
      arrivesMs,
      instance: at,
      reach: undefined,
    };
    all.push(written);
    writes.set(key, all);
    const publish = (lastsMs: number): Promise<InvalidationReach> =>
      follower.publish({ keyspace: 'shop', table: 'products', partitions: [key], settleMs: lastsMs });
    void publish(settleMs).then((reach) => {
      written.reach = reach;
    });
    clock.after(settleMs, () => void publish(0));
  }

  function fault(): void {
    const fromMs = clock.nowMs();
    const happened: Fault = { fromMs, untilMs: fromMs };
    faults.push(happened);
    const kind = below(4);
    if (kind === 0) server.flush();
    else if (kind === 1) server.loseSince(random.next() * longestLagMs);
    else {
      const { link } = instances[below(2)] as (typeof instances)[number];
      if (link.isAway) return;
      link.isAway = true;
      happened.untilMs = Number.POSITIVE_INFINITY;
      clock.after(random.next() * 5_000, () => {
        if (kind === 2) server.trim(below(2));
        link.isAway = false;
        happened.untilMs = clock.nowMs();
      });
    }
  }

  /** From when on an instance may answer with nothing older than the write. */
  function owedFromMs({ acknowledgedMs, instance, reach }: FleetWrite, at: number): number {
    if (instance === at) return acknowledgedMs + settleMs;
    if (reach !== 'fleet') return Number.POSITIVE_INFINITY;
    const during = faults.filter(({ untilMs }) => untilMs + recoveryMs >= acknowledgedMs);
    if (during.length === 0) return acknowledgedMs + settleMs;
    return Math.max(...during.map(({ untilMs }) => untilMs)) + recoveryMs + gapMs[onGap];
  }

  async function look(at: number, chosen: readonly string[]): Promise<void> {
    const askedMs = clock.nowMs();
    const owedAt = (ms: number): (FleetWrite | undefined)[] =>
      chosen.map((key) => (writes.get(key) ?? []).findLast((each) => owedFromMs(each, at) <= ms));
    const owed = owedAt(askedMs);
    // That a write has settled comes as late as the write: until then its reads are joined.
    const owedJoined = owedAt(askedMs - lateMs);
    const deadlineMs = askedMs + 50 + random.next() * 400;
    const { read } = instances[at] as (typeof instances)[number];
    const { outcomes } = await read(cachedBatch(chosen, { cache, deadlineMs }));
    for (const [index, outcome] of outcomes.entries()) {
      if (!('source' in outcome) || outcome.source === 'cassandra') continue;
      const last = (outcome.source === 'joined' ? owedJoined : owed)[index];
      answers.push({
        source: outcome.source,
        version: outcome.status === 'found' ? Number(outcome.rows[0]) : 0,
        owed: last?.version ?? 0,
        isAfterFault: last !== undefined && owedFromMs(last, at) > last.acknowledgedMs + settleMs,
      });
    }
  }
}
