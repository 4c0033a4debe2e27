import { describe, expect, it } from 'vitest';
import type { KeyOutcome } from '../../../src/core/reads/key-reader.ts';
import type { SpeculativeRetry } from '../../../src/core/speculation/speculative-retry.ts';
import { batchOf, type ReaderOptions, setUpReader } from '../../support/batch-reads.ts';
import { makeState } from '../../support/rings.ts';
import { followSteps, type Step } from '../../support/scripted-steps.ts';

const at15: SpeculativeRetry = { kind: 'fixed', delayMs: 15 };

/** Reads one key, hedged at 15 ms, from three owners that answer by the steps. */
async function readOne(steps: readonly Step[], options: ReaderOptions & { rule?: SpeculativeRetry } = {}) {
  const reader = setUpReader(options);
  const { clock, cluster, read, told } = reader;
  const sent = followSteps(cluster, clock, steps);
  let settledMs: number | undefined;
  const pending = read(batchOf(['sku-1'], { speculation: [options.rule ?? at15] })).then((result) => {
    settledMs = clock.nowMs();
    return result;
  });
  await clock.advance(2_000);
  const { outcomes, report } = await pending;
  return { ...reader, sent, settledMs, outcome: outcomes[0], report, told };
}

const short = (outcome: KeyOutcome | undefined) =>
  outcome?.status === 'error' ? outcome.problem : outcome?.status;

interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  /** When the messages are sent. */
  readonly sent: readonly number[];
  readonly ends: readonly [outcome: string, atMs: number];
  readonly hedges?: object;
  readonly retries?: number;
  readonly orphans?: number;
}

const cases: readonly Case[] = [
  {
    name: 'is not hedged when it is answered in time',
    steps: [['rows', 14]],
    sent: [0],
    ends: ['found', 14],
  },
  {
    name: 'takes the row of the hedge when that comes first',
    steps: [
      ['rows', 100],
      ['rows', 5],
    ],
    sent: [0, 15],
    ends: ['found', 20],
    hedges: { won: 1 },
    orphans: 1,
  },
  {
    name: 'takes the row of the first message when that comes first',
    steps: [
      ['rows', 17],
      ['rows', 50],
    ],
    sent: [0, 15],
    ends: ['found', 17],
    hedges: { lost: 1 },
    orphans: 1,
  },
  {
    name: 'takes the answer that there is no row as an answer',
    steps: [['never'], ['nothing', 5]],
    sent: [0, 15],
    ends: ['missing', 20],
    hedges: { won: 1 },
    orphans: 1,
  },
  {
    name: 'takes the good answer when the first answer of a hedge is an error',
    steps: [
      ['rows', 40],
      ['read-failure', 5],
      ['rows', 90],
    ],
    sent: [0, 15, 20],
    ends: ['found', 40],
    hedges: { failed: 1 },
    retries: 1,
    orphans: 1,
  },
  {
    name: 'takes the row of the hedge when the first message fails after it was sent',
    steps: [['unavailable', 18], ['rows', 10], ['never']],
    sent: [0, 15, 18],
    ends: ['found', 25],
    hedges: { won: 1 },
    retries: 1,
    orphans: 1,
  },
  {
    name: 'waits for the hedge when the first message fails with what no retry can help',
    steps: [
      ['rejected', 18],
      ['rows', 10],
    ],
    sent: [0, 15],
    ends: ['found', 25],
    hedges: { won: 1 },
  },
  {
    name: 'ends with an error when both fail, and only then',
    steps: [
      ['rejected', 18],
      ['rejected', 10],
    ],
    sent: [0, 15],
    ends: ['replica-rejected', 25],
    hedges: { failed: 1 },
  },
  {
    name: 'ends with the last error when all three owners fail',
    steps: [
      ['read-timeout', 20],
      ['read-failure', 20],
      ['connection-lost', 20],
    ],
    sent: [0, 15, 20],
    ends: ['connection-lost', 40],
    hedges: { failed: 1 },
    retries: 1,
  },
  {
    name: 'hedges a retry at its own time',
    steps: [['unavailable', 5], ['never'], ['rows', 5]],
    sent: [0, 5, 20],
    ends: ['found', 25],
    hedges: { won: 1 },
    retries: 1,
    orphans: 1,
  },
  {
    name: 'does not hedge after an overload',
    steps: [
      ['overloaded', 5],
      ['rows', 60],
    ],
    sent: [0, 5],
    ends: ['found', 65],
    retries: 1,
  },
  {
    name: 'is hedged once: two silent owners are not followed by a third',
    steps: [['never'], ['never']],
    sent: [0, 15],
    ends: ['replica-timeout', 1_000],
    orphans: 2,
  },
  {
    name: 'tells the error that it has when the other message is still silent at the deadline',
    steps: [['rejected', 20], ['never']],
    sent: [0, 15],
    ends: ['replica-rejected', 1_000],
    orphans: 1,
  },
];

