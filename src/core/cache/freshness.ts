/** Whether a read that is kept answers what is asked now. Facts in, verdict out; nothing here knows where it is kept. */
import type { Consistency } from '../ports.ts';
import type { CacheSettings } from './cache-settings.ts';
import type { StoredRead } from './row-store.ts';

/** `stale`: only where the cluster fails; `over`: not at all any more. */
export type Freshness = 'fresh' | 'stale' | 'over';

/** A share of the time to live: rows that were read together do not all end together. */
const jitterShare = 0.1;

/** When a read that began at `readAtMs` ends; undefined where it is not to be kept. `chance` is in [0, 1). */
export function lifeOf(
  settings: CacheSettings,
  found: boolean,
  readAtMs: number,
  chance: number,
): Pick<StoredRead, 'freshUntilMs' | 'usableUntilMs'> | undefined {
  const ttlMs = ttlOf(settings, found);
  if (ttlMs <= 0) return undefined;
  const freshUntilMs = readAtMs + ttlMs * (1 - jitterShare * chance);
  // That there was no row says little about now, and is never answered beyond its time.
  return { freshUntilMs, usableUntilMs: found ? freshUntilMs + settings.staleIfErrorMs : freshUntilMs };
}

/** By the settings it was kept under and those of now: a time that was shortened counts for what is there already. */
export function freshnessOf(
  read: Pick<StoredRead, 'readAtMs' | 'freshUntilMs' | 'usableUntilMs' | 'rows'>,
  settings: CacheSettings,
  nowMs: number,
): Freshness {
  const endMs = read.readAtMs + ttlOf(settings, read.rows.length > 0);
  if (nowMs < read.freshUntilMs && nowMs < endMs) return 'fresh';
  const staleForMs = read.rows.length > 0 ? settings.staleIfErrorMs : 0;
  const isUsable = staleForMs > 0 && nowMs < read.usableUntilMs && nowMs < endMs + staleForMs;
  return isUsable ? 'stale' : 'over';
}

function ttlOf(settings: CacheSettings, found: boolean): number {
  return found ? settings.ttlMs : settings.missingTtlMs;
}

const weakest: readonly Consistency[] = ['ONE', 'LOCAL_ONE'];

/**
 * What a read at a level is at least as strong as, whatever the replication factor. QUORUM and TWO or THREE cannot be
 * compared without it, nor QUORUM and LOCAL_QUORUM at all: a quorum of all need not be one of any datacenter.
 */
const satisfied: Readonly<Record<Consistency, readonly Consistency[]>> = {
  ONE: weakest,
  LOCAL_ONE: weakest,
  TWO: ['TWO', ...weakest],
  THREE: ['THREE', 'TWO', ...weakest],
  QUORUM: ['QUORUM', ...weakest],
  LOCAL_QUORUM: ['LOCAL_QUORUM', ...weakest],
  ALL: ['ALL', 'QUORUM', 'LOCAL_QUORUM', 'THREE', 'TWO', ...weakest],
};

/** Whether a read is at least as strong as what is asked. A quorum of one datacenter is none of another. */
export function isAsStrong(
  read: Pick<StoredRead, 'consistency' | 'datacenter'>,
  asked: Consistency,
  datacenter: string,
): boolean {
  if (asked === 'LOCAL_QUORUM' && read.consistency === 'LOCAL_QUORUM') return read.datacenter === datacenter;
  return asked === read.consistency || satisfied[read.consistency].includes(asked);
}

/** Whether a read has all the rows that `limit` asks for: it asked for as many, or there were no more. */
export function reachesLimit(read: Pick<StoredRead, 'limit' | 'truncated'>, limit: number): boolean {
  return limit <= read.limit || !read.truncated;
}
