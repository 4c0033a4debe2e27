import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto';
import type { CursorSeal } from '../../core/scans/scan.ts';

const cipherName = 'aes-256-gcm';
const keyBytes = 32;
/** Of the file that a key is derived from: as much as the key has. */
const leastSecretBytes = 32;
/** The first byte of what is sealed; another layout or cipher gets another one. */
const version = 1;
const keyIdBytes = 4;
const headBytes = 1 + keyIdBytes;
const nonceBytes = 12;
const tagBytes = 16;

interface SealKey {
  /** Version and the id of the key, in front of what it sealed; a part of what is authenticated. */
  readonly head: Buffer;
  readonly key: Buffer;
}

/**
 * Seals cursors by AES-256-GCM: version, key id, nonce, what is sealed, tag. `secrets`: what the key files hold, each
 * at least 32 bytes; the first seals, and all open, so that a new one can take the place of an old one while cursors
 * of the old one are still about. Nonces are random: one key is good for some thousand million cursors (NIST SP
 * 800-38D, section 8.3). Throws a `RangeError` for no secret, and for one that is too short.
 */
export function createCursorSeal(secrets: readonly Uint8Array[]): CursorSeal {
  const keys = secrets.map(deriveKey);
  const [first] = keys;
  if (first === undefined) throw new RangeError('sealing cursors takes at least one key');
  return {
    seal: (plain) => seal(first, plain),
    open(sealed) {
      if (sealed.length < headBytes + nonceBytes + tagBytes) return undefined;
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      for (const key of keys) {
        if (!bytes.subarray(0, headBytes).equals(key.head)) continue;
        const plain = open(key, bytes);
        if (plain !== undefined) return plain;
      }
      return undefined;
    },
  };
}

/** For an instance without a key file: its cursors are of use to itself alone, and until it ends. */
export function randomCursorKey(): Uint8Array {
  return randomBytes(leastSecretBytes);
}

function deriveKey(secret: Uint8Array): SealKey {
  if (secret.length < leastSecretBytes) {
    throw new RangeError(
      `a key for cursors has ${secret.length} bytes and needs at least ${leastSecretBytes}, as \`openssl rand 32\` gives them`,
    );
  }
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'weir scan cursor', keyBytes));
  const id = hash('sha256', key, 'buffer').subarray(0, keyIdBytes);
  return { key, head: Buffer.concat([Buffer.of(version), id]) };
}

function seal({ head, key }: SealKey, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(head);
  const body = [cipher.update(plain), cipher.final()];
  return Buffer.concat([head, nonce, ...body, cipher.getAuthTag()]);
}

/** Undefined for what the key has not sealed. */
function open({ head, key }: SealKey, sealed: Buffer): Uint8Array | undefined {
  const nonce = sealed.subarray(headBytes, headBytes + nonceBytes);
  const decipher = createDecipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(head);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(headBytes + nonceBytes, -tagBytes)),
      decipher.final(),
    ]);
  } catch {
    return undefined;
  }
}
