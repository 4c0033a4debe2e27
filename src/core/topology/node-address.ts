import { inetFromText, inetText } from '../encoding/inet-text.ts';

/**
 * The canonical text of an IP address, so that two spellings of one address are equal: IPv6 by RFC 5952, an
 * IPv4-mapped one as the IPv4 address that it reaches. Undefined when the text is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const bytes = inetFromText(text);
  if (bytes === undefined) return undefined;
  const isMapped =
    bytes.length === 16 &&
    bytes.subarray(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff;
  return inetText(isMapped ? bytes.subarray(12) : bytes);
}

/** The address of `ip:port`, `[ipv6]:port` or `ipv6:port`, canonical; the text itself where it is none of them. */
export function addressWithoutPort(endpoint: string): string {
  const address = endpoint.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return canonicalAddress(address) ?? endpoint;
}
