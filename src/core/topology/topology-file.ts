import type { Topology, TopologyEntry, TopologyFault } from './topology.ts';
import { type Located, parseTopologyLine, type TopologyLine } from './topology-line.ts';

const maxCharacters = 1_048_576;
const maxLines = 10_000;
const maxFaults = 100;

/**
 * Reads a topology file: one node a line, `<public-ip>=<datacenter>:<rack>:<private-ip>`. Blank lines, and what
 * follows a `#`, do not count; a byte order mark and either kind of line end are taken; IPv6 addresses stand in
 * brackets. At most 1,048,576 characters and 10,000 lines.
 *
 * The topology holds the lines without a fault, each address for one node only. At most 100 faults are told, in
 * the order of the file. A file without a node is a fault: a half-written file must not pass for an empty cluster.
 */
export function parseTopologyFile(text: string): {
  readonly topology: Topology;
  readonly faults: readonly TopologyFault[];
} {
  const refused = refuseBySize(text);
  if (refused !== undefined) return { topology: { entries: [] }, faults: [refused] };
  const faults: TopologyFault[] = [];
  const entries: TopologyEntry[] = [];
  const known = new Map<string, KnownAddress>();
  for (const [index, raw] of linesOf(text).entries()) {
    const content = raw.replace(/#.*$/su, '');
    if (content.trim() === '') continue;
    const line = index + 1;
    const parsed = parseTopologyLine(content);
    const found = isFaulty(parsed) ? parsed : claimAddresses(parsed, line, known);
    if (found.length > 0 || isFaulty(parsed)) {
      faults.push(...found.map((fault) => ({ line, ...fault })));
    } else entries.push(entryOf(parsed, line));
    if (faults.length >= maxFaults) break;
  }
  if (entries.length === 0 && faults.length === 0) {
    faults.push({ line: 1, column: 1, what: 'the file names no node', why: 'one line a node is needed' });
  }
  return { topology: { entries }, faults: faults.slice(0, maxFaults) };
}

function refuseBySize(text: string): TopologyFault | undefined {
  if (text.length > maxCharacters) {
    const why = `at most ${maxCharacters} characters are read`;
    return { line: 1, column: 1, what: 'the file is too large', why };
  }
  const lines = linesOf(text).length;
  if (lines <= maxLines) return undefined;
  return {
    line: maxLines + 1,
    column: 1,
    what: 'the file has too many lines',
    why: `at most ${maxLines} lines are read`,
  };
}

/** A line end at the end of the file begins no further line. */
function linesOf(text: string): readonly string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function isFaulty(
  parsed: ReturnType<typeof parseTopologyLine>,
): parsed is readonly Omit<TopologyFault, 'line'>[] {
  return Array.isArray(parsed);
}

interface KnownAddress {
  readonly line: number;
  readonly role: 'public' | 'private';
}

/** Enters the addresses of a line unless one of them stands for another node already. */
function claimAddresses(
  { publicAddress, privateAddress }: TopologyLine,
  line: number,
  known: Map<string, KnownAddress>,
): readonly Omit<TopologyFault, 'line'>[] {
  const claims: readonly (readonly [Located, KnownAddress['role']])[] = [
    [publicAddress, 'public'],
    ...(privateAddress.text === publicAddress.text ? [] : [[privateAddress, 'private'] as const]),
  ];
  const faults = claims.flatMap(([{ text, column }, role]) => {
    const first = known.get(text);
    if (first === undefined) return [];
    const what = `the ${role} address is the ${first.role} one of line ${first.line} too`;
    return [{ column, what, why: 'an address stands for one node' }];
  });
  if (faults.length === 0) for (const [{ text }, role] of claims) known.set(text, { line, role });
  return faults;
}

function entryOf(parsed: TopologyLine, line: number): TopologyEntry {
  return {
    publicAddress: parsed.publicAddress.text,
    datacenter: parsed.datacenter.text,
    rack: parsed.rack.text,
    privateAddress: parsed.privateAddress.text,
    line,
  };
}
