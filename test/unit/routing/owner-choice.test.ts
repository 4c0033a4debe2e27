import { describe, expect, it } from 'vitest';
import type { Rank } from '../../../src/core/routing/node-health.ts';
import { OwnerChoice } from '../../../src/core/routing/owner-choice.ts';
import { type PlanRequest, planGroups } from '../../../src/core/routing/plan.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { makeRing } from '../../support/rings.ts';

const here = { nodes: 3, racks: 3, replicationFactor: 3, datacenter: 'here' } as const;
const there = { nodes: 2, racks: 2, replicationFactor: 2, datacenter: 'there' } as const;
const { ring, nodes } = makeRing(here, there);
const token = { hi: 7, lo: 7 };

type Fate = Rank | 'down' | 'excluded';

/** One key, which all five nodes own. */
function choose(fates: readonly Fate[], change: Partial<PlanRequest> = {}) {
  const [a, b, c] = ring.owners(token, 'here');
  const [x, y] = ring.owners(token, 'there');
  const order = [a, b, c, x, y] as readonly ClusterNode[];
  const fateOf = (node: ClusterNode): Fate => fates[order.indexOf(node)] ?? 'well';
  const request: PlanRequest = {
    ring,
    nodes,
    tokens: [token],
    datacenters: ['here', 'there'],
    grouping: 'owner',
    maxKeysPerGroup: 32,
    isUsable: (node) => fateOf(node) !== 'down',
    isExcluded: (node) => fateOf(node) === 'excluded',
    rank: (node) => {
      const fate = fateOf(node);
      return fate === 'down' || fate === 'excluded' ? 'well' : fate;
    },
    load: () => 0,
    ownRack: undefined,
    ...change,
  };
  const choice = new OwnerChoice(request);
  const names = (some: readonly ClusterNode[]) => some.map((node) => 'abcxy'[order.indexOf(node)]).join('');
  const owners = names(choice.ownersOf(0));
  return { owners, sick: names(choice.sick.map(({ node }) => node)), request };
}

describe('the owners that may be asked', () => {
  it.each<[readonly Fate[], string, string, string]>([
    [[], 'abc', '', 'everybody near is well'],
    [['suspect'], 'bc', 'a', 'a suspect one is spared while others are well'],
    [['ejected'], 'bc', 'a', 'so is an ejected one'],
    [['suspect', 'down', 'down'], 'a', 'a', 'nobody else near is up: better suspect than far'],
    [['suspect', 'suspect', 'ejected'], 'ab', 'abc', 'suspect before ejected'],
    [['ejected', 'ejected', 'ejected'], 'xy', 'abc', 'far and well before near and ejected'],
    [['failing', 'failing', 'ejected'], 'xy', 'abc', 'far and well before near and failing'],
    [
      ['failing', 'ejected', 'down', 'suspect', 'down'],
      'x',
      'abx',
      'far and suspect before near and failing',
    ],
    [['ejected', 'failing', 'down', 'ejected', 'down'], 'b', 'abx', 'failing before ejected'],
    [['ejected', 'down', 'down', 'failing', 'down'], 'x', 'ax', 'far and failing before near and ejected'],
    [['ejected', 'down', 'down', 'suspect', 'down'], 'x', 'ax', 'far and suspect before near and ejected'],
    [
      ['ejected', 'down', 'down', 'ejected', 'ejected'],
      'a',
      'axy',
      'the nearest of the ejected: better asked than refused',
    ],
    [['down', 'down', 'down', 'ejected', 'down'], 'x', 'x', 'the last of all is ejected'],
    [['down', 'down', 'down', 'down', 'down'], '', '', 'nobody is up'],
    [['excluded', 'suspect', 'suspect'], 'bc', 'bc', 'what was asked already counts for nothing'],
    [['excluded', 'excluded', 'excluded'], 'xy', '', 'all near ones were asked'],
  ])('%j: %s, not well %s: %s', (fates, owners, sick) => {
    expect(choose(fates)).toMatchObject({ owners, sick });
  });

  it('are the array of the ring itself while everybody is well: nothing is copied', () => {
    const { request } = choose([]);
    expect(new OwnerChoice(request).ownersOf(0)).toBe(ring.owners(token, 'here'));
  });

  it('are looked at once a node, however many keys there are', () => {
    let looks = 0;
    const { request } = choose([], {
      tokens: Array(50).fill(token),
      isUsable: () => {
        looks += 1;
        return true;
      },
    });
    looks = 0;
    expect(planGroups(request).groups.flatMap(({ keys }) => keys)).toHaveLength(50);
    expect(looks).toBe(3);
  });

  it('name each sick node once, with a key that it owns', () => {
    const { request } = choose(['suspect'], { tokens: Array(50).fill(token) });
    expect(planGroups(request).sick).toEqual([{ node: ring.owners(token, 'here')[0], key: 0 }]);
  });
});

describe('those who may pass on what is for owners', () => {
  /** Two racks of three nodes here, of whom `a` to `c` own the key. */
  const wide = makeRing({ ...here, nodes: 6 }, there);

  function relaysOf(isUsable: (node: ClusterNode) => boolean): readonly string[] {
    const request: PlanRequest = {
      ring: wide.ring,
      nodes: wide.nodes,
      tokens: [token],
      datacenters: ['here', 'there'],
      grouping: 'relay',
      maxKeysPerGroup: 64,
      isUsable,
      rank: () => 'well',
      load: () => 0,
      ownRack: undefined,
    };
    return new OwnerChoice(request).ownersOf(0).map(({ id }) => id);
  }
  const owners = wide.ring.owners(token, 'here');
  const inDatacenter = (name: string): readonly string[] =>
    wide.nodes.filter(({ datacenter }) => datacenter === name).map(({ id }) => id);

  it('are all nodes of the first datacenter where an owner is there', () => {
    expect(relaysOf(() => true)).toEqual(inDatacenter('here'));
    const [first, ...others] = owners;
    const left = inDatacenter('here').filter((id) => !others.some((node) => node.id === id));
    expect(left).toContain(first?.id);
    expect(relaysOf((node) => !others.includes(node))).toEqual(left);
  });

  it('are those of the next datacenter where no owner of the key is there, however many others are', () => {
    expect(relaysOf((node) => !owners.includes(node))).toEqual(inDatacenter('there'));
  });

  it('are none where there is no owner anywhere', () => {
    expect(relaysOf((node) => node.datacenter === 'here' && !owners.includes(node))).toEqual([]);
  });
});
