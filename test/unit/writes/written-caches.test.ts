import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { CacheSettings } from '../../../src/core/cache/cache-settings.ts';
import type { Invalidation } from '../../../src/core/cache/invalidation.ts';
import { keyIdentity } from '../../../src/core/reads/key-identity.ts';
import { createMessageBudget } from '../../../src/core/reads/message-budget.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';
import {
  endWrites,
  keyText,
  openScriptedWrites,
  productRows,
  type ScriptedWritesOptions,
} from '../../support/scripted-writes.ts';

const cache: CacheSettings = { ttlMs: 60_000, missingTtlMs: 5_000, staleIfErrorMs: 0 };
const untold = 'other instances could not be told; their cached rows live up to their ttl';
const steps = (told: readonly Invalidation[]) =>
  told.map(({ partitions, settleMs }) => [partitions, settleMs]);

/** Reads bring what the replica has: the version of the last write that has reached it. */
function openVersions(options: ScriptedWritesOptions = {}) {
  const scene = openScriptedWrites([products], {
    settings: { cache, speculativeRetry: { kind: 'none' } },
    ...options,
  });
  const replica = { version: 'old', reads: 0 };
  scene.cluster.answer = async (read) => {
    replica.reads += 1;
    const { version } = replica;
    return read.keys.map((key) => ({ key, values: read.statement.columns.map(() => version) }));
  };
  const title = async () => {
    const { json } = await scene.ask('products', { keys: ['a'], columns: ['title'] });
    return json.results[0].rows[0].title as string;
  };
  return { ...scene, scene, replica, title };
}

describe('rows in the cache', () => {
  it('are gone when the write is answered, and what a lagging replica brings meanwhile is not kept', async () => {
    const { write, replica, title, clock, told } = openVersions();
    expect([await title(), await title(), replica.reads]).toEqual(['old', 'old', 1]);
    await write('products', productRows('a'));
    // The replica that is asked lacks the write until it has settled.
    expect([await title(), await title(), replica.reads]).toEqual(['old', 'old', 3]);
    replica.version = 'new';
    await clock.advance(2_000);
    expect([await title(), await title(), replica.reads]).toEqual(['new', 'new', 4]);
    expect(steps(told)).toEqual([
      [['a'], 2_000],
      [['a'], 0],
    ]);
  });

  it('are not those of a read that began before the write and ends after it has settled', async () => {
    const { write, replica, title, clock, cluster, ask } = openVersions();
    const { answer } = cluster;
    cluster.answer = async (read) => {
      const rows = await answer(read);
      await new Promise<void>((resolve) => void clock.after(2_500, resolve));
      return rows;
    };
    const slow = ask('products', { keys: ['a'], columns: ['title'] }, { deadlineMs: 5_000 });
    await clock.advance(1);
    cluster.answer = answer;
    await write('products', productRows('a'));
    replica.version = 'new';
    expect((await clock.runUntil(slow)).json.results[0].rows).toEqual([{ title: 'old' }]);
    expect(await title()).toBe('new');
  });

  it('of other partitions stay', async () => {
    const { write, replica, title } = openVersions();
    await title();
    await write('products', productRows('b'));
    await title();
    expect(replica.reads).toBe(1);
  });
});

describe('a table whose cache begins after a write of which nobody was told', () => {
  it('is answered without the write for no longer than that takes to settle', async () => {
    const { scene, replica, title, clock } = openVersions();
    expect(await title()).toBe('old');
    const { settling } = scene;
    await settling.cacheBegun({ keyspace: 'shop', table: 'products', settleMs: 2_000 });
    // What was kept before is gone; the replica that is asked lacks the write.
    expect([await title(), await title(), replica.reads]).toEqual(['old', 'old', 2]);
    replica.version = 'new';
    await clock.advance(2_000);
    expect([await title(), await title(), replica.reads]).toEqual(['new', 'new', 3]);
  });
});

