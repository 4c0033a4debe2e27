import { describe, expect, it } from 'vitest';
import { datacenter } from '../../../loadtest/bench-cluster.ts';
import { takeTurns } from '../../../loadtest/scan-and-write-turns.ts';
import { jobSettings } from '../../../loadtest/scan-and-write-weir.ts';
import type { RunningCluster, RunningNode } from '../../../topology/launcher/provider.ts';

/** Two nodes under test, of which a row costs the first 30 µs and the second 10 µs, and one of another datacenter. */
function fakeCluster() {
  const node = (name: string, home: string): RunningNode => {
    return { name, address: '127.0.0.1', port: 9042, datacenter: home, rack: 'a' };
  };
  const nodes = [node('node-1', datacenter), node('node-2', datacenter), node('node-3', 'other')];
  const micros: Record<string, number> = { 'node-1': 500, 'node-2': 900, 'node-3': 0 };
  const cluster = {
    nodes: () => nodes,
    cpuSeconds: async (name: string) => (micros[name] ?? 0) / 1e6,
  } as unknown as RunningCluster;
  const use = (rows: number): void => {
    micros['node-1'] = (micros['node-1'] ?? 0) + rows * 30;
    micros['node-2'] = (micros['node-2'] ?? 0) + rows * 10;
    micros['node-3'] = (micros['node-3'] ?? 0) + rows * 1_000;
  };
  return { cluster, use };
}

function variant(name: string) {
  return { name, start: async () => {}, proxyCpuSeconds: () => 0, stop: async () => {} };
}

const plan = { rounds: 2, warmUpRounds: 1 };
const silent = (): void => undefined;

describe('turns', () => {
  it('tell what a row cost the nodes under test, and not what its check cost', async () => {
    const { cluster, use } = fakeCluster();
    const turnOf = () => ({
      run: async () => {
        use(100);
        return { rows: 100, durationMs: 50, extra: 'x' };
      },
      check: async () => use(10_000),
    });
    const [first] = await takeTurns(cluster, [variant('a')], plan, turnOf, silent);
    expect(first).toMatchObject({ variant: 'a', round: 1, rows: 100, rowsPerSecond: 2_000, extra: 'x' });
    expect(first?.cassandraMicros).toBeCloseTo(40, 6);
    expect(first?.busiestOverMean).toBeCloseTo(1.5, 6);
  });

  it('count only after the warm-up, each round beginning with another', async () => {
    const { cluster } = fakeCluster();
    const asked: string[] = [];
    const turnOf = ({ name }: { name: string }, round: number) => {
      asked.push(`${name}${round}`);
      return { run: async () => ({ rows: 1, durationMs: 1 }), check: async () => {} };
    };
    const figures = await takeTurns(cluster, [variant('a'), variant('b')], plan, turnOf, silent);
    expect(asked).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
    expect(figures.map(({ variant: name, round }) => `${name}${round}`)).toEqual(['b1', 'a1', 'a2', 'b2']);
  });

  it('fail with a check that fails', async () => {
    const { cluster } = fakeCluster();
    const turnOf = () => ({
      run: async () => ({ rows: 1, durationMs: 1 }),
      check: () => Promise.reject(new Error('1 of 2 rows did not come')),
    });
    await expect(takeTurns(cluster, [variant('a')], plan, turnOf, silent)).rejects.toThrow('did not come');
  });
});

describe('a Weir for batch jobs', () => {
  it('limits nobody and caches nothing', () => {
    const { cluster } = fakeCluster();
    const settings = jobSettings(cluster, { scan_items: {}, write_items: { writable: true } });
    expect(settings['tables']).toEqual({ 'bench.scan_items': {}, 'bench.write_items': { writable: true } });
    expect(settings['applications']).toEqual({
      bench: {
        class: 'backend',
        tables: {
          'bench.scan_items': ['read', 'scan', 'write'],
          'bench.write_items': ['read', 'scan', 'write'],
        },
      },
    });
    expect(settings).not.toHaveProperty('limits');
  });
});
