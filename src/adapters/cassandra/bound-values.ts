import { Buffer } from 'node:buffer';
import type { Token } from '../../core/token/token.ts';

/** The same bytes, not copied: the driver passes on as they are only buffers. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A CQL int. */
export function intBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value, 0);
  return bytes;
}

/** A CQL bigint. */
export function bigintBytes(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value, 0);
  return bytes;
}

/** A CQL bigint, as `token(…)` is one. */
export function tokenBytes({ hi, lo }: Token): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeInt32BE(hi, 0);
  bytes.writeUInt32BE(lo, 4);
  return bytes;
}
