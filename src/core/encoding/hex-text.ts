const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const hexOnly = /^(?:[0-9a-fA-F]{2})*$/;

/** Lower-case, two digits a byte, no prefix. */
export function hexText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += pairs[byte];
  return text;
}

/** Any case; undefined when the text is not whole bytes of hex. */
export function hexBytes(text: string): Uint8Array | undefined {
  if (!hexOnly.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = (digit(text.charCodeAt(2 * at)) << 4) | digit(text.charCodeAt(2 * at + 1));
  }
  return bytes;
}

/** In ASCII the low four bits of a letter count from `A` or `a` = 1; those of a digit are its worth. */
function digit(code: number): number {
  return code > 0x39 ? (code & 0x0f) + 9 : code & 0x0f;
}
