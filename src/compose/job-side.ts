import { systemClock } from '../adapters/node/clock.ts';
import { createCursorSeal, randomCursorKey } from '../adapters/node/cursor-seal.ts';
import { nodeText } from '../adapters/node/text.ts';
import type { Config } from '../config/config.ts';
import type { Application } from '../core/applications.ts';
import type { Invalidation } from '../core/cache/invalidation.ts';
import type { InvalidationReach } from '../core/cache/invalidation-follower.ts';
import { applyInvalidation } from '../core/cache/invalidation-parts.ts';
import type { RowCache } from '../core/cache/row-cache.ts';
import type { Clock, JobCluster } from '../core/ports.ts';
import { createMessageBudget } from '../core/reads/message-budget.ts';
import { defaultTableSettings } from '../core/reads/settings.ts';
import type { Ending, Scan, ScanBounds } from '../core/scans/scan.ts';
import { createScan } from '../core/scans/scan-service.ts';
import type { TellSplits } from '../core/scans/splits.ts';
import { createTellSplits } from '../core/scans/splits-service.ts';
import {
  createSettlingPartitions,
  type SettlingPartitions,
  type SettlingTable,
} from '../core/writes/settling-partitions.ts';
import type { Write, WriteTelemetry } from '../core/writes/write.ts';
import { createWrite } from '../core/writes/write-service.ts';
import { liveBounds } from './live-bounds.ts';
import type { LiveConfig } from './live-config.ts';
import type { ReadSide } from './read-side.ts';

/** What batch jobs ask of Weir itself: splits, scans, writes. */
export interface JobSide {
  readonly scan: Scan;
  readonly splits: TellSplits;
  readonly write: Write;
  /** What waits to be invalidated once more is invalidated now. */
  close(): Promise<void>;
}

export interface JobSideParts {
  readonly live: LiveConfig;
  readonly cluster: JobCluster;
  readonly reads: ReadSide;
  readonly ending: Ending;
  /** Seals cursors where the configuration names no file; absent: one is made up. */
  readonly cursorKey: string | undefined;
}

/** Retries at most this share of the messages, as of reads, and out of a purse of their own. */
const retryShare = 0.2;
const retryBurst = 20;

/** What batch jobs ask, on the parts that look-ups have: one cluster, one ring, one view of who is sick, one bound. */
export function createJobSide({ live, cluster, reads, ending, cursorKey }: JobSideParts): JobSide {
  const { path, metrics, limits, publish } = reads;
  const { rings, health, load, inFlight, cache } = path;
  const settling = settleWrites({ live, clock: systemClock, cache, publish, telemetry: metrics.writes });
  const shared = {
    cluster,
    rings,
    health,
    inFlight,
    load,
    clock: systemClock,
    text: nodeText,
    throttle: limits.throttle,
    sessions: limits.sessionCheck,
    settingsOf: (keyspace: string, table: string) =>
      live.current().tables.get(`${keyspace}.${table}`) ?? defaultTableSettings,
    readTelemetry: metrics,
    ownRack: live.current().cassandra.rack,
  };
  return {
    scan: createScan({
      ...shared,
      applicationNow: (name) => applicationNow(live, name),
      seal: createCursorSeal(cursorSecrets(live.current().cursorKeys, cursorKey)),
      bounds: scanBounds(live),
      ending,
      telemetry: metrics.scans,
    }),
    splits: createTellSplits({
      schema: cluster,
      estimator: cluster,
      rings,
      clock: systemClock,
      telemetry: metrics,
    }),
    write: createWrite({
      ...shared,
      retryBudget: createMessageBudget(retryShare, retryBurst),
      wallMicros: () => BigInt(Date.now()) * 1_000n,
      bounds: liveBounds(live),
      settling,
      telemetry: metrics.writes,
    }),
    close: () => settling.close(),
  };
}

function applicationNow(live: LiveConfig, name: string): Application | undefined {
  return live.current().applications.find(({ application }) => application.name === name)?.application;
}

/** What caches are told of writes: of tables that the configuration caches, and of one that it begins to cache. */
export function settleWrites(parts: {
  readonly live: LiveConfig;
  readonly clock: Clock;
  readonly cache: Pick<RowCache, 'invalidatePartitions' | 'invalidateTable'>;
  readonly publish: ReadSide['publish'];
  readonly telemetry: Pick<WriteTelemetry, 'unexpected'>;
}): SettlingPartitions {
  const { live, clock, cache, publish, telemetry } = parts;
  const settling = createSettlingPartitions({
    clock,
    isCached: (keyspace, table) => live.current().tables.get(`${keyspace}.${table}`)?.cache !== undefined,
    invalidate: publish ?? ((invalidation) => dropHere(cache, invalidation)),
    telemetry,
  });
  let before = live.current();
  live.onApplied((config) => {
    for (const table of newlyCached(before, config)) void settling.cacheBegun(table);
    before = config;
  });
  return settling;
}

function newlyCached(before: Config, after: Config): readonly SettlingTable[] {
  return [...after.tables].flatMap(([name, { cache, settleMs }]) => {
    if (cache === undefined || before.tables.get(name)?.cache !== undefined) return [];
    // Neither name can hold a dot.
    const [keyspace = '', table = ''] = name.split('.');
    return [{ keyspace, table, settleMs }];
  });
}

/** Where nobody else has to be told: without a fleet the whole of it knows. */
async function dropHere(
  cache: Pick<RowCache, 'invalidatePartitions' | 'invalidateTable'>,
  invalidation: Invalidation,
): Promise<InvalidationReach> {
  applyInvalidation(cache, invalidation);
  return 'fleet';
}

function cursorSecrets(configured: readonly string[], given: string | undefined): readonly Uint8Array[] {
  const texts = configured.length > 0 ? configured : given === undefined ? [] : [given];
  return texts.length > 0 ? texts.map((text) => nodeText.utf8(text)) : [randomCursorKey()];
}

function scanBounds(live: LiveConfig): ScanBounds {
  return {
    get streams() {
      return live.current().scans.streams;
    },
    get maxDurationMs() {
      return live.current().scans.maxDurationMs;
    },
  };
}
