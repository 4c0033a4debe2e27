import type { Text } from '../../core/ports.ts';

/** The core's `Text` on Node's Buffer, whose transcoders are native. */
export const nodeText: Text = {
  utf8: (text) => Buffer.from(text, 'utf8'),
  fromUtf8: (bytes) => asBuffer(bytes).toString('utf8'),
  utf8Length: (text) => Buffer.byteLength(text, 'utf8'),
  binary: (bytes) => asBuffer(bytes).toString('latin1'),
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
