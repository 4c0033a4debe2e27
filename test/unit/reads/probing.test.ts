import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { ReplicaRead } from '../../../src/core/ports.ts';
import { addProbes } from '../../../src/core/reads/probing.ts';
import { createNodeHealth, type Standing } from '../../../src/core/routing/node-health.ts';
import type { SpeculativeRetry } from '../../../src/core/speculation/speculative-retry.ts';
import { batchOf, type ReaderOptions, setUpReader, skus } from '../../support/batch-reads.ts';
import { makeState } from '../../support/rings.ts';
import { createScriptedHealth, type ScriptedHealth } from '../../support/scripted-health.ts';
import { endAs } from '../../support/scripted-steps.ts';

const at15: SpeculativeRetry = { kind: 'fixed', delayMs: 15 };

/** A reader one of whose nodes is not well, with a probe due to it. */
function setUp(standing: Standing, options: ReaderOptions = {}) {
  let health: ScriptedHealth | undefined;
  const reader = setUpReader({
    ...options,
    health: (time) => {
      health = createScriptedHealth(time);
      return health;
    },
  });
  const sick = reader.cluster.state().nodes[0]?.id ?? '';
  if (health === undefined) throw new Error('the reader watches nodes');
  health.standings.set(sick, standing);
  health.probesDue.add(sick);
  const { cluster } = reader;
  const toSick = (): readonly ReplicaRead[] => cluster.sent.filter(({ node }) => node.id === sick);
  const toOthers = (): readonly ReplicaRead[] => cluster.sent.filter(({ node }) => node.id !== sick);
  return { ...reader, scripted: health, sick, toSick, toOthers };
}

const keysOf = (requests: readonly ReplicaRead[]): readonly string[] =>
  requests.flatMap(({ keys }) => keys.map(([bytes]) => nodeText.fromUtf8(bytes as Uint8Array)));

