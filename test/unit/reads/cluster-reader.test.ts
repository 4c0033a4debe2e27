import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { ReplicaError, type ReplicaErrorName, replicaErrorPolicies } from '../../../src/core/errors.ts';
import type { ReadTelemetry, ReplicaRead, ReplicaRow } from '../../../src/core/ports.ts';
import { createClusterReader } from '../../../src/core/reads/cluster-reader.ts';
import { createInFlight } from '../../../src/core/reads/in-flight.ts';
import type { KeyOutcome, ReadBatch } from '../../../src/core/reads/key-reader.ts';
import { createMessageBudget } from '../../../src/core/reads/message-budget.ts';
import { createSelectionBook } from '../../../src/core/reads/selection.ts';
import { defaultTableSettings } from '../../../src/core/reads/settings.ts';
import { createLoadTracker } from '../../../src/core/routing/load-tracker.ts';
import { createRingBook } from '../../../src/core/routing/ring-book.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { makeState } from '../../support/rings.ts';
import { createScriptedCluster, echoRow, makeTable, products } from '../../support/scripted-cluster.ts';

const quiet: ReadTelemetry = { replicaRead() {}, retry() {}, lookUp() {}, unexpected() {} };
const failing = (kind: ReplicaErrorName) => Promise.reject(new ReplicaError(kind));
const never = () => new Promise<readonly ReplicaRow[]>(() => {});

function setUp(options: { burst?: number; inFlightPerHost?: number; keysInFlight?: number } = {}) {
  const clock = createFakeClock();
  const state = makeState([{ nodes: 6, racks: 3, replicationFactor: 3, datacenter: 'front' }]);
  const cluster = createScriptedCluster(state, [products]);
  const inFlight = createInFlight({
    inFlightPerHost: options.inFlightPerHost ?? 256,
    keysInFlight: options.keysInFlight ?? 50_000,
  });
  const read = createClusterReader({
    cluster,
    clock,
    text: nodeText,
    telemetry: quiet,
    rings: createRingBook(cluster),
    load: createLoadTracker(clock),
    inFlight,
    retryBudget: createMessageBudget(0.2, options.burst ?? 20),
    ownRack: undefined,
  });
  return { clock, cluster, inFlight, read };
}

function batch(keys: readonly string[], change: Partial<ReadBatch> = {}): ReadBatch {
  return {
    selection: createSelectionBook().select(products, undefined, true, 100),
    settings: defaultTableSettings,
    consistency: 'LOCAL_ONE',
    datacenters: ['front'],
    keys: keys.map((key) => [nodeText.utf8(key)]),
    deadlineMs: 1_000,
    answerBytes: 1_000_000,
    ...change,
  };
}

const skus = (count: number): string[] => Array.from({ length: count }, (_, index) => `sku-${index}`);
const found = (outcome: KeyOutcome | undefined) => (outcome?.status === 'found' ? outcome.rows : outcome);
const rowOf = (sku: string) => [`{"sku":"${sku}","title":"${sku}"}`];

