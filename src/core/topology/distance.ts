import type { Topology, TopologyEntry } from './topology.ts';

/** Nearest first. */
const distances = ['own', 'same-region', 'other-region'] as const;
export type Distance = (typeof distances)[number];

/** `us-east-1e`, `us-gov-west-1a`; a local zone, `us-west-2-lax-1a`, belongs to the region it begins with. */
const letteredZone = /^([a-z]+(?:-[a-z]+)+-\d+)(?:-[a-z]+-\d+)?[a-z]$/;
/** `us-central1-a`. */
const hyphenatedZone = /^([a-z]+-[a-z]+\d+)-[a-z]$/;

/** The region of a rack that is named as a cloud's availability zone is; undefined for any other name. */
export function regionOfRack(rack: string): string | undefined {
  return letteredZone.exec(rack)?.[1] ?? hyphenatedZone.exec(rack)?.[1];
}

/** Where a rack's name tells no region, the datacenter is a region of its own and lends it its name. */
export function regionOfEntry({ rack, datacenter }: TopologyEntry): string {
  return regionOfRack(rack) ?? datacenter;
}

/** In the order of the file; none for a datacenter that the file does not name, more than one where racks disagree. */
export function regionsOf(topology: Topology, datacenter: string): readonly string[] {
  const entries = topology.entries.filter((entry) => entry.datacenter === datacenter);
  return [...new Set(entries.map(regionOfEntry))];
}

/** Two datacenters are near when they share a region; one that the file does not name is far from every other. */
export function distanceBetween(topology: Topology, fromDatacenter: string, toDatacenter: string): Distance {
  if (fromDatacenter === toDatacenter) return 'own';
  const near = new Set(regionsOf(topology, fromDatacenter));
  return regionsOf(topology, toDatacenter).some((region) => near.has(region))
    ? 'same-region'
    : 'other-region';
}

/** Nearest first; datacenters at the same distance keep the order they were written in. */
export function orderByDistance(
  topology: Topology,
  fromDatacenter: string,
  datacenters: readonly string[],
): readonly string[] {
  const rankOf = (datacenter: string): number =>
    distances.indexOf(distanceBetween(topology, fromDatacenter, datacenter));
  return datacenters
    .map((datacenter) => ({ datacenter, rank: rankOf(datacenter) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ datacenter }) => datacenter);
}
