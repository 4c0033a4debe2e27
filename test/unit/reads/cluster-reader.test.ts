import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import {
  allowsRetry,
  ReplicaError,
  type ReplicaErrorName,
  replicaErrorNames,
} from '../../../src/core/errors.ts';
import type { ReplicaRead, ReplicaRow } from '../../../src/core/ports.ts';
import type { KeyOutcome } from '../../../src/core/reads/key-reader.ts';
import { batchOf, selectAll, setUpReader, skus } from '../../support/batch-reads.ts';
import { echoRow, makeTable } from '../../support/scripted-cluster.ts';

const failing = (kind: ReplicaErrorName) => Promise.reject(new ReplicaError(kind));
const never = () => new Promise<readonly ReplicaRow[]>(() => {});

const found = (outcome: KeyOutcome | undefined) => (outcome?.status === 'found' ? outcome.rows : outcome);
const rowOf = (sku: string) => [`{"sku":"${sku}","title":"${sku}"}`];

describe('reading from the cluster', () => {
  it('answers every key with its own row, whatever the order of the rows', async () => {
    const { cluster, read } = setUpReader();
    cluster.answer = async (request) => request.keys.map((key) => echoRow(request, key)).reverse();
    const result = await read(batchOf(skus(50)));
    expect(result.outcomes.map(found)).toEqual(skus(50).map(rowOf));
    expect(result.report.groups.reduce((sum, size) => sum + size)).toBe(50);
    expect(result.report.groups).toHaveLength(cluster.sent.length);
  });

  it('tells missing keys, and drops the rows of keys that were not asked', async () => {
    const { cluster, read } = setUpReader();
    cluster.answer = async (request) => [echoRow(request, [nodeText.utf8('stranger')])];
    const result = await read(batchOf(skus(3)));
    expect(result.outcomes.map((outcome) => outcome.status)).toEqual(['missing', 'missing', 'missing']);
  });

  const retried = replicaErrorNames.map((kind) => [kind, allowsRetry(kind)] as const);
  it.each(retried)('on %s asks another owner once, or nobody: as the policy says', async (kind, retries) => {
    const { cluster, read } = setUpReader();
    cluster.answer = (request) =>
      cluster.sent.length === 1
        ? failing(kind)
        : Promise.resolve(request.keys.map((key) => echoRow(request, key)));
    const result = await read(batchOf(['sku-1']));
    expect(cluster.sent).toHaveLength(retries ? 2 : 1);
    expect(result.outcomes[0]?.status).toBe(retries ? 'found' : 'error');
    expect(result.report.retries).toBe(retries ? 1 : 0);
  });

  it('never asks the same owner twice for a key, and at most two owners', async () => {
    const { cluster, read } = setUpReader();
    cluster.answer = () => failing('overloaded');
    const result = await read(batchOf(skus(20)));
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
    const { cluster, read } = setUpReader({ burst: 1 });
    cluster.answer = () => failing('unavailable');
    for (let round = 0; round < 50; round += 1) await read(batchOf([`sku-${round}`]));
    expect(cluster.sent.length).toBeGreaterThan(50);
    expect(cluster.sent.length).toBeLessThanOrEqual(61);
  });

  it('settles every key at the deadline, whatever the owners do', async () => {
    const { clock, cluster, read } = setUpReader();
    cluster.answer = never;
    const pending = read(batchOf(skus(10)));
    await clock.advance(1_000);
    const result = await pending;
    expect(result.outcomes).toEqual(skus(10).map(() => ({ status: 'error', problem: 'replica-timeout' })));
  });

  it('does not retry after the deadline', async () => {
    const { clock, cluster, read } = setUpReader();
    let fail: (error: ReplicaError) => void = () => {};
    cluster.answer = () => new Promise((_, reject) => (fail = reject));
    const pending = read(batchOf(['sku-1']));
    await clock.advance(1_000);
    await pending;
    fail(new ReplicaError('connection-lost'));
    await clock.advance(10);
    expect(cluster.sent).toHaveLength(1);
  });

  it('sends nothing when the deadline has passed', async () => {
    const { cluster, read } = setUpReader();
    const result = await read(batchOf(['sku-1'], { deadlineMs: 0 }));
    expect(result.outcomes).toEqual([{ status: 'unprocessed', reason: 'deadline' }]);
    expect(cluster.sent).toEqual([]);
  });

  it('leaves out nodes that are down, and says no-replica when no owner is left', async () => {
    const { cluster, read } = setUpReader();
    const [gone, ...others] = cluster.state().nodes;
    cluster.down.add(gone?.id ?? '');
    await read(batchOf(skus(50)));
    expect(cluster.sent.map((request) => request.node.id)).not.toContain(gone?.id);
    for (const node of others) cluster.down.add(node.id);
    const result = await read(batchOf(['sku-1']));
    expect(result.outcomes).toEqual([{ status: 'error', problem: 'no-replica' }]);
  });

  it('asks the new owners after a node has moved, without a restart', async () => {
    const { cluster, read } = setUpReader();
    const ownersOf = (sent: readonly ReplicaRead[]) => sent.map((request) => request.node.id);
    await read(batchOf(['sku-1']));
    const [before] = ownersOf(cluster.sent);
    const state = cluster.state();
    const token = '-9223372036854775807';
    // The owner keeps one token at the start of the ring, and so hardly any key.
    const nodes = state.nodes.map((node) => (node.id === before ? { ...node, tokens: [token] } : node));
    cluster.publish({ ...state, nodes });
    cluster.sent.length = 0;
    for (let round = 0; round < 12; round += 1) await read(batchOf(['sku-1']));
    expect(ownersOf(cluster.sent)).not.toContain(before);
  });

  it('answers and lives on when planning itself fails', async () => {
    const { cluster, read } = setUpReader();
    const state = cluster.state();
    cluster.publish({ ...state, nodes: state.nodes.map((node) => ({ ...node, tokens: ['no token'] })) });
    const result = await read(batchOf(['sku-1']));
    expect(result.outcomes).toEqual([{ status: 'error', problem: 'internal' }]);
  });

  it('passes the trace context on with every message, the retry included', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { cluster, read } = setUpReader();
    cluster.answer = () => failing('overloaded');
    await read(batchOf(['sku-1'], { traceparent }));
    expect(cluster.sent.map((message) => message.traceparent)).toEqual([traceparent, traceparent]);
  });

  it('tells the time from the first message to the last outcome, and none where nothing was sent', async () => {
    const { clock, cluster, read } = setUpReader();
    await clock.advance(100);
    cluster.answer = (request) =>
      new Promise((resolve) => clock.after(7, () => resolve([echoRow(request, request.keys[0] ?? [])])));
    const pending = read(batchOf(['sku-1']));
    await clock.advance(20);
    expect((await pending).report.span).toEqual({ fromMs: 100, toMs: 107 });
    expect((await read(batchOf(['sku-1'], { deadlineMs: 0 }))).report.span).toBeUndefined();
  });

  it('pipelines keys that no single IN can carry, and joins those that one can', async () => {
    const table = makeTable('carts', ['shop', 'user'], [], ['total']);
    const { cluster, read } = setUpReader();
    const pair = (shop: string, user: string) => [nodeText.utf8(shop), nodeText.utf8(user)];
    const keys = [pair('a', '1'), pair('a', '2'), pair('b', '1'), pair('ab', '1'), pair('a', 'b1')];
    const selection = selectAll(table);
    const result = await read({ ...batchOf([]), selection, keys });
    expect(result.outcomes.every((outcome) => outcome.status === 'found')).toBe(true);
    for (const message of cluster.sent) {
      expect(new Set(message.keys.map(([shop]) => nodeText.fromUtf8(shop as Uint8Array))).size).toBe(1);
    }
    expect(cluster.sent.flatMap((message) => message.keys)).toHaveLength(5);
  });

  it('costs one request, not the process, when its own code fails', async () => {
    const { read } = setUpReader();
    const good = batchOf(['sku-1']);
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