describe.each<Standing>(['suspect', 'ejected'])('a node that is %s', (standing) => {
  it('gets a copy of one key when a probe is due, and everything else goes to others', async () => {
    const { read, toSick, toOthers, told } = setUp(standing);
    const { outcomes, report } = await read(batchOf(skus(50)));
    expect(outcomes.every(({ status }) => status === 'found')).toBe(true);
    expect(keysOf(toOthers()).toSorted()).toEqual(skus(50).toSorted());
    expect(keysOf(toSick())).toHaveLength(1);
    expect(report.hedges).toBe(1);
    expect(report.groups.reduce((sum, size) => sum + size)).toBe(50);
    expect((told.hedges.won ?? 0) + (told.hedges.lost ?? 0)).toBe(1);
  });

  it('gets nothing while no probe is due', async () => {
    const { read, scripted, toSick } = setUp(standing);
    scripted.probesDue.clear();
    await read(batchOf(skus(50)));
    expect(toSick()).toEqual([]);
  });

  it('holds up nobody with its silence: the probe is an orphan', async () => {
    const { clock, cluster, read, sick, told } = setUp(standing);
    cluster.answer = (request) => endAs(request, clock, request.node.id === sick ? 'never' : 'rows', 3);
    const pending = read(batchOf(skus(50)));
    await clock.advance(3);
    expect((await pending).outcomes.every(({ status }) => status === 'found')).toBe(true);
    expect(told.orphans).toBe(1);
  });

  it('gives its row when that comes first', async () => {
    const { clock, cluster, read, sick, told } = setUp(standing);
    cluster.answer = (request) => endAs(request, clock, 'rows', request.node.id === sick ? 1 : 5);
    const pending = read(batchOf(skus(50)));
    await clock.advance(5);
    await pending;
    expect(told.hedges).toEqual({ won: 1 });
  });

  it('gets one key of its own as a probe where the budget pays no copy', async () => {
    const { read, toSick, toOthers, told } = setUp(standing, { hedges: 0 });
    const { report } = await read(batchOf(skus(50)));
    expect(keysOf(toSick())).toHaveLength(1);
    expect([...keysOf(toSick()), ...keysOf(toOthers())].toSorted()).toEqual(skus(50).toSorted());
    expect(report.hedges).toBe(0);
    expect(report.groups).toContain(1);
    expect(told.hedges).toEqual({});
  });

  it('gets no key of its own where the budget pays no copy and a probe was sent not long ago', async () => {
    const { read, scripted, sick, toSick } = setUp(standing, { hedges: 0 });
    scripted.isUrgent = false;
    await read(batchOf(skus(50)));
    expect(toSick()).toEqual([]);
    expect(scripted.probesDue).toEqual(new Set([sick]));
  });

  it('holds up no key that was moved to it: its hedge is sent and owed, where nothing is left to pay', async () => {
    const { clock, cluster, read, sick, hedgeBudget, toSick, told } = setUp(standing, { hedges: 0 });
    cluster.answer = (request) => endAs(request, clock, request.node.id === sick ? 'never' : 'rows', 3);
    const pending = read(batchOf(skus(50), { speculation: [at15] }));
    await clock.advance(18);
    const { outcomes, report } = await pending;
    expect(outcomes.every(({ status }) => status === 'found')).toBe(true);
    expect(toSick()).toHaveLength(1);
    expect([report.hedges, hedgeBudget.left, told.hedges]).toEqual([1, -1, { won: 1 }]);
  });

  it('pays for no other hedge by that', async () => {
    const { clock, cluster, read, hedgeBudget, told } = setUp(standing, { hedges: 0 });
    cluster.answer = () => new Promise(() => {});
    const pending = read(batchOf(skus(50), { speculation: [at15] }));
    await clock.advance(20);
    expect(hedgeBudget.left).toBe(-1);
    expect(told.hedges.denied).toBeGreaterThan(0);
    await clock.advance(1_000);
    expect((await pending).report.hedges).toBe(1);
  });

  it('is still due a probe where the plan sent it a message or nobody could send one', async () => {
    const { inFlight, cluster, read, scripted, sick, hedgeBudget } = setUp(standing, { inFlightPerHost: 1 });
    const before = hedgeBudget.left;
    const node = cluster.state().nodes.find(({ id }) => id === sick);
    if (node === undefined) throw new Error('the node is there');
    inFlight.begin(node, 1);
    await read(batchOf(skus(20)));
    expect(scripted.probesDue).toEqual(new Set([sick]));
    expect(hedgeBudget.left).toBe(before);
  });

  it.each(['overloaded', 'rejected'] as const)(
    'keeps nobody from a hedge by answering a probe with %s, which is no problem of the key',
    async (kind) => {
      const { clock, cluster, read, sick } = setUp(standing);
      cluster.answer = (request) => {
        if (request.node.id === sick) return endAs(request, clock, kind, 1);
        return endAs(request, clock, clock.nowMs() < 15 ? 'never' : 'rows', 1);
      };
      const pending = read(batchOf(skus(50), { speculation: [at15] }));
      await clock.advance(1_000);
      expect((await pending).outcomes.every(({ status }) => status === 'found')).toBe(true);
    },
  );

  it.each(['overloaded', 'rejected'] as const)('ends no key with the %s of a probe', async (kind) => {
    const { clock, cluster, read, sick } = setUp(standing);
    cluster.answer = (request) => endAs(request, clock, request.node.id === sick ? kind : 'never', 1);
    const pending = read(batchOf(['sku-1'], { speculation: [{ kind: 'none' }] }));
    await clock.advance(1_000);
    expect((await pending).outcomes).toEqual([{ status: 'error', problem: 'replica-timeout' }]);
  });

  it('brings no second message with the failure of a probe', async () => {
    const { clock, cluster, read, sick, told } = setUp(standing);
    cluster.answer = (request) =>
      endAs(request, clock, request.node.id === sick ? 'connection-lost' : 'rows', 1);
    const pending = read(batchOf(['sku-1']));
    await clock.advance(5);
    expect((await pending).outcomes[0]?.status).toBe('found');
    expect(told.retries).toEqual({});
  });

  it('is asked again where nobody else is left', async () => {
    const { cluster, read, sick, toSick } = setUp(standing, { hedges: 0 });
    for (const node of cluster.state().nodes) if (node.id !== sick) cluster.down.add(node.id);
    const { outcomes } = await read(batchOf(skus(50)));
    const found = outcomes.filter(({ status }) => status === 'found');
    expect(found.length).toBeGreaterThan(0);
    expect(keysOf(toSick())).toHaveLength(found.length);
  });

  it('takes a hedge only where it is not ejected', async () => {
    const state = makeState([{ nodes: 2, racks: 2, replicationFactor: 2, datacenter: 'front' }]);
    const { clock, cluster, read, scripted, sick, toSick } = setUp(standing, { state });
    scripted.probesDue.clear();
    cluster.answer = (request) => endAs(request, clock, request.node.id === sick ? 'rows' : 'never', 1);
    const pending = read(batchOf(['sku-1'], { speculation: [at15] }));
    await clock.advance(1_000);
    await pending;
    expect(toSick()).toHaveLength(standing === 'ejected' ? 0 : 1);
  });

  it('takes a retry where nobody else is left', async () => {
    const state = makeState([{ nodes: 2, racks: 2, replicationFactor: 2, datacenter: 'front' }]);
    const { clock, cluster, read, scripted, sick } = setUp(standing, { state });
    scripted.probesDue.clear();
    cluster.answer = (request) =>
      endAs(request, clock, request.node.id === sick ? 'rows' : 'connection-lost', 1);
    const pending = read(batchOf(['sku-1']));
    await clock.advance(5);
    expect((await pending).outcomes[0]?.status).toBe('found');
  });
});

