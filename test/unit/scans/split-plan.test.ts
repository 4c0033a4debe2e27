import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SizeEstimate } from '../../../src/core/ports.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { buildRing, type Ring } from '../../../src/core/routing/ring.ts';
import { ownerBoundaries } from '../../../src/core/scans/split-owners.ts';
import { planSplits } from '../../../src/core/scans/split-plan.ts';
import type { Split } from '../../../src/core/scans/splits.ts';
import {
  compareTokens,
  largestToken,
  smallestToken,
  tokenFromDecimal,
  tokenToDecimal,
} from '../../../src/core/token/token.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { idsOf, inFront, largest, makeNode, ringOf, smallest, stateOf } from '../../support/ring-states.ts';
import { makeRing } from '../../support/rings.ts';

const tokens = largest - smallest;
const startOf = ({ after }: Split): bigint => BigInt(tokenToDecimal(after));
const endOf = ({ upTo }: Split): bigint => BigInt(tokenToDecimal(upTo));
/** As multiples of the mean. */
const widthsOf = (splits: readonly Split[]): number[] =>
  splits.map((split) => {
    const width = endOf(split) - startOf(split);
    return Number((width * BigInt(splits.length) * 1_000_000n) / tokens) / 1e6;
  });

const plan = (ring: Ring | undefined, target: number, estimates: readonly SizeEstimate[] = []) =>
  planSplits({ ring, datacenters: ['front', 'back'], target, estimates });

const token = (value: bigint) => tokenFromDecimal(value.toString());

/** Tokens as nodes choose them by themselves: at random, with wide and narrow ranges. */
function randomRing(nodeCount: number, tokensPerNode: number, seed: number): Ring {
  const { next } = createSeededRandom(seed);
  const nodes: ClusterNode[] = Array.from({ length: nodeCount }, (_, index) => ({
    ...makeNode(`n${index}`, `r${index % 3}`, [], index % 4 === 3 ? 'back' : 'front'),
    tokens: Array.from({ length: tokensPerNode }, () =>
      BigInt.asIntN(
        64,
        (BigInt(Math.floor(next() * 2 ** 32)) << 32n) | BigInt(Math.floor(next() * 2 ** 32)),
      ).toString(),
    ),
  }));
  const ring = buildRing(
    stateOf(nodes, {
      strategy: 'NetworkTopologyStrategy',
      factors: new Map([
        ['front', 3],
        ['back', 1],
      ]),
    }),
    'shop',
  );
  if (ring === undefined) throw new Error('no ring');
  return ring;
}

/** Large ones take long to build, and are rarer. */
const anyTokensPerNode = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 16 }) },
  { weight: 1, arbitrary: fc.integer({ min: 17, max: 256 }) },
);
const anyRing = fc
  .tuple(fc.integer({ min: 1, max: 100 }), anyTokensPerNode, fc.nat(1_000_000))
  .map((shape) => randomRing(...shape));
const anyTarget = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 6, max: 300 }),
  fc.integer({ min: 301, max: 10_000 }),
);

/** Estimates of some of the ranges of a ring, as nodes give them: ranges cut at the seam, some nodes silent. */
function estimatesOf(ring: Ring, seed: number, answering: number): SizeEstimate[] {
  const { next } = createSeededRandom(seed);
  const ends = Array.from({ length: ring.ranges() }, (_, range) =>
    BigInt(tokenToDecimal(ring.rangeEnd(range))),
  );
  const starts = [smallest, ...ends];
  return [...ends, largest].flatMap((end, place) => {
    const start = starts[place] ?? smallest;
    if (start >= end || next() > answering) return [];
    return [
      {
        after: token(start),
        upTo: token(end),
        partitions: Math.floor(next() * 1_000),
        meanPartitionBytes: 100,
      },
    ];
  });
}
const anyEstimates = fc.record({ seed: fc.nat(1_000), answering: fc.constantFrom(0, 0.5, 1) });

function checkCover(splits: readonly Split[]): void {
  expect(splits[0]?.after).toEqual(smallestToken);
  expect(splits.at(-1)?.upTo).toEqual(largestToken);
  const broken = splits.filter(({ id, after, upTo }, place) => {
    const previous = splits[place - 1]?.upTo ?? smallestToken;
    return id !== `s${place}` || compareTokens(previous, after) !== 0 || compareTokens(after, upTo) >= 0;
  });
  expect(broken).toEqual([]);
}

