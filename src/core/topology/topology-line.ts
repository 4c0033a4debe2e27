import { canonicalAddress } from './node-address.ts';

/** Where a part stands, from 1. */
export interface Located {
  readonly text: string;
  readonly column: number;
}

/** A line by its parts, the addresses canonical. Every part keeps its column, for faults found later. */
export interface TopologyLine {
  readonly publicAddress: Located;
  readonly datacenter: Located;
  readonly rack: Located;
  readonly privateAddress: Located;
}

export interface LineFault {
  readonly column: number;
  readonly what: string;
  readonly why: string;
}

const form = 'a line is <public-ip>=<datacenter>:<rack>:<private-ip>';
const maxNameLength = 255;
/** Control, format and unassigned characters, halves of characters, and what stands for bytes that are not UTF-8. */
const oddCharacter = /[\p{C}\p{Zl}\p{Zp}\uFFFD]/u;

/**
 * Reads one line that is neither blank nor a comment. Blanks around a part do not count. Faults quote nothing of
 * the line: a wrong file may have been named, and its lines are nobody's business.
 */
export function parseTopologyLine(text: string): TopologyLine | readonly LineFault[] {
  const line = trimmed(text, 1);
  const equals = line.text.indexOf('=');
  if (equals < 0) return [{ column: line.column, what: 'there is no "="', why: form }];
  const left = trimmed(line.text.slice(0, equals), line.column);
  const right = { text: line.text.slice(equals + 1), column: line.column + equals + 1 };
  const parts = splitAtColons(right);
  const faults: LineFault[] = [];
  const publicAddress = readAddress(left, 'public', faults);
  const [datacenter, rack, last, ...further] = parts;
  if (datacenter === undefined || rack === undefined || last === undefined || further.length > 0) {
    faults.push(partCountFault(right, parts));
    return faults;
  }
  checkName(datacenter, 'datacenter', faults);
  checkName(rack, 'rack', faults);
  const privateAddress = readAddress(last, 'private', faults);
  if (publicAddress === undefined || privateAddress === undefined || faults.length > 0) return faults;
  return { publicAddress, datacenter, rack, privateAddress };
}

function trimmed(text: string, column: number): Located {
  return { text: text.trim(), column: column + text.length - text.trimStart().length };
}

/** Colons inside brackets belong to an IPv6 address. */
function splitAtColons({ text, column }: Located): readonly Located[] {
  const parts: Located[] = [];
  let start = 0;
  let isInBrackets = false;
  for (let at = 0; at <= text.length; at += 1) {
    const character = text[at];
    if (character === '[') isInBrackets = true;
    else if (character === ']') isInBrackets = false;
    else if (character === undefined || (character === ':' && !isInBrackets)) {
      parts.push(trimmed(text.slice(start, at), column + start));
      start = at + 1;
    }
  }
  return parts;
}

function partCountFault(right: Located, parts: readonly Located[]): LineFault {
  const tail = parts[2];
  const bare = tail === undefined ? '' : right.text.slice(tail.column - right.column).trim();
  if (tail !== undefined && canonicalAddress(bare) !== undefined) {
    return { column: tail.column, what: 'the private address is not in brackets', why: bracketRule };
  }
  return {
    column: trimmed(right.text, right.column).column,
    what: `after the "=" there ${parts.length === 1 ? 'is one part' : `are ${parts.length} parts`}, not three`,
    why: form,
  };
}

const bracketRule = 'an IPv6 address has colons of its own, so it is written in brackets: [2001:db8::1]';

function readAddress(part: Located, role: 'public' | 'private', faults: LineFault[]): Located | undefined {
  const { column } = part;
  const report = (what: string, why: string): undefined => {
    faults.push({ column, what: `the ${role} address ${what}`, why });
  };
  if (part.text === '') return report('is missing', form);
  const isBracketed = part.text.startsWith('[') && part.text.endsWith(']');
  const text = canonicalAddress(isBracketed ? part.text.slice(1, -1) : part.text);
  if (text === undefined) {
    return report(
      'is not an IP address',
      'four numbers from 0 to 255 without leading zeros, or IPv6 in brackets; names are not looked up',
    );
  }
  const isIpv6 = part.text.includes(':');
  if (isIpv6 && !isBracketed) return report('is not in brackets', bracketRule);
  if (!isIpv6 && isBracketed) return report('is in brackets', 'only an IPv6 address is');
  if (text === '0.0.0.0' || text === '::') {
    return report('stands for every address', 'a node is reached at an address of its own');
  }
  return { text, column };
}

function checkName(part: Located, role: 'datacenter' | 'rack', faults: LineFault[]): void {
  const report = (what: string, why: string): void => {
    faults.push({ column: part.column, what: `the name of the ${role} ${what}`, why });
  };
  if (part.text === '') report('is missing', form);
  else if (part.text.length > maxNameLength) {
    report('is too long', `a name has at most ${maxNameLength} characters`);
  } else if (oddCharacter.test(part.text)) {
    report('has a character that cannot be seen', 'control and format characters make two names look alike');
  } else if (part.text.includes('=')) report('has an "="', 'a line has one "=", after the public address');
  else if (/[[\]]/.test(part.text)) report('has a bracket', 'brackets are for IPv6 addresses');
}
