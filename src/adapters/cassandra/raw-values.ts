import type { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import { EntryList } from './entry-list.ts';

/** What the driver's types do not show of its decoder. */
interface Decoder {
  readonly encodingOptions: { readonly map?: unknown };
  decode(bytes: Buffer | null, type: { readonly code: number }): unknown;
}

const { custom, decimal, duration, time, tuple, udt } = cassandra.types.dataTypes;
/** Vectors and, in protocol v4, durations come as custom types. */
const rawCodes: ReadonlySet<number> = new Set([custom, decimal, duration, time, tuple, udt]);
let installed = false;

/**
 * Has the driver hand over values of user-defined types, tuples, vectors, durations, decimals and times as bytes, for
 * the core to read by the schema. The driver fills an object by field names, and so loses a field called `__proto__`;
 * it fails on a time beyond a day, and with it the whole message; its decimals are numbers of its own, which cost more
 * to read again than their bytes. It has no option for this, hence the change of its decoder. Only clients that collect maps in an `EntryList` see it, which
 * no client but this adapter's does. Throws an `Error` where the driver has no such decoder.
 */
export function handOverCompoundsAsBytes(): void {
  if (installed) return;
  const { Encoder } = cassandra as unknown as { Encoder?: { readonly prototype: Decoder } };
  const decode = Encoder?.prototype.decode;
  if (Encoder === undefined || typeof decode !== 'function')
    throw new Error('this version of cassandra-driver does not decode as Weir expects');
  Encoder.prototype.decode = function (this: Decoder, bytes, type) {
    if (this.encodingOptions.map === EntryList && rawCodes.has(type.code)) return bytes;
    return decode.call(this, bytes, type);
  };
  installed = true;
}
