import type { Random } from './ports.ts';

/** 2^32 / golden ratio, odd: adding it over and over visits every 32-bit number once, far apart. */
const step = 0x9e3779b9;

/**
 * A generator whose whole sequence follows from `seed`, a whole number taken modulo 2^32. Not for secrets.
 *
 * A counter mixed by the 32-bit finaliser of MurmurHash3 (Austin Appleby); period 2^32.
 */
export function createSeededRandom(seed: number): Random {
  let counter = seed | 0;
  return {
    next() {
      counter = (counter + step) | 0;
      let mixed = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000;
    },
  };
}
