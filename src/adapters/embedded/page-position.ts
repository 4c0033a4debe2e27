/** The row after which a page goes on. */
export interface PagePosition {
  /** The bytes of the partition key, a character a byte. */
  readonly identity: string;
  /** The packed clustering key; empty where the table has none, so that the partition is done. */
  readonly clustering: string;
}

/** So that bytes which no page gave are told apart. */
const version = 1;
const headBytes = 5;

/** A version, the length of the partition key in four bytes, the partition key, the clustering key. */
export function encodePosition({ identity, clustering }: PagePosition): Uint8Array {
  const bytes = Buffer.alloc(headBytes + identity.length + clustering.length);
  bytes.writeUInt8(version, 0);
  bytes.writeUInt32BE(identity.length, 1);
  bytes.write(identity + clustering, headBytes, 'latin1');
  return new Uint8Array(bytes);
}

/** Undefined for bytes that no page gave. */
export function decodePosition(state: Uint8Array): PagePosition | undefined {
  const bytes = Buffer.from(state.buffer, state.byteOffset, state.length);
  if (bytes.length < headBytes || bytes.readUInt8(0) !== version) return undefined;
  const end = headBytes + bytes.readUInt32BE(1);
  if (end > bytes.length) return undefined;
  return {
    identity: bytes.toString('latin1', headBytes, end),
    clustering: bytes.toString('latin1', end),
  };
}
