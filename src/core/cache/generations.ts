import type { Clock } from '../ports.ts';

/** A power of two: the slot of a hash is its lowest bits. */
const slots = 65_536;

/**
 * How often something was invalidated, by hash: 65,536 counters, of which many partitions share one. What was read is
 * kept only where its counter stands as it did when the read began, so that sharing costs a fill now and then and is
 * never wrong.
 */
export interface Generations {
  /** Equal only to what it was before if nothing of this hash has been invalidated, and no settling ended, since. */
  of(hash: number): number;
  /** While an invalidation settles, replicas may still have what was before it. */
  isSettling(hash: number): boolean;
  /** `settleUntilMs` on the core's clock; the longest of those of one slot counts. The end of settling counts as a bump. */
  bump(hash: number, settleUntilMs: number): void;
  /** Of all hashes, now and once more at `againMs`; nothing settles meanwhile. */
  bumpAll(againMs: number): void;
}

export function createGenerations(clock: Clock): Generations {
  const counters = new Uint32Array(slots);
  /** 0: nothing settles. */
  const settleUntil = new Float64Array(slots);
  /** Of all slots at once; added to the counter of each. */
  let common = 0;
  /** 0: not again. */
  let commonAgainMs = 0;

  const isSettling = (hash: number): boolean => {
    const slot = hash & (slots - 1);
    const untilMs = settleUntil[slot] as number;
    if (untilMs === 0) return false;
    if (clock.nowMs() < untilMs) return true;
    settleUntil[slot] = 0;
    counters[slot] = (counters[slot] as number) + 1;
    return false;
  };

  return {
    of(hash) {
      isSettling(hash);
      if (commonAgainMs !== 0 && clock.nowMs() >= commonAgainMs) {
        commonAgainMs = 0;
        common += 1;
      }
      return common + (counters[hash & (slots - 1)] as number);
    },
    isSettling,
    bump(hash, settleUntilMs) {
      const slot = hash & (slots - 1);
      isSettling(hash);
      counters[slot] = (counters[slot] as number) + 1;
      if (settleUntilMs > clock.nowMs()) {
        settleUntil[slot] = Math.max(settleUntil[slot] as number, settleUntilMs);
      }
    },
    bumpAll(againMs) {
      common += 1;
      if (againMs > clock.nowMs()) commonAgainMs = Math.max(commonAgainMs, againMs);
    },
  };
}

/** Of a string of bytes, one character each; 32 bits, mixed so that the lowest may be taken. FNV-1a (Fowler, Noll, Vo). */
export function hashOf(bytes: string, from: number, seed: number): number {
  let hash = seed;
  for (let at = from; at < bytes.length; at += 1) {
    hash = Math.imul(hash ^ bytes.charCodeAt(at), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** How many there are: all are below. */
export const hashes = 0x1_0000_0000;

/** The seed of FNV-1a for what begins a hash. */
export const hashSeed = 0x811c9dc5;
