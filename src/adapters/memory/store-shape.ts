import { unitBytes } from './entry-layout.ts';

/** How the bytes of a store are shared out. */
export interface StoreShape {
  readonly buckets: number;
  readonly slabBytes: number;
  readonly mostSlabs: number;
  /** Of these, for reads that found nothing. */
  readonly mostMissingSlabs: number;
}

const largestSlabBytes = 4 * 2 ** 20;
/** A bucket has 4 bytes; the entry of a row of 400 characters has about as many. */
const bytesPerBucket = 512;
export const bucketBytes = Int32Array.BYTES_PER_ELEMENT;
/** The largest read, and where the whole is small a slab, is a sixteenth of the whole; what found nothing a tenth. */
const largestShare = 16;
const missingShare = 10;

export function shapeOf(maxBytes: number): StoreShape {
  const buckets = Math.ceil(maxBytes / bytesPerBucket);
  const wantedBytes = Math.min(largestSlabBytes, Math.floor(maxBytes / largestShare));
  const slabBytes = Math.floor(wantedBytes / unitBytes) * unitBytes;
  return {
    buckets,
    slabBytes,
    mostSlabs: Math.floor((maxBytes - buckets * bucketBytes) / slabBytes),
    mostMissingSlabs: Math.floor(maxBytes / missingShare / slabBytes),
  };
}
