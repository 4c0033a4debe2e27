import type { Topology, TopologyEntry } from './topology.ts';

export interface SnitchFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly content: string;
}

/**
 * The files from which Cassandra's own snitches learn where nodes stand: one `cassandra-topology.properties` for
 * all nodes (PropertyFileSnitch), and for each node a `cassandra-rackdc.properties` in a folder of its public
 * address (GossipingPropertyFileSnitch). Both are read by `java.util.Properties`, in ISO 8859-1.
 */
export function snitchFiles(topology: Topology): readonly SnitchFile[] {
  return [
    { path: 'cassandra-topology.properties', content: topologyProperties(topology) },
    ...topology.entries.map((entry) => ({
      path: `${entry.publicAddress.replaceAll(':', '-')}/cassandra-rackdc.properties`,
      content: rackProperties(entry),
    })),
  ];
}

/**
 * A node knows itself and its peers by their broadcast addresses, which may be of either kind: both are listed. The
 * default is a datacenter without replicas, so that a node that nobody listed is given no data.
 */
function topologyProperties({ entries }: Topology): string {
  const lines = entries.flatMap((entry) => {
    const place = escapeValue(`${entry.datacenter}:${entry.rack}`);
    const addresses = new Set([entry.publicAddress, entry.privateAddress]);
    return [...addresses].map((address) => `${escapeKey(address)}=${place}`);
  });
  return [
    '# address=datacenter:rack, the same file on every node',
    ...lines,
    '# a node that is not listed; no keyspace has replicas there',
    'default=unknown:unknown',
    '',
  ].join('\n');
}

/** `prefer_local`: nodes of one datacenter speak to each other over their private addresses. */
function rackProperties({ datacenter, rack }: TopologyEntry): string {
  return `dc=${escapeValue(datacenter)}\nrack=${escapeValue(rack)}\nprefer_local=true\n`;
}

/** A colon would end the key. */
function escapeKey(address: string): string {
  return address.replaceAll(':', '\\:');
}

/** By the documentation of `java.util.Properties.load`; beyond ASCII as UTF-16 units. */
function escapeValue(text: string): string {
  let escaped = '';
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (text[at] === '\\') escaped += '\\\\';
    else if (unit >= 0x20 && unit < 0x7f) escaped += text[at];
    else escaped += `\\u${unit.toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return escaped;
}