describe('reading from the cluster', () => {
  it('answers every key with its own row, whatever the order of the rows', async () => {
    const { cluster, read } = setUp();
    cluster.answer = async (request) => request.keys.map((key) => echoRow(request, key)).reverse();
    const result = await read(batch(skus(50)));
    expect(result.outcomes.map(found)).toEqual(skus(50).map(rowOf));
    expect(result.report.groups.reduce((sum, size) => sum + size)).toBe(50);
    expect(result.report.groups).toHaveLength(cluster.sent.length);
  });

  it('tells missing keys, and drops the rows of keys that were not asked', async () => {
    const { cluster, read } = setUp();
    cluster.answer = async (request) => [echoRow(request, [nodeText.utf8('stranger')])];
    const result = await read(batch(skus(3)));
    expect(result.outcomes.map((outcome) => outcome.status)).toEqual(['missing', 'missing', 'missing']);
  });

  const retried = Object.entries(replicaErrorPolicies) as [
    ReplicaErrorName,
    { retryOnAnotherOwner: boolean },
  ][];
  it.each(retried)('on %s asks another owner once, or nobody: as the policy says', async (kind, policy) => {
    const { cluster, read } = setUp();
    cluster.answer = (request) =>
      cluster.sent.length === 1
        ? failing(kind)
        : Promise.resolve(request.keys.map((key) => echoRow(request, key)));
    const result = await read(batch(['sku-1']));
    expect(cluster.sent).toHaveLength(policy.retryOnAnotherOwner ? 2 : 1);
    expect(result.outcomes[0]?.status).toBe(policy.retryOnAnotherOwner ? 'found' : 'error');
    expect(result.report.retries).toBe(policy.retryOnAnotherOwner ? 1 : 0);
  });

  it('never asks the same owner twice for a key, and at most two owners', async () => {
    const { cluster, read } = setUp();
    cluster.answer = () => failing('overloaded');
    const result = await read(batch(skus(20)));
    const owners = new Map<string, string[]>();
    for (const { keys, node } of cluster.sent) {
      for (const [bytes] of keys) {
        const sku = nodeText.fromUtf8(bytes as Uint8Array);
        owners.set(sku, [...(owners.get(sku) ?? []), node.id]);
      }
    }
    for (const asked of owners.values()) expect(new Set(asked).size).toBe(2);
    expect(result.outcomes).toEqual(skus(20).map(() => ({ status: 'error', problem: 'replica-overloaded' })));
  });

  it('pays retries from the budget, and reports the first error when it is spent', async () => {
    const { cluster, read } = setUp({ burst: 1 });
    cluster.answer = () => failing('unavailable');
    for (let round = 0; round < 50; round += 1) await read(batch([`sku-${round}`]));
    expect(cluster.sent.length).toBeGreaterThan(50);
    expect(cluster.sent.length).toBeLessThanOrEqual(61);
  });

  it('settles every key at the deadline, whatever the owners do', async () => {
    const { clock, cluster, read } = setUp();
    cluster.answer = never;
    const pending = read(batch(skus(10)));
    await clock.advance(1_000);
    const result = await pending;
    expect(result.outcomes).toEqual(skus(10).map(() => ({ status: 'error', problem: 'replica-timeout' })));
  });

  it('does not retry after the deadline', async () => {
    const { clock, cluster, read } = setUp();
    let fail: (error: ReplicaError) => void = () => {};
    cluster.answer = () => new Promise((_, reject) => (fail = reject));
    const pending = read(batch(['sku-1']));
    await clock.advance(1_000);
    await pending;
    fail(new ReplicaError('connection-lost'));
    await clock.advance(10);
    expect(cluster.sent).toHaveLength(1);
  });

  it('sends nothing when the deadline has passed', async () => {
    const { cluster, read } = setUp();
    const result = await read(batch(['sku-1'], { deadlineMs: 0 }));
    expect(result.outcomes).toEqual([{ status: 'unprocessed', reason: 'deadline' }]);
    expect(cluster.sent).toEqual([]);
  });

  it('leaves out nodes that are down, and says no-replica when no owner is left', async () => {
    const { cluster, read } = setUp();
    const [gone, ...others] = cluster.state().nodes;
    cluster.down.add(gone?.id ?? '');
    await read(batch(skus(50)));
    expect(cluster.sent.map((request) => request.node.id)).not.toContain(gone?.id);
    for (const node of others) cluster.down.add(node.id);
    const result = await read(batch(['sku-1']));
    expect(result.outcomes).toEqual([{ status: 'error', problem: 'no-replica' }]);
  });

  it('asks the new owners after a node has moved, without a restart', async () => {
    const { cluster, read } = setUp();
    const ownersOf = (sent: readonly ReplicaRead[]) => sent.map((request) => request.node.id);
    await read(batch(['sku-1']));
    const [before] = ownersOf(cluster.sent);
    const state = cluster.state();
    const token = '-9223372036854775807';
    // The owner keeps one token at the start of the ring, and so hardly any key.
    const nodes = state.nodes.map((node) => (node.id === before ? { ...node, tokens: [token] } : node));
    cluster.publish({ ...state, nodes });
    cluster.sent.length = 0;
    for (let round = 0; round < 12; round += 1) await read(batch(['sku-1']));
    expect(ownersOf(cluster.sent)).not.toContain(before);
  });

  it('sends no more messages to a node than may be in flight, and frees the place with the answer', async () => {
    const { cluster, inFlight, read } = setUp({ inFlightPerHost: 1 });
    const waiting: (() => void)[] = [];
    cluster.answer = (request: ReplicaRead) =>
      new Promise((resolve) => waiting.push(() => resolve(request.keys.map((key) => echoRow(request, key)))));
    const first = read(batch(['sku-1']));
    const second = read(batch(['sku-1']));
    const third = read(batch(['sku-1']));
    const fourth = await read(batch(['sku-1']));
    expect(fourth.outcomes).toEqual([{ status: 'unprocessed', reason: 'overload' }]);
    for (const release of waiting) release();
    await Promise.all([first, second, third]);
    expect(inFlight.messages().size).toBe(0);
    cluster.answer = async (request) => request.keys.map((key) => echoRow(request, key));
    expect((await read(batch(['sku-1']))).outcomes[0]?.status).toBe('found');
  });

  it('holds to the bound of a node also where one group is many messages', async () => {
    const table = makeTable('carts', ['shop', 'user'], [], ['total']);
    const { cluster, read } = setUp({ inFlightPerHost: 4 });
    let underWay = 0;
    let most = 0;
    cluster.answer = async (request) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return request.keys.map((key) => echoRow(request, key));
    };
    const keys = skus(200).map((sku) => [nodeText.utf8(sku), nodeText.utf8('user')]);
    const selection = createSelectionBook().select(table, undefined, true, 100);
    const result = await read({ ...batch([]), selection, keys });
    expect(most).toBeLessThanOrEqual(4 * 6);
    const statuses = new Set(result.outcomes.map((outcome) => outcome.status));
    expect(statuses).toEqual(new Set(['found', 'unprocessed']));
  });

  it('keeps no more rows than an answer may have', async () => {
    const { read } = setUp();
    const result = await read(batch(skus(50), { answerBytes: 100 }));
    const found = result.outcomes.filter((outcome) => outcome.status === 'found');
    expect(found.length).toBe(3);
    expect(result.outcomes.filter((outcome) => outcome.status !== 'found')).toEqual(
      Array(47).fill({ status: 'unprocessed', reason: 'size' }),
    );
  });

  it('answers and lives on when planning itself fails', async () => {
    const { cluster, read } = setUp();
    const state = cluster.state();
    cluster.publish({ ...state, nodes: state.nodes.map((node) => ({ ...node, tokens: ['no token'] })) });
    const result = await read(batch(['sku-1']));
    expect(result.outcomes).toEqual([{ status: 'error', problem: 'internal' }]);
  });

  it('takes no more keys at once than the process may have in flight', async () => {
    const { read } = setUp({ keysInFlight: 30 });
    const result = await read(batch(skus(50)));
    const statuses = result.outcomes.map((outcome) => outcome.status);
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill('found'));
    expect(statuses.slice(30)).toEqual(Array(20).fill('unprocessed'));
  });

  it('pipelines keys that no single IN can carry, and joins those that one can', async () => {
    const table = makeTable('carts', ['shop', 'user'], [], ['total']);
    const { cluster, read } = setUp();
    const pair = (shop: string, user: string) => [nodeText.utf8(shop), nodeText.utf8(user)];
    const keys = [pair('a', '1'), pair('a', '2'), pair('b', '1'), pair('ab', '1'), pair('a', 'b1')];
    const selection = createSelectionBook().select(table, undefined, true, 100);
    const result = await read({ ...batch([]), selection, keys });
    expect(result.outcomes.every((outcome) => outcome.status === 'found')).toBe(true);
    for (const message of cluster.sent) {
      expect(new Set(message.keys.map(([shop]) => nodeText.fromUtf8(shop as Uint8Array))).size).toBe(1);
    }
    expect(cluster.sent.flatMap((message) => message.keys)).toHaveLength(5);
  });

  it('costs one request, not the process, when its own code fails', async () => {
    const { read } = setUp();
    const good = batch(['sku-1']);
    const selection = {
      ...good.selection,
      encode: () => {
        throw new TypeError('a fault of ours');
      },
    };
    const result = await read({ ...good, selection });
    expect(result.outcomes).toEqual([{ status: 'error', problem: 'internal' }]);
  });
});
