import { largestToken, smallestToken, type Token } from './token.ts';

/**
 * Cassandra's Murmur3 token of a partition key.
 *
 * MurmurHash3 x64 128 by Austin Appleby, seed 0, of which the first 64 bits count, as Cassandra computes it:
 * the bytes after the last full block of 16 are sign-extended, where the published algorithm takes them as
 * unsigned. So keys with a byte of 0x80 or above in that place hash differently from every other Murmur3.
 *
 * 64-bit words are pairs of 32-bit halves. Nothing is allocated but the result.
 */
export function murmur3Token(bytes: Uint8Array): Token {
  const length = bytes.length;
  if (length === 0) return smallestToken;
  hash[0] = 0;
  hash[1] = 0;
  hash[2] = 0;
  hash[3] = 0;
  const blocks = length & ~15;
  for (let offset = 0; offset < blocks; offset += 16) {
    absorbFirst(wordOf(bytes, offset + 4), wordOf(bytes, offset));
    stirFirst();
    absorbSecond(wordOf(bytes, offset + 12), wordOf(bytes, offset + 8));
    stirSecond();
  }
  const tail = length - blocks;
  if (tail > 8) absorbSecond(tailHigh(bytes, blocks + 8, tail - 8), tailLow(bytes, blocks + 8, tail - 8));
  if (tail > 0) absorbFirst(tailHigh(bytes, blocks, tail), tailLow(bytes, blocks, tail));
  return finish(length);
}

// First multiplier: 0x87c37b91114253d5. Second multiplier: 0x4cf5ad432745937f.
const aHi = 0x87c37b91 | 0;
const aLo = 0x114253d5;
const bHi = 0x4cf5ad43;
const bLo = 0x2745937f;

/** The two running words as [first high, first low, second high, second low]; no hash is ever left half done. */
const hash = new Int32Array(4);

function absorbFirst(hi: number, lo: number): void {
  const productHi = multiplyHigh(hi, lo, aHi, aLo);
  const productLo = Math.imul(lo, aLo);
  const turnedHi = (productHi << 31) | (productLo >>> 1);
  const turnedLo = (productLo << 31) | (productHi >>> 1);
  hash[0] = at(0) ^ multiplyHigh(turnedHi, turnedLo, bHi, bLo);
  hash[1] = at(1) ^ Math.imul(turnedLo, bLo);
}

function absorbSecond(hi: number, lo: number): void {
  const productHi = multiplyHigh(hi, lo, bHi, bLo);
  const productLo = Math.imul(lo, bLo);
  // A rotation by 33 is the exchange of the halves and a rotation by 1.
  const turnedHi = (productLo << 1) | (productHi >>> 31);
  const turnedLo = (productHi << 1) | (productLo >>> 31);
  hash[2] = at(2) ^ multiplyHigh(turnedHi, turnedLo, aHi, aLo);
  hash[3] = at(3) ^ Math.imul(turnedLo, aLo);
}

/** first = (first rotated left by 27 + second) x 5 + 0x52dce729 */
function stirFirst(): void {
  const turnedHi = (at(0) << 27) | (at(1) >>> 5);
  const turnedLo = (at(1) << 27) | (at(0) >>> 5);
  const sumLo = (turnedLo + at(3)) | 0;
  const sumHi = (turnedHi + at(2) + carry(sumLo, turnedLo)) | 0;
  const productLo = Math.imul(sumLo, 5);
  hash[1] = productLo + 0x52dce729;
  hash[0] = multiplyHigh(sumHi, sumLo, 0, 5) + carry(at(1), productLo);
}

/** second = (second rotated left by 31 + first) x 5 + 0x38495ab5 */
function stirSecond(): void {
  const turnedHi = (at(2) << 31) | (at(3) >>> 1);
  const turnedLo = (at(3) << 31) | (at(2) >>> 1);
  const sumLo = (turnedLo + at(1)) | 0;
  const sumHi = (turnedHi + at(0) + carry(sumLo, turnedLo)) | 0;
  const productLo = Math.imul(sumLo, 5);
  hash[3] = productLo + 0x38495ab5;
  hash[2] = multiplyHigh(sumHi, sumLo, 0, 5) + carry(at(3), productLo);
}

