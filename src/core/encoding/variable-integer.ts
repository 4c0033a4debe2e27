/**
 * Cassandra's integers of variable length (`org.apache.cassandra.utils.vint.VIntCoding`): the leading one bits of
 * the first byte count the bytes after it, the bits behind them begin the number, most significant first.
 */
import { ValueFault } from './value-fault.ts';

export interface ReadInteger {
  readonly value: bigint;
  /** Bytes read. */
  readonly length: number;
}

/** Of 0 to 2^64 - 1, in the fewest bytes. */
export function unsignedVintBytes(value: bigint): Uint8Array {
  let extra = 0;
  while (extra < 8 && value >> BigInt(7 * (extra + 1)) !== 0n) extra += 1;
  const bytes = new Uint8Array(extra + 1);
  let rest = value;
  for (let at = extra; at > 0; at -= 1) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0] = (0xff00 >> extra) | Number(rest);
  return bytes;
}

/** Throws a `ValueFault` where the bytes end before the number does. */
export function readUnsignedVint(bytes: Uint8Array, start: number): ReadInteger {
  const first = bytes[start];
  if (first === undefined) throw new ValueFault('the bytes end before a number of variable length');
  const extra = Math.clz32(~first & 0xff) - 24;
  if (start + extra >= bytes.length) throw new ValueFault('the bytes end within a number of variable length');
  let value = BigInt(first & (0xff >> (extra + 1)));
  for (let at = start + 1; at <= start + extra; at += 1) value = (value << 8n) | BigInt(bytes[at] ?? 0);
  return { value, length: extra + 1 };
}

/** Signed numbers of 64 bits, by turns: 0, -1, 1, -2, ... so that small ones stay short. */
export function signedVintBytes(value: bigint): Uint8Array {
  return unsignedVintBytes(value < 0n ? -2n * value - 1n : 2n * value);
}

export function readSignedVint(bytes: Uint8Array, start: number): ReadInteger {
  const { value, length } = readUnsignedVint(bytes, start);
  return { value: value & 1n ? -(value >> 1n) - 1n : value >> 1n, length };
}
