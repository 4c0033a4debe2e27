import fc from 'fast-check';
import { expect } from 'vitest';
import { canonicalAddress } from '../../../src/core/topology/node-address.ts';
import type { Topology, TopologyEntry } from '../../../src/core/topology/topology.ts';
import { parseTopologyFile } from '../../../src/core/topology/topology-file.ts';

/** Topologies for tests: from a text that must be right, and arbitrary ones. */
export function topologyOf(text: string): Topology {
  const { topology, faults } = parseTopologyFile(text);
  expect(faults).toEqual([]);
  return topology;
}

export function printTopology({ entries }: Topology): string {
  const lines: string[] = [];
  for (const entry of entries) lines[entry.line - 1] = printEntry(entry);
  return Array.from(lines, (line) => `${line ?? ''}\n`).join('');
}

function printEntry({ publicAddress, datacenter, rack, privateAddress }: TopologyEntry): string {
  return `${printAddress(publicAddress)}=${datacenter}:${rack}:${printAddress(privateAddress)}`;
}

function printAddress(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

const anyAddress = fc
  .oneof(fc.ipV4(), fc.ipV6())
  .map(canonicalAddress)
  .filter((address) => address !== undefined)
  .filter((address) => address !== '0.0.0.0' && address !== '::');
const anyName = fc.oneof(
  fc.constantFrom('us-east-1-frontend', 'us-east-1a', 'us-central1-a', 'rack 1', 'ünïcode', 'a\\b', '!dc'),
  fc.stringMatching(/^[A-Za-z0-9_./-]{1,20}$/),
);

export const anyTopology: fc.Arbitrary<Topology> = fc
  .record({
    addresses: fc.uniqueArray(anyAddress, { minLength: 2, maxLength: 20 }),
    names: fc.array(fc.tuple(anyName, anyName), { minLength: 10, maxLength: 10 }),
    gaps: fc.array(fc.nat(2), { minLength: 10, maxLength: 10 }),
    single: fc.boolean(),
  })
  .map(({ addresses, names, gaps, single }) => {
    const entries: TopologyEntry[] = [];
    let line = 0;
    for (let at = 0; at + 1 < addresses.length; at += 2) {
      const index = at / 2;
      line += 1 + (gaps[index] ?? 0);
      const [publicAddress = '', privateAddress = ''] = addresses.slice(at, at + 2);
      const [datacenter, rack] = names[index] ?? ['dc', 'r1'];
      entries.push({
        publicAddress,
        datacenter,
        rack,
        privateAddress: single ? publicAddress : privateAddress,
        line,
      });
    }
    return { entries };
  });
