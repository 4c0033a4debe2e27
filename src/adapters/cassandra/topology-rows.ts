import type cassandra from 'cassandra-driver';
import { parseReplication } from '../../core/routing/replication.ts';
import type { ClusterNode, Replication } from '../../core/topology/cluster-state.ts';
import { EntryList } from './entry-list.ts';
import type { SystemQuery } from './system-queries.ts';

type Row = cassandra.types.Row;

/** The node asked, about itself and about its peers. */
export const topologyQueries: readonly [SystemQuery, SystemQuery] = [
  {
    text: "SELECT host_id, rpc_address, data_center, rack, tokens, bootstrapped, schema_version, partitioner FROM system.local WHERE key = 'local'",
  },
  { text: 'SELECT peer, host_id, rpc_address, data_center, rack, tokens FROM system.peers' },
];

export const keyspaceQuery: SystemQuery = {
  text: 'SELECT keyspace_name, replication FROM system_schema.keyspaces',
};

/** Where clients reach a node: the driver's address of the host with this id, else what the peers tell. */
export type AddressOf = (hostId: string, announced: string) => string;

/** Changes with every change of the schema. */
export function schemaVersionOf(local: readonly Row[]): string {
  return String(local[0]?.get('schema_version') ?? '');
}

/** Why the tokens of this cluster mean nothing to Weir; empty when they do. */
export function partitionerFaultOf(local: readonly Row[]): string {
  const name = String(local[0]?.get('partitioner') ?? '').replace(/^.*\./, '');
  return name === '' || name === 'Murmur3Partitioner'
    ? ''
    : `the cluster places its keys by ${name}; only Murmur3Partitioner is supported`;
}

/**
 * The nodes that own something, by host id. A node that joins has no tokens in its peers' tables until it is
 * a member; one that has not finished its own bootstrap says so. Rows that lack a part belong to nodes that
 * come or go.
 */
export function nodesFrom(
  local: readonly Row[],
  peers: readonly Row[],
  askedAddress: string,
  addressOf: AddressOf,
): readonly ClusterNode[] {
  const nodes = new Map<string, ClusterNode>();
  for (const row of local) {
    const { bootstrapped } = row;
    const isMember = bootstrapped === null || bootstrapped === undefined || bootstrapped === 'COMPLETED';
    const node = isMember ? nodeFrom(row, () => askedAddress) : undefined;
    if (node !== undefined) nodes.set(node.id, node);
  }
  for (const row of peers) {
    const node = nodeFrom(row, (hostId) => addressOf(hostId, announcedAddress(row)));
    if (node !== undefined && !nodes.has(node.id)) nodes.set(node.id, node);
  }
  return [...nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function nodeFrom(row: Row, addressOf: (hostId: string) => string): ClusterNode | undefined {
  const { host_id: id, data_center: datacenter, rack, tokens } = row;
  if (!id || typeof datacenter !== 'string' || typeof rack !== 'string') return undefined;
  if (!Array.isArray(tokens) || tokens.length === 0) return undefined;
  const hostId = String(id);
  return { id: hostId, address: addressOf(hostId), datacenter, rack, tokens: tokens.map(String) };
}

/** The addresses that nodes tell clients to use, of all that have one. */
export function announcedAddresses(local: readonly Row[], peers: readonly Row[]): readonly string[] {
  const own = local.map(({ rpc_address: address }) => String(address ?? '')).filter((text) => text !== '');
  return [...own, ...peers.map(announcedAddress)];
}

/** A node bound to every address announces none that could be reached; then its peers' address serves. */
function announcedAddress(row: Row): string {
  const { rpc_address: announced, peer } = row;
  const address = String(announced ?? '');
  return address === '' || address === '0.0.0.0' || address === '::' ? String(peer) : address;
}

export function keyspacesFrom(rows: readonly Row[]): ReadonlyMap<string, Replication> {
  const keyspaces = new Map<string, Replication>();
  for (const row of rows) {
    const { keyspace_name: name, replication } = row;
    if (!(replication instanceof EntryList)) continue;
    keyspaces.set(String(name), parseReplication(Object.fromEntries(replication.entries)));
  }
  return keyspaces;
}
