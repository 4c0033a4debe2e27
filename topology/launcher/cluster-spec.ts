import { UsageError } from './launcher-error.ts';
import type { NodeAccess } from './node-access.ts';

export interface DatacenterSpec {
  readonly name: string;
  readonly nodes: number;
  readonly racks: number;
}

/** A cluster as data. Nodes get one loopback address each, counting up from `firstAddress`. */
export interface ClusterSpec {
  readonly name: string;
  readonly datacenters: readonly DatacenterSpec[];
  readonly firstAddress: string;
  readonly tokensPerNode: number;
  /** Off by default: on a busy machine it forwards reads that the coordinator could answer itself. */
  readonly dynamicSnitch: boolean;
  readonly heapMiB: number;
  /**
   * How late Linux may wake a thread of a node that sleeps, in microseconds; 0: as the kernel has it, 50. After each
   * message a worker of Cassandra looks for another one for 10 ms, sleeping 10 microseconds at a time. Where a dozen
   * nodes share two cores that is most of what they do (docs/performance.md).
   */
  readonly timerSlackMicros: number;
  /** Only the quick compiler: starts cost less, work costs more. For tests; never for a measurement. */
  readonly quickStart: boolean;
  /** Drivers log in, as `cassandra` with the password `cassandra`. */
  readonly password: boolean;
  /** Drivers speak TLS; the nodes' certificates are signed by an authority of the cluster's own. */
  readonly tls: boolean;
  /** Nodes tell drivers an address of this network, with the last number of their own, at which nobody is. */
  readonly announces?: string;
}

/** A node as planned: `name` is unique in its cluster and never used twice. */
export interface PlannedNode {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly datacenter: string;
  readonly rack: string;
  /** Absent where everybody is let in. */
  readonly access?: NodeAccess;
}

export const nativePort = 9042;
const maxNodes = 100;
const maxRacks = 26;
const datacenterPattern = /^([A-Za-z0-9][A-Za-z0-9_-]{0,62})=(\d{1,3})(?::(\d{1,2}))?$/;
const namePattern = /^[a-z0-9][a-z0-9_-]{0,40}$/;

const defaultDatacenters: readonly DatacenterSpec[] = [
  { name: 'us-east-1-frontend', nodes: 6, racks: 3 },
  { name: 'us-east-1-backend', nodes: 2, racks: 2 },
];

export const defaultSpec: ClusterSpec = {
  name: 'demo',
  datacenters: defaultDatacenters,
  firstAddress: '127.0.0.11',
  tokensPerNode: 16,
  dynamicSnitch: false,
  heapMiB: 384,
  timerSlackMicros: 1_000,
  quickStart: false,
  password: false,
  tls: false,
};

/** Reads `name=nodes:racks`; without racks there is one. */
export function parseDatacenter(text: string): DatacenterSpec {
  const [, name, nodes, racks = '1'] = datacenterPattern.exec(text) ?? [];
  if (name === undefined || nodes === undefined) {
    throw new UsageError(
      `datacenter "${text}": write NAME=NODES or NAME=NODES:RACKS, as in us-east-1-frontend=6:3`,
    );
  }
  return { name, nodes: Number(nodes), racks: Number(racks) };
}

/** Throws a `UsageError` that names the field and the rule. */
export function checkSpec(spec: ClusterSpec): void {
  if (!namePattern.test(spec.name)) {
    throw new UsageError(`cluster name "${spec.name}": use a to z, 0 to 9, "-" and "_", at most 41 of them`);
  }
  if (spec.datacenters.length === 0) throw new UsageError('a cluster needs at least one datacenter');
  const names = new Set<string>();
  for (const { name, nodes, racks } of spec.datacenters) {
    if (names.has(name)) throw new UsageError(`datacenter ${name} is given twice`);
    names.add(name);
    if (nodes < 1) throw new UsageError(`datacenter ${name}: at least one node`);
    if (racks < 1 || racks > maxRacks) throw new UsageError(`datacenter ${name}: 1 to ${maxRacks} racks`);
    if (racks > nodes)
      throw new UsageError(`datacenter ${name}: ${racks} racks need at least as many nodes, not ${nodes}`);
  }
  const total = spec.datacenters.reduce((sum, { nodes }) => sum + nodes, 0);
  if (total > maxNodes) throw new UsageError(`${total} nodes: at most ${maxNodes}`);
  checkRange('tokens a node', spec.tokensPerNode, 1, 256);
  checkRange('heap in MiB', spec.heapMiB, 256, 8192);
  checkRange('timer slack in microseconds', spec.timerSlackMicros, 0, 100_000);
  addressOf(spec.firstAddress, total);
}

function checkRange(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`${what}: a whole number from ${least} to ${most}, not ${value}`);
  }
}

/** Nodes take turns over the racks of their datacenter, so racks are as even as the counts allow. */
export function planNodes(spec: ClusterSpec): readonly PlannedNode[] {
  const nodes: PlannedNode[] = [];
  for (const datacenter of spec.datacenters) {
    const racks = rackNames(datacenter);
    for (let index = 0; index < datacenter.nodes; index++) {
      const rack = racks[index % racks.length];
      if (rack !== undefined) nodes.push(planNode(spec, nodes.length + 1, datacenter.name, rack));
    }
  }
  return nodes;
}

/** The node with the given number, counting from 1. */
export function planNode(spec: ClusterSpec, number: number, datacenter: string, rack: string): PlannedNode {
  return {
    name: `node-${number}`,
    address: addressOf(spec.firstAddress, number),
    port: nativePort,
    datacenter,
    rack,
  };
}

/** Racks are named as cloud zones are: a letter after the region that the datacenter's name begins with. */
export function rackNames(datacenter: DatacenterSpec): readonly string[] {
  const region = /^[a-z]+(?:-[a-z]+)+-\d+(?=-|$)/.exec(datacenter.name)?.[0] ?? `${datacenter.name}-`;
  const firstLetter = 'a'.charCodeAt(0);
  return Array.from(
    { length: datacenter.racks },
    (_, index) => region + String.fromCharCode(firstLetter + index),
  );
}

/** The loopback address of a node by its number, counting from 1. */
export function addressOf(firstAddress: string, number: number): string {
  const parts = firstAddress.split('.').map(Number);
  const [first = -1, second = -1, third = -1, last = -1] = parts;
  const valid =
    parts.length === 4 &&
    first === 127 &&
    parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  if (!valid || last < 1)
    throw new UsageError(`first address "${firstAddress}": a loopback address such as 127.0.0.11`);
  const address = last + number - 1;
  if (address > 254) {
    throw new UsageError(
      `node ${number} would get 127.${second}.${third}.${address}: start from a lower first address`,
    );
  }
  return `127.${second}.${third}.${address}`;
}
