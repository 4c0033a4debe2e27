import type { CacheSettings } from '../core/cache/cache-settings.ts';
import type { TableSettings } from '../core/reads/settings.ts';
import { parseSpeculativeRetry, type SpeculativeRetry } from '../core/speculation/speculative-retry.ts';
import { checked } from './checked.ts';
import type { Settings } from './schema.ts';
import { parseDurationMs } from './units.ts';

type WrittenTable = NonNullable<Settings['tables']>[string];

/** The tables of checked settings, by `keyspace.table`. */
export function tablesFrom(tables: Settings['tables']): ReadonlyMap<string, TableSettings> {
  return new Map(Object.entries(tables ?? {}).map(([name, table]) => [name, tableFrom(table)]));
}

function tableFrom({
  grouping,
  maxKeysPerGroup,
  consistency,
  speculativeRetry,
  hedgeBudget,
  cache,
  writable,
  writeGrouping,
  settle,
}: WrittenTable): TableSettings {
  return {
    grouping,
    maxKeysPerGroup: maxKeysPerGroup === 'unbounded' ? Number.POSITIVE_INFINITY : maxKeysPerGroup,
    defaultConsistency: consistency.default,
    allowedConsistencies: consistency.allowed,
    speculativeRetry: speculativeRetryFrom(speculativeRetry),
    hedgeBudget,
    cache: cache === undefined ? undefined : cacheFrom(cache),
    writable,
    writeGrouping,
    settleMs: checked(parseDurationMs(settle)),
  };
}

export function speculativeRetryFrom(text: string): SpeculativeRetry {
  return checked(parseSpeculativeRetry(text));
}

function cacheFrom({ ttl, missingTtl, staleIfError }: NonNullable<WrittenTable['cache']>): CacheSettings {
  const ttlMs = checked(parseDurationMs(ttl));
  return {
    ttlMs,
    missingTtlMs: Math.min(ttlMs, checked(parseDurationMs(missingTtl))),
    staleIfErrorMs: checked(parseDurationMs(staleIfError)),
  };
}
