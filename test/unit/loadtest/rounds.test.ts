import { describe, expect, it } from 'vitest';
import { datacenter } from '../../../loadtest/bench-cluster.ts';
import { rotate, runRounds } from '../../../loadtest/rounds.ts';
import type { LookUpVariant } from '../../../loadtest/variants/look-up-variant.ts';
import type { RunningCluster, RunningNode } from '../../../topology/launcher/provider.ts';

/** Two nodes under test and one of another datacenter; a look-up costs the first 3 ms and the second 1 ms. */
function fakeCluster() {
  const node = (name: string, home: string): RunningNode => {
    return { name, address: '127.0.0.1', port: 9042, datacenter: home, rack: 'a' };
  };
  const nodes = [node('node-1', datacenter), node('node-2', datacenter), node('node-3', 'other')];
  const cpuMs = new Map([
    ['node-1', 500],
    ['node-2', 900],
  ]);
  const lookUp = (): void => {
    cpuMs.set('node-1', (cpuMs.get('node-1') ?? 0) + 3);
    cpuMs.set('node-2', (cpuMs.get('node-2') ?? 0) + 1);
  };
  const cluster = {
    nodes: () => nodes,
    cpuSeconds: async (name: string) => (cpuMs.get(name) ?? 0) / 1000,
  } as unknown as RunningCluster;
  return { cluster, lookUp };
}

interface Asked {
  readonly variant: string;
  readonly keys: readonly string[];
  readonly thorough: boolean;
}

function variantsOver(lookUp: () => void) {
  const asked: Asked[] = [];
  let proxyMs = 0;
  const variant = (name: string, share = 1): LookUpVariant => ({
    name,
    share,
    start: async () => undefined,
    lookUp: async (keys, thorough) => {
      asked.push({ variant: name, keys, thorough });
      proxyMs += 2;
      lookUp();
    },
    messagesPerLookUp: () => 1,
    proxyCpuSeconds: () => proxyMs / 1000,
    stop: async () => undefined,
  });
  return { asked, variant };
}

const plan = { rounds: 2, warmUpRounds: 1, lookUps: 40, keysPerLookUp: 5, inFlight: 4 };
const silent = (): void => undefined;

describe('the order of a round', () => {
  it('begins with another one each time', () => {
    expect([0, 1, 2, 3].map((by) => rotate(['a', 'b', 'c'], by).join(''))).toEqual([
      'abc',
      'bca',
      'cab',
      'abc',
    ]);
    expect(rotate([], 3)).toEqual([]);
  });
});

describe('rounds', () => {
  it('give processor time per look-up of the nodes under test, and how unevenly it fell', async () => {
    const { cluster, lookUp } = fakeCluster();
    const { variant } = variantsOver(lookUp);
    const [first] = await runRounds(cluster, [variant('a')], plan, silent);
    expect(first).toMatchObject({ variant: 'a', round: 1, lookUps: 40 });
    expect(Object.keys(first?.nodeCpuMs ?? {})).toEqual(['node-1', 'node-2']);
    expect(first?.nodeCpuMs['node-1']).toBeCloseTo(3, 9);
    expect(first?.cpuMs).toBeCloseTo(4, 9);
    expect(first?.busiestOverMean).toBeCloseTo(1.5, 9);
    expect(first?.product).toBeCloseTo(6, 9);
    expect(first?.proxyCpuMs).toBeCloseTo(2, 9);
  });

  it('count only after the warm-up, and every variant in each', async () => {
    const { cluster, lookUp } = fakeCluster();
    const { asked, variant } = variantsOver(lookUp);
    const figures = await runRounds(cluster, [variant('a'), variant('b')], plan, silent);
    expect(asked).toHaveLength(3 * 2 * 40);
    expect(figures.map((figure) => `${figure.variant}${figure.round}`)).toEqual(['b1', 'a1', 'a2', 'b2']);
  });

  it('ask all variants of a round for the same keys, and each round for others', async () => {
    const { cluster, lookUp } = fakeCluster();
    const { asked, variant } = variantsOver(lookUp);
    await runRounds(cluster, [variant('a'), variant('b')], plan, silent);
    const keysOf = (name: string) => asked.filter((one) => one.variant === name).map(({ keys }) => keys);
    expect(keysOf('a')).toEqual(keysOf('b'));
    expect(new Set(keysOf('a').map(String)).size).toBe(3 * 40);
  });

  it('check one look-up of twenty value by value', async () => {
    const { cluster, lookUp } = fakeCluster();
    const { asked, variant } = variantsOver(lookUp);
    await runRounds(cluster, [variant('a')], { ...plan, rounds: 1, warmUpRounds: 0 }, silent);
    expect(asked.filter(({ thorough }) => thorough)).toHaveLength(2);
  });

  it('ask a slow variant for its share only', async () => {
    const { cluster, lookUp } = fakeCluster();
    const { asked, variant } = variantsOver(lookUp);
    const figures = await runRounds(cluster, [variant('slow', 0.25)], { ...plan, warmUpRounds: 0 }, silent);
    expect(asked).toHaveLength(2 * 10);
    expect(figures.map(({ lookUps, cpuMs }) => [lookUps, Math.round(cpuMs)])).toEqual([
      [10, 4],
      [10, 4],
    ]);
  });

  it('fail with the first look-up that fails', async () => {
    const { cluster } = fakeCluster();
    const { variant } = variantsOver(() => {
      throw new Error('item-00001: wrong title');
    });
    await expect(runRounds(cluster, [variant('a')], plan, silent)).rejects.toThrow('wrong title');
  });
});