describe('a node that is frozen for long, beside a budget that is soon spent', () => {
  it('costs no key, and is found again within two seconds when it thaws', async () => {
    const { clock, cluster, read, health, hedgeBudget } = setUpReader({
      health: createNodeHealth,
      hedges: 12,
    });
    health.retain(cluster.state().nodes);
    const [sick] = cluster.state().nodes;
    if (sick === undefined) throw new Error('six nodes');
    let isFrozen = true;
    cluster.answer = (request) =>
      endAs(request, clock, isFrozen && request.node === sick ? 'never' : 'rows', 1);
    const lookUps: ReturnType<typeof read>[] = [];
    const readFor = async (seconds: number): Promise<void> => {
      for (let turn = 0; turn < seconds * 50; turn += 1) {
        lookUps.push(read(batchOf(skus(5), { speculation: [at15], deadlineMs: clock.nowMs() + 500 })));
        await clock.advance(20);
      }
    };
    await readFor(20);
    expect(health.standing(sick)).not.toBe('well');
    expect(hedgeBudget.left).toBeLessThan(0);
    expect(hedgeBudget.left).toBeGreaterThan(-20);
    isFrozen = false;
    await readFor(2);
    expect(health.standing(sick)).toBe('well');
    const outcomes = (await Promise.all(lookUps)).flatMap((result) => result.outcomes);
    expect(outcomes.every(({ status }) => status === 'found')).toBe(true);
  });
});

describe('adding probes to a plan', () => {
  const [a, b, c] = makeState([{ nodes: 3, racks: 3, replicationFactor: 3, datacenter: 'front' }]).nodes;
  if (a === undefined || b === undefined || c === undefined) throw new Error('three nodes');
  const due = { isProbeDue: () => true, isProbeUrgent: () => true };
  const broke = { earn() {}, take: () => 0, giveBack() {}, owe() {} };

  it('leaves a plan alone whose nodes are well', () => {
    const groups = [{ node: a, keys: [0, 1] }];
    expect(addProbes({ groups, unowned: [], sick: [] }, due, broke)).toEqual({
      groups,
      trials: [],
      probes: [],
    });
  });

  it('takes a message that the plan has for the node as its probe', () => {
    const groups = [{ node: a, keys: [0, 1] }];
    const probed = addProbes({ groups, unowned: [], sick: [{ node: a, key: 0 }] }, due, broke);
    expect(probed).toEqual({ groups, trials: [], probes: [] });
  });

  it('moves a key to one node only, and leaves no empty group behind', () => {
    const groups = [{ node: a, keys: [0] }];
    const sick = [
      { node: b, key: 0 },
      { node: c, key: 0 },
    ];
    const probed = addProbes({ groups, unowned: [], sick }, due, broke);
    expect(probed).toEqual({ groups: [], trials: [{ node: b, keys: [0] }], probes: [] });
  });
});