describe('what caches are told of', () => {
  it('is each partition once, by its own name, whatever is done to its rows', async () => {
    const orders = makeTable('orders', ['customer', 'year'], ['day'], ['note']);
    const { write, told } = openScriptedWrites([orders]);
    const whole = { customer: 'ann', year: '26', day: 'd' };
    const rows = [
      { values: { ...whole, note: 'x' } },
      { delete: whole },
      { deletePartition: { customer: 'bob', year: '26' } },
    ];
    await write('orders', { rows });
    const identity = (...key: string[]) =>
      keyIdentity(
        key.map((component) => nodeText.utf8(component)),
        nodeText,
      );
    expect(steps(told)).toEqual([[[identity('ann', '26'), identity('bob', '26')], 2_000]]);
  });

  it('is also a row that failed after it was sent, but none that was not', async () => {
    const { scene, write, told, clock, throttled } = openLimited(2);
    scene.respond = endWrites(clock, ({ changes }) =>
      changes.some((change) => keyText(change) === 'b') ? ['write-timeout'] : ['ok'],
    );
    await clock.runUntil(write('products', productRows('a', 'b', 'c')));
    expect(throttled()).toBe(1);
    expect(steps(told)).toEqual([[['a', 'b'], 2_000]]);
  });

  it('is a row once more when its acknowledgement comes after the deadline', async () => {
    const { scene, write, told, clock } = openVersions({ retryBudget: createMessageBudget(0, 0) });
    scene.respond = endWrites(clock, ({ changes }) =>
      changes.some((change) => keyText(change) === 'b') ? ['ok', 1_500] : ['ok'],
    );
    const pending = write('products', productRows('a', 'b'));
    await clock.advance(1_000);
    expect((await pending).json.summary).toEqual({ written: 1, error: 1, unprocessed: 0 });
    expect(steps(told)).toEqual([[['a', 'b'], 2_000]]);
    await clock.advance(500);
    expect(steps(told).slice(1)).toEqual([[['b'], 2_000]]);
    await clock.runUntilIdle();
    expect(steps(told).slice(2)).toEqual([
      [['a', 'b'], 0],
      [['b'], 0],
    ]);
  });

  it('is nothing where nothing was sent, or nothing is cached', async () => {
    const down = openVersions();
    for (const { id } of down.cluster.state().nodes) down.cluster.down.add(id);
    await down.write('products', productRows('a'));
    expect(down.told).toEqual([]);
    const uncached = openScriptedWrites([products], { isCached: false });
    expect((await uncached.write('products', productRows('a'))).json.summary.written).toBe(1);
    expect(uncached.told).toEqual([]);
  });
});

function openLimited(units: number) {
  let asked = 0;
  const throttle = {
    admit: (ask: { readonly units: number }) => {
      asked += 1;
      const granted = Math.min(units, ask.units);
      const refusal = { reason: 'over', retryAfterMs: 40, violated: ['write'] } as const;
      return { granted, refusal, waitedMs: 0, settle() {} };
    },
    pace: () => undefined,
  };
  const scene = openVersions({
    throttle: throttle as unknown as NonNullable<ScriptedWritesOptions['throttle']>,
  });
  return { ...scene, throttled: () => asked };
}

describe('the other instances', () => {
  it('are told before the answer', async () => {
    const { write, clock } = openVersions({ tellingMs: 30 });
    const pending = write('products', productRows('a'));
    await clock.advance(29);
    let isAnswered = false;
    void pending.then(() => {
      isAnswered = true;
    });
    await clock.advance(0);
    expect(isAnswered).toBe(false);
    const { json } = await clock.runUntil(pending);
    expect(clock.nowMs()).toBe(30);
    expect(json).not.toHaveProperty('warnings');
  });

  it.each([
    ['cannot be told', { reach: 'instance' }, 0],
    ['take too long to be told', { tellingMs: 3_000 }, 40],
  ] as const)('are warned of where they %s', async (_why, options, atMs) => {
    const { write, clock } = openVersions(options);
    const { json, problem } = await clock.runUntil(write('products', productRows('a')));
    expect(problem).toBeUndefined();
    expect(json.warnings).toEqual([untold]);
    expect(clock.nowMs()).toBe(atMs);
  });
});
