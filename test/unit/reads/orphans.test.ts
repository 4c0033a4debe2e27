import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { ReadBatch } from '../../../src/core/reads/key-reader.ts';
import { createNodeHealth } from '../../../src/core/routing/node-health.ts';
import type { SpeculativeRetry } from '../../../src/core/speculation/speculative-retry.ts';
import { batchOf, setUpReader } from '../../support/batch-reads.ts';
import { createScriptedHealth, type ScriptedHealth } from '../../support/scripted-health.ts';
import { endAs, followSteps, type Step } from '../../support/scripted-steps.ts';

const at15: SpeculativeRetry = { kind: 'fixed', delayMs: 15 };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** One key, hedged at 15 ms, whose first message becomes an orphan at 20. */
async function orphanOf(step: Step, deadlineMs = 1_000) {
  let health: ScriptedHealth | undefined;
  const reader = setUpReader({
    health: (time) => {
      health = createScriptedHealth(time);
      return health;
    },
  });
  const { clock, cluster, read } = reader;
  followSteps(cluster, clock, [step, ['rows', 5]]);
  const pending = read(batchOf(['sku-1'], { speculation: [at15], deadlineMs }));
  await clock.advance(20);
  await pending;
  return { ...reader, notes: () => health?.notes[0] };
}

describe('an orphan whose batch has ended', () => {
  it('is told of when it becomes overdue, not only when it ends', async () => {
    const { clock, notes } = await orphanOf(['never']);
    await clock.advance(79);
    expect(notes()).toEqual([]);
    await clock.advance(1);
    expect(notes()).toEqual([['overdue', 100]]);
    expect(clock.pending()).toBe(0);
  });

  it('makes its node suspect', async () => {
    const { clock, cluster, health, read } = setUpReader({ health: createNodeHealth });
    health.retain(cluster.state().nodes);
    followSteps(cluster, clock, [['never'], ['rows', 5]]);
    const pending = read(batchOf(['sku-1'], { speculation: [at15] }));
    await clock.advance(100);
    await pending;
    expect(cluster.sent.map(({ node }) => health.standing(node))).toEqual(['suspect', 'well']);
  });

  it('is late when it is answered long after a deadline that came too soon to say so', async () => {
    const { clock, notes } = await orphanOf(['rows', 500], 40);
    await clock.advance(1_000);
    expect(notes()).toEqual([
      ['overdue', 100],
      ['answered', 500],
    ]);
  });

  it('needs no timer once it has been answered', async () => {
    const { clock, notes } = await orphanOf(['rows', 60]);
    expect(clock.pending()).toBe(2);
    await clock.advance(40);
    expect(notes()).toEqual([['answered', 60]]);
    expect(clock.pending()).toBe(0);
  });

  it('needs none where the deadline has ended it', async () => {
    const { clock, cluster, read } = setUpReader();
    followSteps(cluster, clock, [['never']]);
    const pending = read(batchOf(['sku-1'], { deadlineMs: 50 }));
    await clock.advance(50);
    await pending;
    expect(clock.pending()).toBe(0);
  });

  it('is not hedged any more', async () => {
    const { clock, cluster } = await orphanOf(['never']);
    await clock.advance(2_000);
    expect(cluster.sent).toHaveLength(2);
  });

  it('has its faults told of, though nobody waits for it', async () => {
    const { clock, cluster, read, told } = setUpReader();
    let breakIt: (fault: unknown) => void = () => {};
    cluster.answer = (request) => {
      if (cluster.sent.length > 1) return endAs(request, clock, 'rows', 5);
      return new Promise((_resolve, reject) => {
        breakIt = reject;
      });
    };
    const pending = read(batchOf(['sku-1'], { speculation: [at15] }));
    await clock.advance(20);
    await pending;
    breakIt(new TypeError('a fault of ours'));
    await clock.advance(0);
    expect(told.faults).toHaveLength(1);
  });

  it('keeps neither the batch nor its outcomes in memory', async () => {
    const reader = setUpReader();
    const { clock, cluster, inFlight } = reader;
    const answers: (() => void)[] = [];
    cluster.answer = (request) => {
      if (cluster.sent.length > 1) return endAs(request, clock, 'rows', 5);
      // As the adapter does, the test holds on to the promise of the message.
      return new Promise((resolve) => void answers.push(() => resolve([])));
    };
    const held = await readAndForget(reader);
    cluster.sent.length = 0;
    await clock.advance(2_000);
    collectGarbage();
    expect(held.map((one) => one.deref())).toEqual([undefined, undefined]);
    expect(inFlight.messages().size).toBe(1);
    for (const answer of answers) answer();
    await clock.advance(0);
    expect(inFlight.messages().size).toBe(0);
  });
});

/** The batch and its outcomes, held weakly. */
async function readAndForget({
  clock,
  read,
}: ReturnType<typeof setUpReader>): Promise<readonly WeakRef<object>[]> {
  const batch: ReadBatch = batchOf(['sku-1'], { speculation: [at15] });
  const pending = read(batch);
  await clock.advance(20);
  const { outcomes } = await pending;
  return [new WeakRef<object>(batch), new WeakRef<object>(outcomes)];
}
