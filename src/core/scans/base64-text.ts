/** Base64url without padding (RFC 4648, section 5); the core has no Buffer of its own. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const sixBitsOf: ReadonlyMap<string, number> = new Map([...alphabet].map((letter, value) => [letter, value]));

export function base64FromBytes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = Math.min(3, bytes.length - at);
    const word = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let letter = 0; letter <= left; letter += 1) text += alphabet[(word >>> (18 - 6 * letter)) & 63];
  }
  return text;
}

/** Undefined for what `base64FromBytes` never gives. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const value = sixBitsOf.get(letter);
    if (value === undefined) return undefined;
    word = (word << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = word >>> bits;
    at += 1;
    word &= (1 << bits) - 1;
  }
  return bits === 6 || word !== 0 ? undefined : bytes;
}
