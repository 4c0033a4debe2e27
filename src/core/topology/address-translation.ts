import { regionOfEntry, regionsOf } from './distance.ts';
import { canonicalAddress } from './node-address.ts';
import type { Topology } from './topology.ts';

/** From the address that a node announces to the one at which it is reached from here; neither has a port. */
export type AddressTranslation = (address: string) => string;

/**
 * Nodes in a region of `ownDatacenter` are reached at their private address, all others at their public one,
 * whichever of the two they announce. Addresses that the file does not name stay as they are; so do all of them
 * where the file does not name `ownDatacenter`, since then nothing is known of the way.
 */
export function createAddressTranslation(topology: Topology, ownDatacenter: string): AddressTranslation {
  const ownRegions = new Set(regionsOf(topology, ownDatacenter));
  const reached = new Map<string, string>();
  if (ownRegions.size > 0) {
    for (const entry of topology.entries) {
      const { publicAddress, privateAddress } = entry;
      const address = ownRegions.has(regionOfEntry(entry)) ? privateAddress : publicAddress;
      reached.set(publicAddress, address);
      reached.set(privateAddress, address);
    }
  }
  return (address) => reached.get(canonicalAddress(address) ?? address) ?? address;
}
