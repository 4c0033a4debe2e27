import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningSystem } from '../../src/compose.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { type LookUpReply, lookUp } from '../support/look-up-client.ts';
import { nodeReads, type ReadCounts } from '../support/node-reads.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { startWeir } from '../support/running-weir.ts';
import { fillProducts, keyOf, keyspace, presentRows, rowOf, table } from '../support/versioned-products.ts';

const path = `${keyspace}/${table}`;

/** Random keys with doubles and keys that do not exist; `expected` says what must come back. */
function randomLookUp(random: () => number, size: number) {
  const indexes = Array.from({ length: size }, () => Math.floor(random() * presentRows * 1.1));
  for (let copy = 0; copy < 3; copy += 1) indexes[Math.floor(random() * size)] = indexes[0] as number;
  const expected = indexes.map((index) =>
    index < presentRows
      ? { status: 'found', rows: [{ sku: keyOf(index), ...rowOf(index) }] }
      : { status: 'missing', rows: [] },
  );
  return { keys: indexes.map(keyOf), expected };
}

function checkReply(reply: LookUpReply, expected: readonly unknown[]): void {
  expect(reply.status).toBe(200);
  expect(reply.results.map(({ status, rows }) => ({ status, rows }))).toEqual(expected);
}

/** `count` look-ups, eight at a time; `during` runs beside them and its end is waited for. */
async function storm(
  weir: RunningSystem,
  count: number,
  onReply: (reply: LookUpReply, expected: readonly unknown[]) => void,
): Promise<void> {
  const { next: random } = createSeededRandom(count);
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { keys, expected } = randomLookUp(random, 50);
      onReply(await lookUp(weir.dataUrl, 'storefront', path, { keys }), expected);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

describeWithCluster('look-ups on the real cluster', () => {
  let cluster: TestCluster;
  let weir: RunningSystem;

  beforeAll(async () => {
    cluster = realCluster();
    await cluster.withClient(fillProducts);
    weir = await startWeir(cluster, {
      [path.replace('/', '.')]: { maxKeysPerGroup: 'unbounded', speculativeRetry: 'NONE' },
    });
  });
  afterAll(() => weir?.stop());

  const growth = async (work: () => Promise<number>): Promise<{ asked: number; grown: ReadCounts[] }> => {
    const before = await nodeReads(cluster, keyspace, table);
    const asked = await work();
    const after = await nodeReads(cluster, keyspace, table);
    const grown = after.map((node, index) => ({
      ...node,
      local: node.local - (before[index]?.local ?? 0),
      coordinator: node.coordinator - (before[index]?.coordinator ?? 0),
    }));
    return { asked, grown };
  };

  it.each([
    ['storefront', 'us-east-1-frontend'],
    ['nightly-report', 'us-east-1-backend'],
  ])('%s reads every key locally on the node that was asked, and only in %s', async (application, home) => {
    const { next: random } = createSeededRandom(5);
    const { asked, grown } = await growth(async () => {
      let keys = 0;
      for (let round = 0; round < 100; round += 1) {
        const look = randomLookUp(random, 50);
        checkReply(await lookUp(weir.dataUrl, application, path, { keys: look.keys }), look.expected);
        keys += new Set(look.keys).size;
      }
      return keys;
    });
    for (const node of grown) {
      expect(node.local, `${node.name}: all it coordinated it read itself`).toBe(node.coordinator);
      if (node.datacenter !== home) expect(node.local, `${node.name} is of the other class`).toBe(0);
    }
    expect(grown.reduce((sum, node) => sum + node.local, 0)).toBe(asked);
  });

  it('sends at most 2.2 messages for 50 keys on average, and loads the nodes evenly', async () => {
    let groups = 0;
    const rounds = 500;
    const { grown } = await growth(async () => {
      await storm(weir, rounds, (reply) => {
        groups += reply.meta.groups;
      });
      return 0;
    });
    expect(groups / rounds).toBeLessThanOrEqual(2.2);
    const local = grown.filter((node) => node.datacenter === 'us-east-1-frontend').map((node) => node.local);
    const mean = local.reduce((sum, reads) => sum + reads) / local.length;
    expect(Math.max(...local) / mean).toBeLessThanOrEqual(1.25);
  });

  it('answers 5,000 random look-ups as the oracle, with missing keys and doubles', async () => {
    let answered = 0;
    await storm(weir, 5_000, (reply, expected) => {
      checkReply(reply, expected);
      answered += 1;
    });
    expect(answered).toBe(5_000);
  });

  it('answers as the oracle while a node is killed, restarted, and another one is added', async () => {
    const victim = cluster.nodes().find((node) => node.datacenter === 'us-east-1-frontend');
    if (victim === undefined) throw new Error('the cluster has front-end nodes');
    let changing = true;
    const changes = (async () => {
      await cluster.kill(victim.name);
      await cluster.start(victim.name);
      const added = await cluster.add({ datacenter: 'us-east-1-frontend' });
      return added;
    })().finally(() => {
      changing = false;
    });
    const errors = new Map<string, number>();
    let answered = 0;
    while (changing) {
      await storm(weir, 40, (reply, expected) => {
        answered += 1;
        reply.results.forEach((result, index) => {
          if (result.status === 'found' || result.status === 'missing') {
            expect({ status: result.status, rows: result.rows }).toEqual(expected[index]);
          } else {
            const name = result.error?.type ?? result.reason ?? '';
            errors.set(name, (errors.get(name) ?? 0) + 1);
          }
        });
      });
    }
    const added = await changes;
    expect(answered).toBeGreaterThan(100);
    // A key may fail by name while its owner dies under it; none may be wrong, and none may be lost.
    expect([...errors.keys()].filter((name) => !name.startsWith('/problems/'))).toEqual([]);
    await storm(weir, 200, checkReply);
    const reads = await nodeReads(cluster, keyspace, table);
    expect(reads.find((node) => node.name === added.name)?.local, 'the new node is used').toBeGreaterThan(0);
    await cluster.remove(added.name);
    await storm(weir, 100, checkReply);
  });
});
