import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { allowsHedge, replicaErrorNames } from '../../../src/core/errors.ts';
import type { ReplicaRead } from '../../../src/core/ports.ts';
import type { SpeculativeRetry } from '../../../src/core/speculation/speculative-retry.ts';
import { batchOf, selectAll, setUpReader, skus } from '../../support/batch-reads.ts';
import { makeState } from '../../support/rings.ts';
import { makeTable } from '../../support/scripted-cluster.ts';
import { endAs, followSteps } from '../../support/scripted-steps.ts';

const at15: SpeculativeRetry = { kind: 'fixed', delayMs: 15 };
const oneKeyAMessage = { ...batchOf([]).settings, maxKeysPerGroup: 1 };

describe('a message that is late, after another one of the batch has failed', () => {
  const policies = replicaErrorNames.map((kind) => [kind, allowsHedge(kind)] as const);
  it.each(policies)('with %s, is hedged: %s', async (kind, isHedged) => {
    const { clock, cluster, read } = setUpReader();
    followSteps(cluster, clock, [[kind, 5], ['never']]);
    const pending = read(batchOf(skus(2), { speculation: [at15], settings: oneKeyAMessage }));
    await clock.advance(1_000);
    expect((await pending).report.hedges).toBe(isHedged ? 1 : 0);
  });
});

/** Teaches the table that a key takes about 10 ms. */
async function teach({ clock, cluster, read }: ReturnType<typeof setUpReader>): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    cluster.answer = (request) => endAs(request, clock, 'rows', 10);
    const pending = read(batchOf([`sku-${round}`]));
    await clock.advance(10);
    await pending;
  }
  cluster.sent.length = 0;
}

describe('a hedge that cannot help', () => {
  it.each([
    [24, 1, 'less than the usual time is left'],
    [26, 2, 'the usual time is left'],
  ])('within %i ms makes %i messages: at 15 ms %s', async (withinMs, messages) => {
    const reader = setUpReader();
    const { clock, cluster, read, timing } = reader;
    await teach(reader);
    expect(timing.medianMs(1)).toBeCloseTo(10);
    cluster.answer = () => new Promise(() => {});
    const pending = read(batchOf(['sku-1'], { speculation: [at15], deadlineMs: clock.nowMs() + withinMs }));
    await clock.advance(withinMs);
    await pending;
    expect(cluster.sent).toHaveLength(messages);
  });
});

