/**
 * Random writes through one Weir while others look the same keys up, with what must hold of every answer: nothing older
 * than what had been acknowledged, and had settled, when it was asked for.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '../../src/core/random.ts';
import type { JobCalls } from './job-calls.ts';
import { type LookUpReply, lookUp } from './look-up-client.ts';

/** One change of a key, in the order in which they were sent. */
interface Change {
  /** Null: the row was deleted. */
  readonly version: number | null;
  /** Undefined: not acknowledged yet. */
  acknowledgedMs: number | undefined;
}

export interface VersionedKeys {
  readonly keys: readonly string[];
  readonly settleMs: number;
}

export interface Witness {
  readonly lookUps: number;
  readonly fromCache: number;
  /** Answers that were older than allowed: what came, and what had settled. */
  readonly older: readonly string[];
  /** Answers without a row and without a word that there is none. */
  readonly failed: number;
}

export class KeyHistories {
  readonly #changes = new Map<string, Change[]>();
  readonly #settleMs: number;
  #version = 0;

  constructor({ keys, settleMs }: VersionedKeys) {
    this.#settleMs = settleMs;
    for (const key of keys)
      this.#changes.set(key, [{ version: null, acknowledgedMs: Number.NEGATIVE_INFINITY }]);
  }

  begin(key: string, isDeletion: boolean): Change {
    this.#version += 1;
    const change: Change = { version: isDeletion ? null : this.#version, acknowledgedMs: undefined };
    this.#of(key).push(change);
    return change;
  }

  /** What had to be seen by whoever asked then, as a place among the changes of the key. */
  settledAt(key: string, nowMs: number): number {
    return this.#of(key).findLastIndex(
      ({ acknowledgedMs }) => acknowledgedMs !== undefined && acknowledgedMs + this.#settleMs <= nowMs,
    );
  }

  /** Undefined where the version may be what was seen by who asked when the change at `settled` had settled. */
  faultOf(key: string, version: number | null, settled: number): string | undefined {
    const allowed = this.#of(key).slice(settled);
    if (allowed.some((change) => change.version === version)) return undefined;
    return `${key}: ${version} where ${allowed[0]?.version} had settled`;
  }

  #of(key: string): Change[] {
    const changes = this.#changes.get(key);
    if (changes === undefined) throw new Error(`there is no key ${key}`);
    return changes;
  }
}

export const bodyOfVersion = (version: number): string => `version ${version}`;

/** Writes one key after another until `isOver`; each key is written again only once that is acknowledged. */
export async function writeVersions(
  job: JobCalls,
  histories: KeyHistories,
  keys: readonly string[],
  seed: number,
  isOver: () => boolean,
): Promise<number> {
  const { next: random } = createSeededRandom(seed);
  let written = 0;
  while (!isOver()) {
    const key = keys[Math.floor(random() * keys.length)] as string;
    const isDeletion = random() < 0.25;
    const change = histories.begin(key, isDeletion);
    const row = isDeletion
      ? { delete: { sku: key } }
      : { values: { sku: key, title: bodyOfVersion(change.version ?? 0) } };
    const reply = await job.write({ rows: [row] });
    if (reply.results?.[0]?.status !== 'written') throw new Error(`a write failed: ${JSON.stringify(reply)}`);
    change.acknowledgedMs = performance.now();
    written += 1;
    await delay(random() * 60);
  }
  return written;
}

/** Looks all keys up, over and over, until `isOver`. */
export async function watchVersions(
  dataUrl: string,
  path: string,
  histories: KeyHistories,
  keys: readonly string[],
  isOver: () => boolean,
): Promise<Witness> {
  const older: string[] = [];
  let [lookUps, fromCache, failed] = [0, 0, 0];
  while (!isOver()) {
    const askedMs = performance.now();
    const settled = keys.map((key) => histories.settledAt(key, askedMs));
    const reply = await lookUp(dataUrl, 'storefront', path, { keys, columns: ['title'] });
    lookUps += 1;
    for (const [index, key] of keys.entries()) {
      const version = versionOf(reply, index);
      if (version === undefined) failed += 1;
      else {
        const fault = histories.faultOf(key, version, settled[index] ?? 0);
        if (fault !== undefined) older.push(fault);
        if (sourceOf(reply, index) === 'cache') fromCache += 1;
      }
    }
    await delay(15);
  }
  return { lookUps, fromCache, older, failed };
}

/** Null: there is no row; undefined: nobody knows. */
export function versionOf({ results }: LookUpReply, index: number): number | null | undefined {
  const result = results?.[index];
  if (result?.status === 'missing') return null;
  if (result?.status !== 'found') return undefined;
  return Number(String(result.rows[0]?.['title']).slice('version '.length));
}

export function sourceOf({ results }: LookUpReply, index: number): unknown {
  return (results?.[index] as { readonly source?: unknown } | undefined)?.source;
}
