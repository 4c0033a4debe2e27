/** A Cassandra node as its peers describe it. */
export interface ClusterNode {
  /** Host id: survives a change of address. */
  readonly id: string;
  /** `ip:port` as clients reach it; the label of metrics and messages. */
  readonly address: string;
  readonly datacenter: string;
  readonly rack: string;
  /** Signed 64-bit Murmur3 tokens, as decimal text, in any order. */
  readonly tokens: readonly string[];
}

/** How a keyspace is replicated; `other` (LocalStrategy, EverywhereStrategy, custom) has no owners that Weir can know. */
export type Replication =
  | {
      readonly strategy: 'NetworkTopologyStrategy';
      /** Full replicas by datacenter. */
      readonly factors: ReadonlyMap<string, number>;
      /** Transient replicas on top of those, by datacenter: never owners, but they count when racks are dealt out. */
      readonly transient?: ReadonlyMap<string, number>;
    }
  | { readonly strategy: 'SimpleStrategy'; readonly factor: number }
  | { readonly strategy: 'other'; readonly name: string };

/** Who is in the cluster and who replicates what: everything that ownership follows from. Immutable. */
export interface ClusterState {
  readonly nodes: readonly ClusterNode[];
  readonly keyspaces: ReadonlyMap<string, Replication>;
}
