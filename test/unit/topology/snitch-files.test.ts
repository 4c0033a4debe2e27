import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snitchFiles } from '../../../src/core/topology/snitch-files.ts';
import { anyTopology, topologyOf } from './topologies.ts';

describe('snitch files', () => {
  it('list every node by both of its addresses, with a default that holds no data', () => {
    const topology = topologyOf(`
54.0.0.1=front:us-east-1a:10.0.0.1
[2001:db8::2]=back:us-east-1b:[2001:db8::2]`);
    expect(snitchFiles(topology)[0]).toEqual({
      path: 'cassandra-topology.properties',
      content: `# address=datacenter:rack, the same file on every node
54.0.0.1=front:us-east-1a
10.0.0.1=front:us-east-1a
2001\\:db8\\:\\:2=back:us-east-1b
# a node that is not listed; no keyspace has replicas there
default=unknown:unknown
`,
    });
  });

  it('give each node a folder with its own place', () => {
    const topology = topologyOf(`
54.0.0.1=front:us-east-1a:10.0.0.1
[2001:db8::2]=back:us-east-1b:[2001:db8::2]`);
    expect(snitchFiles(topology).slice(1)).toEqual([
      {
        path: '54.0.0.1/cassandra-rackdc.properties',
        content: 'dc=front\nrack=us-east-1a\nprefer_local=true\n',
      },
      {
        path: '2001-db8--2/cassandra-rackdc.properties',
        content: 'dc=back\nrack=us-east-1b\nprefer_local=true\n',
      },
    ]);
  });

  it('escape what Java would read otherwise', () => {
    const [, node] = snitchFiles(topologyOf('54.0.0.1=a\\b:zürich 😀:10.0.0.1'));
    expect(node?.content).toBe('dc=a\\\\b\nrack=z\\u00FCrich \\uD83D\\uDE00\nprefer_local=true\n');
  });

  it('say what the topology says when read as Java properties', () => {
    fc.assert(
      fc.property(anyTopology, (topology) => {
        const [places, ...nodes] = snitchFiles(topology).map(({ content }) => readProperties(content));
        expect(nodes).toHaveLength(topology.entries.length);
        for (const [at, { publicAddress, privateAddress, datacenter, rack }] of topology.entries.entries()) {
          expect(places?.get(publicAddress)).toBe(`${datacenter}:${rack}`);
          expect(places?.get(privateAddress)).toBe(`${datacenter}:${rack}`);
          expect(nodes[at]).toEqual(
            new Map([
              ['dc', datacenter],
              ['rack', rack],
              ['prefer_local', 'true'],
            ]),
          );
        }
      }),
    );
  });
});

/** As `java.util.Properties.load` reads lines without continuations. */
function readProperties(content: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of content.split('\n')) {
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    const match = /^\s*((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)$/u.exec(line);
    properties.set(unescaped(match?.[1] ?? ''), unescaped(match?.[2] ?? ''));
  }
  return properties;
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/gu, (_, hex: string | undefined, other: string) =>
    hex === undefined ? other : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
