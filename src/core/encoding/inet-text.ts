/**
 * Internet addresses as Cassandra stores them, 4 or 16 bytes. An IPv4-mapped IPv6 address stays an IPv6
 * address both ways (`::ffff:192.0.2.1` is 16 bytes): the two are different keys.
 */

/** Dotted decimal, or IPv6 by RFC 5952. `bytes` are 4 or 16. */
export function inetText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0));
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  const zeros = longestZeroRun(groups);
  if (zeros.length < 2) return groupText(groups);
  return `${groupText(groups.slice(0, zeros.start))}::${groupText(groups.slice(zeros.start + zeros.length))}`;
}

function groupText(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

/** The first of the longest. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [at, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: at - length + 1, length };
  }
  return best;
}

/** Longer than any address. */
const maxLength = 45;
const ipv4Part = /^(?:0|[1-9]\d{0,2})$/;
const ipv6Group = /^[0-9a-fA-F]{1,4}$/;

/** Undefined when the text is no address. Leading zeros of IPv4 parts (octal to some) and zone names are refused. */
export function inetFromText(text: string): Uint8Array | undefined {
  if (text.length > maxLength) return undefined;
  return text.includes(':') ? ipv6FromText(text) : ipv4FromText(text);
}

function ipv4FromText(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => ipv4Part.test(part) && Number(part) <= 255))
    return undefined;
  return Uint8Array.from(parts, Number);
}

function ipv6FromText(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [first = '', second] = halves;
  const head = ipv6Groups(first, second === undefined);
  const tail = second === undefined ? [] : ipv6Groups(second, true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (second === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** `last`: the text may end in dotted IPv4, which counts as two groups. */
function ipv6Groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [at, part] of parts.entries()) {
    if (ipv6Group.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const dotted = last && at === parts.length - 1 ? ipv4FromText(part) : undefined;
    if (dotted === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = dotted;
    groups.push((a << 8) | b, (c << 8) | d);
  }
  return groups;
}