describe('a key that is hedged', () => {
  it.each(cases)('$name', async ({ steps, sent, ends, hedges = {}, retries = 0, orphans = 0 }) => {
    const read = await readOne(steps);
    expect(read.sent.map(({ atMs }) => atMs)).toEqual(sent);
    expect([short(read.outcome), read.settledMs]).toEqual(ends);
    expect(read.told.hedges).toEqual(hedges);
    expect(read.told.orphans).toBe(orphans);
    expect(read.report.retries).toBe(retries);
    expect(read.report.hedges).toBe(sent.length - 1 - retries);
    expect(new Set(read.sent.map(({ node }) => node)).size).toBe(sent.length);
  });

  it('is sent to two owners at once where the rule is ALWAYS', async () => {
    const { sent, told } = await readOne([['rows', 9]], { rule: { kind: 'always' } });
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 0]);
    expect(told.hedges).toEqual({ won: 1 });
  });

  it('is sent to two owners in the same turn where the rule is ALWAYS, without a timer between', async () => {
    const { cluster, read } = setUpReader();
    cluster.answer = () => new Promise(() => {});
    void read(batchOf(['sku-1'], { speculation: [{ kind: 'always' }] }));
    expect(cluster.sent).toHaveLength(2);
  });

  it('is never hedged where the rule is NONE', async () => {
    const { sent, told } = await readOne([['rows', 900]], { rule: { kind: 'none' } });
    expect(sent).toHaveLength(1);
    expect(told.hedges).toEqual({});
  });

  it('is hedged when the latest of several rules has come', async () => {
    const { clock, cluster, read } = setUpReader();
    const sent = followSteps(cluster, clock, [['never']]);
    const pending = read(batchOf(['sku-1'], { speculation: [at15, { kind: 'fixed', delayMs: 40 }] }));
    await clock.advance(100);
    await pending;
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 40]);
  });

  it('waits for the first message where the budget is spent', async () => {
    const { sent, told, settledMs } = await readOne([['rows', 30]], { hedges: 0 });
    expect(sent).toHaveLength(1);
    expect(settledMs).toBe(30);
    expect(told.hedges).toEqual({ denied: 1 });
  });

  it('is hedged when it is twice as late, where the budget had nothing left at first', async () => {
    const { clock, cluster, read, told, hedgeBudget } = setUpReader({ hedges: 0 });
    const sent = followSteps(cluster, clock, [['never'], ['rows', 5]]);
    const pending = read(batchOf(['sku-1'], { speculation: [at15] }));
    await clock.advance(50);
    expect(told.hedges).toEqual({ denied: 2 });
    hedgeBudget.left = 1;
    await clock.advance(50);
    expect((await pending).outcomes[0]?.status).toBe('found');
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 60]);
    expect(told.hedges).toEqual({ denied: 2, won: 1 });
  });

  it('is alone where there is no other owner in the datacenters of the caller', async () => {
    const state = makeState([
      { nodes: 3, racks: 3, replicationFactor: 1, datacenter: 'front' },
      { nodes: 3, racks: 3, replicationFactor: 1, datacenter: 'other' },
    ]);
    const { sent, told } = await readOne([['rows', 30]], { state });
    expect(sent).toHaveLength(1);
    expect(told.hedges).toEqual({ alone: 1 });
  });

  it('is not hedged in a fallback datacenter: a slow owner is a usable one', async () => {
    const state = makeState([
      { nodes: 3, racks: 3, replicationFactor: 1, datacenter: 'front' },
      { nodes: 3, racks: 3, replicationFactor: 1, datacenter: 'other' },
    ]);
    const { clock, cluster, read, told } = setUpReader({ state });
    followSteps(cluster, clock, [['rows', 30]]);
    const pending = read(batchOf(['sku-1'], { speculation: [at15], datacenters: ['front', 'other'] }));
    await clock.advance(40);
    expect((await pending).outcomes[0]?.status).toBe('found');
    expect(cluster.sent.map(({ node }) => node.datacenter)).toEqual(['front']);
    expect(told.hedges).toEqual({ alone: 1 });
  });

  it('is not hedged in a fallback datacenter either while other keys of the batch are late there', async () => {
    const state = makeState([
      { nodes: 3, racks: 3, replicationFactor: 1, datacenter: 'front' },
      { nodes: 3, racks: 3, replicationFactor: 1, datacenter: 'other' },
    ]);
    const { clock, cluster, read } = setUpReader({ state });
    const keys = Array.from({ length: 12 }, (_, index) => `sku-${index}`);
    const lost = state.nodes.find(({ datacenter }) => datacenter === 'front');
    if (lost !== undefined) cluster.down.add(lost.id);
    followSteps(
      cluster,
      clock,
      Array.from({ length: 12 }, () => ['rows', 30] as const),
    );
    const pending = read(batchOf(keys, { speculation: [at15], datacenters: ['front', 'other'] }));
    await clock.advance(40);
    expect((await pending).outcomes.map(({ status }) => status)).toEqual(keys.map(() => 'found'));
    expect(cluster.sent.flatMap(({ keys: sent }) => sent)).toHaveLength(keys.length);
    expect(new Set(cluster.sent.map(({ node }) => node.datacenter))).toEqual(new Set(['front', 'other']));
  });

  it('is alone where the other owners have no room for a message', async () => {
    const { clock, cluster, read, told } = setUpReader({ inFlightPerHost: 1 });
    followSteps(cluster, clock, [['never'], ['never'], ['never']]);
    const pending = [1, 2, 3].map(() => read(batchOf(['sku-1'], { speculation: [at15] })));
    await clock.advance(20);
    expect(cluster.sent).toHaveLength(3);
    expect(told.hedges).toEqual({ alone: 3 });
    await clock.advance(1_000);
    await Promise.all(pending);
  });

  it('is alone where no more keys may be under way', async () => {
    const { clock, cluster, read, told } = setUpReader({ keysInFlight: 1 });
    followSteps(cluster, clock, [['rows', 30]]);
    const pending = read(batchOf(['sku-1'], { speculation: [at15] }));
    await clock.advance(30);
    await pending;
    expect(told.hedges).toEqual({ alone: 1 });
  });
});