function finish(length: number): Token {
  hash[1] = at(1) ^ length;
  hash[3] = at(3) ^ length;
  addSecondToFirst();
  const secondLo = at(3);
  hash[3] = secondLo + at(1);
  hash[2] = at(2) + at(0) + carry(at(3), secondLo);
  avalanche(0);
  avalanche(2);
  addSecondToFirst();
  const hi = at(0);
  const lo = at(1) >>> 0;
  // The smallest token belongs to the empty key alone.
  return hi === smallestToken.hi && lo === smallestToken.lo ? largestToken : { hi, lo };
}

function addSecondToFirst(): void {
  const firstLo = at(1);
  hash[1] = firstLo + at(3);
  hash[0] = at(0) + at(2) + carry(at(1), firstLo);
}

/** Murmur3's 64-bit finaliser on the word at `place`; a shift right by 33 leaves only the high half's upper 31 bits. */
function avalanche(place: number): void {
  let hi = at(place);
  let lo = at(place + 1) ^ (hi >>> 1);
  hi = multiplyHigh(hi, lo, 0xff51afd7 | 0, 0xed558ccd | 0);
  lo = Math.imul(lo, 0xed558ccd | 0) ^ (hi >>> 1);
  hi = multiplyHigh(hi, lo, 0xc4ceb9fe | 0, 0x1a85ec53);
  lo = Math.imul(lo, 0x1a85ec53) ^ (hi >>> 1);
  hash[place] = hi;
  hash[place + 1] = lo;
}

function at(place: number): number {
  return hash[place] as number;
}

/** 1 when an addition to `addend` that gave `sum` ran over 32 bits. */
function carry(sum: number, addend: number): number {
  return sum >>> 0 < addend >>> 0 ? 1 : 0;
}

/** The upper half of the lower 64 bits of a 64-bit product; the lower half is `Math.imul` of the lower halves. */
function multiplyHigh(leftHi: number, leftLo: number, rightHi: number, rightLo: number): number {
  return (Math.imul(leftHi, rightLo) + Math.imul(leftLo, rightHi) + overflowOf(leftLo, rightLo)) | 0;
}

/** The upper 32 bits of an unsigned 32 x 32-bit product, by 16-bit parts; no sum below exceeds 32 bits. */
function overflowOf(left: number, right: number): number {
  const leftTop = left >>> 16;
  const leftRest = left & 0xffff;
  const rightTop = right >>> 16;
  const rightRest = right & 0xffff;
  const middle = (Math.imul(leftTop, rightRest) + (Math.imul(leftRest, rightRest) >>> 16)) >>> 0;
  const other = (Math.imul(leftRest, rightTop) + (middle & 0xffff)) >>> 0;
  return (Math.imul(leftTop, rightTop) + (middle >>> 16) + (other >>> 16)) | 0;
}

function byteAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset] as number;
}

/** Four bytes, the first one lowest. */
function wordOf(bytes: Uint8Array, offset: number): number {
  return (
    byteAt(bytes, offset) |
    (byteAt(bytes, offset + 1) << 8) |
    (byteAt(bytes, offset + 2) << 16) |
    (byteAt(bytes, offset + 3) << 24)
  );
}

/** The lower half of up to 8 sign-extended bytes, each shifted to its place and combined by exclusive or. */
function tailLow(bytes: Uint8Array, offset: number, count: number): number {
  let word = 0;
  for (let index = Math.min(count, 4) - 1; index >= 0; index -= 1) {
    word ^= signedAt(bytes, offset + index) << (8 * index);
  }
  return word;
}

/** The upper half of the same: bytes 4 to 7, and the sign of each of the bytes below. */
function tailHigh(bytes: Uint8Array, offset: number, count: number): number {
  let word = 0;
  for (let index = Math.min(count, 8) - 1; index >= 4; index -= 1) {
    word ^= signedAt(bytes, offset + index) << (8 * (index - 4));
  }
  for (let index = Math.min(count, 4) - 1; index >= 0; index -= 1) {
    word ^= signedAt(bytes, offset + index) >> 31;
  }
  return word;
}

function signedAt(bytes: Uint8Array, offset: number): number {
  return (byteAt(bytes, offset) << 24) >> 24;
}
