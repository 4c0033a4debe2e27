/** One node of a topology file: `<public-ip>=<datacenter>:<rack>:<private-ip>`. Addresses are in canonical text. */
export interface TopologyEntry {
  readonly publicAddress: string;
  readonly datacenter: string;
  readonly rack: string;
  readonly privateAddress: string;
  /** From 1, in the file. */
  readonly line: number;
}

/** A topology file without faults: no address stands for two nodes. Immutable. */
export interface Topology {
  readonly entries: readonly TopologyEntry[];
}

/** What is wrong with one line; names rules and places. */
export interface TopologyFault {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly what: string;
  readonly why: string;
}