describe('a batch that is hedged', () => {
  const keysOf = (request: ReplicaRead | undefined) =>
    (request?.keys ?? []).map(([bytes]) => nodeText.fromUtf8(bytes as Uint8Array));

  it('covers the keys of all late messages again, together, over owners that were not asked', async () => {
    const { clock, cluster, read } = setUpReader();
    const settings = { ...oneKeyAMessage, maxKeysPerGroup: 5 };
    const late = new Set<string>();
    cluster.answer = (request) => {
      const isFirst = clock.nowMs() === 0;
      // One in two of the nodes is silent.
      if (isFirst && cluster.sent.length % 2 === 1) for (const key of keysOf(request)) late.add(key);
      return endAs(request, clock, isFirst && cluster.sent.length % 2 === 1 ? 'never' : 'rows', 2);
    };
    const pending = read(batchOf(skus(50), { speculation: [at15], settings }));
    await clock.advance(1);
    const first = cluster.sent.splice(0);
    await clock.advance(30);
    const { outcomes, report } = await pending;
    expect(outcomes.every(({ status }) => status === 'found')).toBe(true);
    expect(new Set(cluster.sent.flatMap(keysOf))).toEqual(late);
    expect(cluster.sent.flatMap(keysOf)).toHaveLength(late.size);
    expect(report.hedges).toBe(cluster.sent.length);
    expect(cluster.sent.length).toBeLessThan(first.filter((_, index) => index % 2 === 0).length + 3);
    for (const hedge of cluster.sent) {
      for (const key of keysOf(hedge)) {
        const asked = first.find((request) => keysOf(request).includes(key));
        expect(hedge.node.id).not.toBe(asked?.node.id);
      }
    }
  });

  it('spends what is left of the budget on the largest messages', async () => {
    const { clock, cluster, read, told } = setUpReader({ hedges: 1 });
    const carts = makeTable('carts', ['shop', 'user'], [], ['total']);
    const pairs = [
      ['a', '1'],
      ['b', '1'],
      ['b', '2'],
      ['b', '3'],
    ] as const;
    const keys = pairs.map((pair) => pair.map((part) => nodeText.utf8(part)));
    const state = makeState([{ nodes: 2, racks: 2, replicationFactor: 2, datacenter: 'front' }]);
    cluster.publish(state);
    cluster.answer = (request) => endAs(request, clock, clock.nowMs() === 0 ? 'never' : 'rows', 1);
    const pending = read({ ...batchOf([], { speculation: [at15] }), selection: selectAll(carts), keys });
    await clock.advance(0);
    const before = cluster.sent.length;
    await clock.advance(20);
    const [hedge, ...more] = cluster.sent.slice(before);
    expect(more).toEqual([]);
    expect(hedge?.keys.length).toBe(
      Math.max(...cluster.sent.slice(0, before).map(({ keys }) => keys.length)),
    );
    expect(told.hedges['denied']).toBeGreaterThan(0);
    await clock.advance(1_000);
    await pending;
  });

  it('hedges only the keys that are missing, once each, also where messages are late at different times', async () => {
    const { clock, cluster, read, told } = setUpReader();
    cluster.answer = (request) => endAs(request, clock, clock.nowMs() < 100 ? 'never' : 'rows', 1);
    const rule: SpeculativeRetry = { kind: 'fixed', delayMs: 100 };
    const pending = read(batchOf(skus(30), { speculation: [rule] }));
    await clock.advance(1);
    const first = cluster.sent.length;
    await clock.advance(200);
    const { outcomes } = await pending;
    expect(outcomes.every(({ status }) => status === 'found')).toBe(true);
    expect(cluster.sent.slice(first).flatMap(({ keys }) => keys)).toHaveLength(30);
    expect(told.orphans).toBe(first);
  });

  it('reports a fault of its own while hedging, and still takes the answer of the first message', async () => {
    const { clock, cluster, read, told } = setUpReader();
    followSteps(cluster, clock, [['rows', 30]]);
    const pending = read(batchOf(['sku-1'], { speculation: [at15] }));
    await clock.advance(1);
    cluster.isUp = () => {
      throw new TypeError('a fault of ours');
    };
    await clock.advance(30);
    expect((await pending).outcomes[0]?.status).toBe('found');
    expect(told.faults).toHaveLength(1);
  });

  it('waits for nothing when it has ended: no timer is left', async () => {
    const { clock, read } = setUpReader();
    await read(batchOf(skus(50), { speculation: [at15] }));
    expect(clock.pending()).toBe(0);
  });

  it('sets one timer, however many messages there are', async () => {
    const { clock, cluster, read } = setUpReader();
    cluster.answer = () => new Promise(() => {});
    const pending = read(batchOf(skus(50), { speculation: [at15] }));
    expect(cluster.sent.length).toBeGreaterThan(1);
    expect(clock.pending()).toBe(1);
    await clock.advance(1_000);
    await pending;
  });

  it('gives each outcome to its listener at once, and once', async () => {
    const { clock, cluster, read } = setUpReader();
    const heard: [number, number][] = [];
    cluster.answer = (request) => endAs(request, clock, 'rows', cluster.sent.length === 1 ? 5 : 40);
    const onOutcome = (key: number) => void heard.push([key, clock.nowMs()]);
    const pending = read(batchOf(skus(50), { speculation: [{ kind: 'none' }], onOutcome }));
    await clock.advance(50);
    await pending;
    expect(heard.map(([key]) => key).toSorted((a, b) => a - b)).toEqual([...Array(50).keys()]);
    expect(new Set(heard.map(([, atMs]) => atMs))).toEqual(new Set([5, 40]));
  });
});