/** The machine may be busy with other tests. */
const unhurried = { timeout: 60_000 };

describe('splits', unhurried, () => {
  it('cover every token once, in order, and are as many as asked for, of whatever ring and estimates', () => {
    fc.assert(
      fc.property(anyRing, anyTarget, anyEstimates, (ring, target, { seed, answering }) => {
        const splits = plan(ring, target, estimatesOf(ring, seed, answering));
        expect(splits).toHaveLength(target);
        checkCover(splits);
      }),
      { numRuns: propertyRuns(50) },
    );
  });

  it('are between half and one and a half of the mean wide where nothing is estimated', () => {
    fc.assert(
      fc.property(anyRing, anyTarget, (ring, target) => {
        const widths = widthsOf(plan(ring, target));
        expect(widths.filter((width) => width < 0.4999 || width > 1.5001)).toEqual([]);
      }),
      { numRuns: propertyRuns(30) },
    );
  });

  it('have owners only of the nearest datacenter, three at most, no node twice', () => {
    fc.assert(
      fc.property(anyRing, anyTarget, (ring, target) => {
        const wrong = plan(ring, target).filter(
          ({ owners }) =>
            owners.length === 0 ||
            owners.length > 3 ||
            new Set(owners).size < owners.length ||
            owners.some(({ datacenter }) => datacenter !== 'front'),
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: propertyRuns(20) },
    );
  });

  it.each([1, 2, 64, 10_000])('are %i of one width where nobody can know the owners', (target) => {
    const splits = plan(undefined, target);
    checkCover(splits);
    expect(splits).toHaveLength(target);
    for (const width of widthsOf(splits)) expect(width).toBeCloseTo(1, 1);
    expect(splits.flatMap(({ owners }) => owners)).toEqual([]);
  });

  it('cannot be had of one token, and are cut by width where estimates say that all is there', () => {
    const estimates = [{ after: token(5n), upTo: token(6n), partitions: 1e9, meanPartitionBytes: 1 }];
    const rest = [
      { after: token(smallest), upTo: token(5n), partitions: 0, meanPartitionBytes: 1 },
      { after: token(6n), upTo: token(largest), partitions: 0, meanPartitionBytes: 1 },
    ];
    const splits = plan(undefined, 100, [...rest, ...estimates]);
    checkCover(splits);
    expect(splits).toHaveLength(100);
    expect(splits.reduce((sum, { estimatedRows = 0 }) => sum + estimatedRows, 0)).toBe(1e9);
  });
});

describe('the ends of splits', () => {
  const boundaryShare = (ring: Ring, splits: readonly Split[]): number => {
    const ends = new Set(
      Array.from({ length: ring.ranges() }, (_, range) => BigInt(tokenToDecimal(ring.rangeEnd(range)))),
    );
    return splits.slice(0, -1).filter((split) => ends.has(endOf(split))).length / (splits.length - 1);
  };

  it('are all at boundaries of the ring where there are many more ranges than splits', () => {
    const { ring } = makeRing({ nodes: 12, racks: 3, replicationFactor: 3, datacenter: 'front' });
    expect(boundaryShare(ring, plan(ring, 16))).toBe(1);
    expect(boundaryShare(randomRing(12, 64, 1), plan(randomRing(12, 64, 1), 32))).toBe(1);
  });

  it('take in nearly every boundary where there are more splits than ranges', () => {
    const ring = randomRing(6, 4, 1);
    const ends = new Set(plan(ring, 240).map(endOf));
    // Tokens of nodes elsewhere change nothing for the caller.
    const boundaries = ownerBoundaries(ring, 'front').map((each) => BigInt(tokenToDecimal(each)));
    expect(boundaries.length).toBeGreaterThan(10);
    expect(boundaries.filter((end) => ends.has(end)).length / boundaries.length).toBeGreaterThan(0.9);
  });

  it('are no boundaries between ranges of the same owners', () => {
    const alone = stateOf([makeNode('a', 'r', [-(2n ** 61n), 2n ** 61n])], inFront(1));
    const widths = widthsOf(plan(ringOf(alone), 4));
    for (const width of widths) expect(width).toBeCloseTo(1, 3);
  });
});

describe('the owners of a split', () => {
  // Ranges: (…, 0] of a, (0, 2^62] of b, (2^62, …] wraps round and is of a.
  const nodes = [makeNode('a', 'r', [0n]), makeNode('b', 'r', [2n ** 62n])];

  it('are those who have most of it, the best first', () => {
    const [all] = plan(ringOf(stateOf(nodes, inFront(1))), 1);
    expect(idsOf(all?.owners ?? [])).toEqual(['a', 'b']);
    const halves = plan(ringOf(stateOf(nodes, inFront(1))), 2);
    expect(halves.map(({ owners }) => idsOf(owners))).toEqual([['a'], ['b', 'a']]);
  });

  it('are counted on both sides of the seam as those of one range', () => {
    const quarters = plan(ringOf(stateOf(nodes, inFront(1))), 4);
    expect(quarters.map(({ owners }) => idsOf(owners))).toEqual([['a'], ['a'], ['b'], ['a']]);
  });

  it('are of a further datacenter where the nearest has no replicas', () => {
    const far = [makeNode('f', 'r', [5n], 'front'), makeNode('k', 'r', [9n], 'back')];
    const ring = ringOf(
      stateOf(far, { strategy: 'NetworkTopologyStrategy', factors: new Map([['back', 1]]) }),
    );
    expect(plan(ring, 1).map(({ owners }) => idsOf(owners))).toEqual([['k']]);
    expect(planSplits({ ring, datacenters: ['front'], target: 1, estimates: [] })[0]?.owners).toEqual([]);
  });
});

describe('the estimated rows of splits', unhurried, () => {
  const { ring } = makeRing({ nodes: 6, racks: 3, replicationFactor: 3, datacenter: 'front' });
  const sum = (splits: readonly Split[]): number =>
    splits.reduce((total, { estimatedRows = Number.NaN }) => total + estimatedRows, 0);

  it('are whole numbers that add up to the estimates, whatever is cut', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 2_000 }), (seed, target) => {
        const estimates = estimatesOf(ring, seed, 1);
        const splits = plan(ring, target, estimates);
        expect(sum(splits)).toBe(estimates.reduce((total, { partitions }) => total + partitions, 0));
        expect(splits.every(({ estimatedRows }) => Number.isInteger(estimatedRows))).toBe(true);
      }),
      { numRuns: propertyRuns(100) },
    );
  });

  it('take what is told for what nobody tells', () => {
    const half = [{ after: token(smallest), upTo: token(-1n), partitions: 500, meanPartitionBytes: 1 }];
    const rows = plan(undefined, 4, half).map(({ estimatedRows }) => estimatedRows);
    expect(rows).toEqual([250, 250, 250, 250]);
  });

  it('are unknown where nobody tells anything', () => {
    expect(plan(ring, 3).map(({ estimatedRows }) => estimatedRows)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are unknown where all nodes say that there are none: so a table looks that was filled just now', () => {
    const none = [{ after: token(smallest), upTo: token(largest), partitions: 0, meanPartitionBytes: 0 }];
    const splits = plan(ring, 3, none);
    expect(splits.map(({ estimatedRows }) => estimatedRows)).toEqual([undefined, undefined, undefined]);
  });

  it('make splits narrower where more is', () => {
    const uneven = [
      { after: token(smallest), upTo: token(0n), partitions: 9_000, meanPartitionBytes: 1 },
      { after: token(0n), upTo: token(largest), partitions: 1_000, meanPartitionBytes: 1 },
    ];
    const splits = plan(undefined, 100, uneven);
    const inDenseHalf = splits.filter((split) => endOf(split) <= 0n).length;
    expect(inDenseHalf).toBeGreaterThan(80);
    for (const { estimatedRows = 0 } of splits) expect(estimatedRows).toBeLessThan(200);
  });

  it('count what two nodes tell once', () => {
    const twice = [
      { after: token(smallest), upTo: token(0n), partitions: 10, meanPartitionBytes: 1 },
      { after: token(smallest), upTo: token(0n), partitions: 10, meanPartitionBytes: 1 },
      { after: token(0n), upTo: token(largest), partitions: 10, meanPartitionBytes: 1 },
    ];
    expect(sum(plan(undefined, 2, twice))).toBe(20);
  });
});
