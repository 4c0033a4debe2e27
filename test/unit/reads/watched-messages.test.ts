import { describe, expect, it } from 'vitest';
import { replicaErrorNames, replicaErrorPolicies } from '../../../src/core/errors.ts';
import { createNodeHealth } from '../../../src/core/routing/node-health.ts';
import type { SpeculativeRetry } from '../../../src/core/speculation/speculative-retry.ts';
import { batchOf, setUpReader } from '../../support/batch-reads.ts';
import { createScriptedHealth, type HealthNote, type ScriptedHealth } from '../../support/scripted-health.ts';
import { endAs, followSteps, type Step } from '../../support/scripted-steps.ts';

const none: SpeculativeRetry = { kind: 'none' };
const at150: SpeculativeRetry = { kind: 'fixed', delayMs: 150 };

/** What the health of the nodes is told while one key is read. */
async function notesOf(steps: readonly Step[], rule: SpeculativeRetry, deadlineMs = 1_000) {
  let health: ScriptedHealth | undefined;
  const { clock, cluster, read } = setUpReader({
    health: (time) => {
      health = createScriptedHealth(time);
      return health;
    },
  });
  followSteps(cluster, clock, steps);
  const pending = read(batchOf(['sku-1'], { speculation: [rule], deadlineMs }));
  await clock.advance(5_000);
  await pending;
  return health?.notes;
}

interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly rule: SpeculativeRetry;
  readonly deadlineMs?: number;
  /** By message. */
  readonly notes: readonly (readonly HealthNote[])[];
}

const cases: readonly Case[] = [
  {
    name: 'says only that it was answered when that was in time',
    steps: [['rows', 20]],
    rule: at150,
    notes: [[['answered', 20]]],
  },
  {
    name: 'says that it is overdue at its hedge time, and that the hedge was in time',
    steps: [
      ['rows', 300],
      ['rows', 5],
    ],
    rule: at150,
    notes: [
      [
        ['overdue', 150],
        ['answered', 300],
      ],
      [['answered', 155]],
    ],
  },
  {
    name: 'says that it is overdue at the end of its patience, where it is never hedged',
    steps: [['rows', 700]],
    rule: none,
    notes: [
      [
        ['overdue', 500],
        ['answered', 700],
      ],
    ],
  },
  {
    name: 'blames at the deadline the node that had the whole patience of the table, and only suspects the other',
    steps: [['never'], ['never']],
    rule: at150,
    notes: [
      [
        ['overdue', 150],
        ['failed', 1_000],
      ],
      [
        ['overdue', 300],
        ['dismissed', 1_000],
      ],
    ],
  },
  {
    name: 'suspects at the end of half of the time left, where the hedge time comes with the deadline or never',
    steps: [['never']],
    rule: { kind: 'fixed', delayMs: 1_000 },
    notes: [
      [
        ['overdue', 500],
        ['failed', 1_000],
      ],
    ],
  },
  {
    name: 'blames nobody, and suspects, where the caller was more impatient than the rule',
    steps: [['never']],
    rule: at150,
    deadlineMs: 120,
    notes: [
      [
        ['overdue', 100],
        ['dismissed', 120],
      ],
    ],
  },
  {
    name: 'suspects only the node that had some time when the hedge was sent late',
    steps: [['never'], ['never']],
    rule: at150,
    deadlineMs: 200,
    notes: [
      [
        ['overdue', 100],
        ['dismissed', 200],
      ],
      [['dismissed', 200]],
    ],
  },
  {
    name: 'says that the hedge is overdue in time, though the batch has ended',
    steps: [
      ['rows', 160],
      ['rows', 400],
    ],
    rule: at150,
    notes: [
      [
        ['overdue', 150],
        ['answered', 160],
      ],
      [
        ['overdue', 300],
        ['answered', 550],
      ],
    ],
  },
  {
    name: 'blames a node that an orphan waited for in vain',
    steps: [
      ['rows', 160],
      ['client-timeout', 1_000],
    ],
    rule: at150,
    notes: [
      [
        ['overdue', 150],
        ['answered', 160],
      ],
      [
        ['overdue', 300],
        ['failed', 1_150],
      ],
    ],
  },
];

describe('the health of a node', () => {
  it('after a fault of Weir itself: the message is dismissed', async () => {
    let health: ScriptedHealth | undefined;
    const { cluster, read, told } = setUpReader({
      health: (time) => {
        health = createScriptedHealth(time);
        return health;
      },
    });
    cluster.answer = () => Promise.reject(new TypeError('a value that cannot be decoded'));
    await read(batchOf(['sku-1']));
    expect(health?.notes).toEqual([[['dismissed', 0]]]);
    expect(told.faults).toHaveLength(1);
  });

  it.each(cases)('$name', async ({ steps, rule, deadlineMs, notes }) => {
    expect(await notesOf(steps, rule, deadlineMs)).toEqual(notes);
  });

  const errors = replicaErrorNames
    .filter((kind) => kind !== 'client-timeout')
    .map((kind) => [kind, replicaErrorPolicies[kind].blamesNode ? 'failed' : 'dismissed'] as const);
  it.each(errors)('after %s: the message is %s', async (kind, note) => {
    const notes = await notesOf([[kind, 5]], none);
    expect(notes?.[0]).toEqual([[note, 5]]);
  });

  it('is not ruined by callers with little time: one pause makes the node suspect and does not eject it', async () => {
    const { clock, cluster, read, health } = setUpReader({ health: createNodeHealth });
    health.retain(cluster.state().nodes);
    for (let round = 0; round < 200; round += 1) {
      cluster.answer = (request) => endAs(request, clock, 'rows', 1);
      const pending = read(batchOf([`sku-${round}`]));
      await clock.advance(1);
      await pending;
    }
    cluster.sent.length = 0;
    cluster.answer = (request) => endAs(request, clock, 'rows', 25);
    const deadlineMs = clock.nowMs() + 20;
    const hurried = Array.from({ length: 40 }, () => read(batchOf(['sku-1'], { deadlineMs })));
    await clock.advance(20);
    await Promise.all(hurried);
    const standings = cluster.sent.map(({ node }) => health.standing(node));
    expect(standings).toEqual(Array(40).fill('suspect'));
  });

  it('is blamed by a caller with more time than the patience of the table', async () => {
    let health: ScriptedHealth | undefined;
    const { clock, cluster, read } = setUpReader({
      health: (time) => {
        health = createScriptedHealth(time);
        return health;
      },
    });
    for (let round = 0; round < 200; round += 1) {
      cluster.answer = (request) => endAs(request, clock, 'rows', 1);
      const pending = read(batchOf([`sku-${round}`]));
      await clock.advance(1);
      await pending;
    }
    cluster.answer = () => new Promise(() => {});
    const fromMs = clock.nowMs();
    const pending = read(batchOf(['sku-1'], { deadlineMs: fromMs + 120 }));
    await clock.advance(120);
    await pending;
    expect(health?.notes.at(-1)).toEqual([
      ['overdue', fromMs + 100],
      ['failed', fromMs + 120],
    ]);
  });

  it('is not blamed for a timeout that came before the message was overdue', async () => {
    expect(await notesOf([['client-timeout', 50]], at150)).toEqual([[['dismissed', 50]]]);
  });
});
