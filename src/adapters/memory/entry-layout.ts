/**
 * How an entry lies in a slab. It begins on a unit of 16 bytes and is a whole number of them long:
 *
 * | bytes | what |
 * | --- | --- |
 * | 0 to 15 | next entry of the same bucket, hash, length in units, flags; all that a dead entry has |
 * | 16 to 39 | selection, bytes of the key, bytes of the rows, number of rows, limit, hash of the partition |
 * | 40 to 63 | when the read began, fresh until, usable until |
 * | 64 to 71 | the stamp; entries of the kinds `row` and `anchor` only |
 * | then | key, one byte a character; from the next word on: length of each row in characters if there are several; the rows |
 *
 * A read of a whole partition is an entry of its own, found by the partition. Reads of single rows of a partition are
 * found by partition and clustering key, and count only while the partition's anchor is there and has the stamp that
 * they have: to drop the anchor drops them all at once, however many they are.
 */

export const unitBytes = 16;

export const nextWord = 0;
export const hashWord = 1;
export const unitsWord = 2;
export const flagsWord = 3;
export const selectionWord = 4;
export const keyBytesWord = 5;
export const rowBytesWord = 6;
/** Of an anchor: how many reads with rows hang on it. */
export const rowCountWord = 7;
/** Of an anchor: how many reads without rows hang on it. */
export const limitWord = 8;
export const partitionHashWord = 9;

/** In doubles from the start of the entry. */
export const readAtDouble = 5;
export const freshUntilDouble = 6;
export const usableUntilDouble = 7;
export const stampDouble = 8;

export const kindMask = 3;
export const deadKind = 0;
export const wholeKind = 1;
export const rowKind = 2;
export const anchorKind = 3;

export const truncatedFlag = 1 << 3;
/** Rows are UTF-8; else each character is one byte below 0x80. */
export const utf8Flag = 1 << 4;
/** Of an anchor: it lies among the entries without rows. */
export const missingFlag = 1 << 5;
export const consistencyShift = 6;
export const consistencyMask = 7;
export const datacenterShift = 9;
export const datacenterMask = 0xffff;
/** How often it was found, as far as it is counted; each time that the hand passes takes one away. */
export const foundShift = 25;
export const mostFound = 7;
export const foundOnce = 1 << foundShift;

const plainHeadBytes = 64;
const stampedHeadBytes = 72;

/** Where the key begins, in bytes from the start of the entry. */
export function keyOffset(kind: number): number {
  return kind === wholeKind ? plainHeadBytes : stampedHeadBytes;
}

/** Where the lengths of the rows begin, or the rows where there are no lengths. */
export function tailOffset(kind: number, keyBytes: number): number {
  return (keyOffset(kind) + keyBytes + 3) & ~3;
}
