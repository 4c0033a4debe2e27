import type { SizeEstimate, TokenRange } from '../ports.ts';
import type { Ring } from '../routing/ring.ts';
import { largestToken, smallestToken, type Token } from '../token/token.ts';
import { cutEvenly } from './split-cuts.ts';
import { ownerBoundaries, ownersOfSplits, owningDatacenter } from './split-owners.ts';
import { apportion, stretchesOf } from './split-sizes.ts';
import { weighRing } from './split-weights.ts';
import type { Split } from './splits.ts';

export interface SplitRequest {
  /** Undefined where nobody can know the owners: the splits are of one width then, and of nobody. */
  readonly ring: Ring | undefined;
  /** The caller's: the nearest first. */
  readonly datacenters: readonly string[];
  /** Splits wanted; whole, from 1 to 10,000. */
  readonly target: number;
  /** Empty where nothing is estimated. */
  readonly estimates: readonly SizeEstimate[];
}

/** As many splits as wanted, of much the same size, ending where others own the data where that is possible. */
export function planSplits({ ring, datacenters, target, estimates }: SplitRequest): readonly Split[] {
  const stretches = stretchesOf(estimates);
  const datacenter = ring && owningDatacenter(ring, datacenters);
  const boundaries = ring === undefined || datacenter === undefined ? [] : ownerBoundaries(ring, datacenter);
  const cuts =
    cutEvenly(weighRing(stretches), boundaries, target) ?? cutEvenly(weighRing([]), boundaries, target) ?? [];
  const ranges = rangesBetween(cuts);
  const owners = ring === undefined ? undefined : ownersOfSplits(ring, datacenters, ranges);
  const rows = apportion(stretches, ranges);
  return ranges.map((range, place) => ({
    id: `s${place}`,
    ...range,
    owners: owners?.[place] ?? [],
    estimatedRows: rows[place],
  }));
}

function rangesBetween(cuts: readonly Token[]): readonly TokenRange[] {
  return [...cuts, largestToken].map((upTo, place) => ({ after: cuts[place - 1] ?? smallestToken, upTo }));
}
