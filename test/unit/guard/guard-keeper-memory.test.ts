import { describe, expect, it } from 'vitest';
import type { Reserves } from '../../../src/core/guard/borrowing.ts';
import { leadMs } from '../../../src/core/guard/guard-keeper.ts';
import { blindAfterMs } from '../../../src/core/guard/steering-in-force.ts';
import type { WrittenLimit } from '../../../src/core/throttle/settings-changes.ts';
import {
  createSteeredFleet,
  factorsOf,
  fastMs,
  guardSettings,
  leadersOf,
  longestBeatMs,
  passSeconds,
  phasesOf,
  report,
  type SteeredFleet,
  type SteeredInstance,
  slowMs,
  startAll,
  startSlowed,
} from '../../support/steered-fleet.ts';

const reserves: Reserves = new Map([['read', new Map([['frontend', 400]])]]);
const limits: ReadonlyMap<string, WrittenLimit> = new Map<string, WrittenLimit>([
  ['fleet:all/read', { rate: 600, burst: 60 }],
  ['nightly-report/scan', { rate: 1_000 }],
]);

/** The highest factor of each, at any moment. */
async function highestWithin(fleet: SteeredFleet, instances: readonly SteeredInstance[], ms: number) {
  let highest = factorsOf(instances);
  for (let passedMs = 0; passedMs < ms; passedMs += 100) {
    await fleet.clock.advance(100);
    highest = factorsOf(instances).map((factor, at) => Math.max(factor, highest[at] ?? 0));
  }
  return highest;
}

function readRate({ book }: SteeredInstance): number | undefined {
  return book.chain(report, 'read').find(({ policy }) => policy === 'class-read')?.limit.rate;
}

describe('an instance that has heard of no decision', () => {
  it('is blind after five seconds without the store, as one that has', async () => {
    const fleet = createSteeredFleet();
    const a = fleet.add('a');
    await fleet.clock.advance(60_000);
    a.way.isDown = true;
    await a.keeper.start();
    await fleet.clock.advance(blindAfterMs - 1);
    expect([factorsOf([a]), phasesOf([a])]).toEqual([[1], ['open']]);
    await fleet.clock.advance(longestBeatMs + 1);
    expect(a.keeper.view()).toMatchObject({ steering: { factor: 0.5, phase: 'blind' }, ageMs: null });
    expect(a.book.chain(report, 'scan')[0]?.limit.rate).toBe(500);
    expect(a.unexpected).toEqual([]);
  });

  it('slows nobody in a fleet that begins with its store', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a', 'b']);
    for (let second = 0; second < 20; second += 1) {
      await fleet.clock.advance(1_000);
      expect([factorsOf(instances), phasesOf(instances)]).toEqual([
        [1, 1],
        ['open', 'open'],
      ]);
    }
  });

  it('lets nobody go when it leads first after the store has lost everything', async () => {
    const { fleet, instances } = await startSlowed(['a', 'b']);
    await passSeconds(fleet, instances, 20, slowMs);
    const [before = 1] = factorsOf(instances);
    expect(before).toBeLessThan(0.2);
    const c = fleet.add('c');
    for (const { way } of [...instances, c]) way.isDown = true;
    await c.keeper.start();
    await fleet.clock.advance(60_000);
    fleet.flush();
    c.way.isDown = false;
    await fleet.clock.advance(longestBeatMs);
    for (const { way } of instances) way.isDown = false;
    expect(await highestWithin(fleet, instances, 6_000)).toEqual([before, before]);
    expect([leadersOf([c]), factorsOf([c]), phasesOf([c])]).toEqual([['c'], [before], ['hold']]);
  });

  it('lets nobody go when it has just begun and leads a store that has lost everything', async () => {
    const { fleet, instances } = await startSlowed(['a', 'b']);
    const [before = 1] = factorsOf(instances);
    fleet.flush();
    const c = fleet.add('c');
    await c.keeper.start();
    expect(await highestWithin(fleet, instances, 6_000)).toEqual([before, before]);
    expect([leadersOf([c]), factorsOf([c]), phasesOf([c])]).toEqual([['c'], [before], ['hold']]);
  });
});

describe('an instance that has led before', () => {
  it('lets nobody go by what only it remembers', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a', 'b']);
    const [a, b] = instances as [SteeredInstance, SteeredInstance];
    await fleet.clock.advance(3 * longestBeatMs);
    a.way.isDown = true;
    await passSeconds(fleet, [b], 20, slowMs);
    const [before = 1] = factorsOf([b]);
    expect([before < 0.5, factorsOf([a])]).toEqual([true, [0.5]]);
    b.way.isDown = true;
    fleet.flush();
    a.way.isDown = false;
    await fleet.clock.advance(longestBeatMs);
    b.way.isDown = false;
    expect(await highestWithin(fleet, [b], 6_000)).toEqual([before]);
    expect([leadersOf(instances), factorsOf([a])]).toEqual([['a'], [before]]);
  });

  it('does not decide by what it knew then, when epochs begin anew', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a', 'b']);
    const [a, b] = instances as [SteeredInstance, SteeredInstance];
    await fleet.clock.advance(3 * longestBeatMs);
    a.way.isDown = true;
    await fleet.clock.advance(leadMs + longestBeatMs);
    a.way.isDown = false;
    await passSeconds(fleet, instances, 10, slowMs);
    expect(leadersOf(instances)).toEqual(['b']);
    await fleet.clock.advance(longestBeatMs);
    const [before = 1] = factorsOf(instances);
    expect(before).toBeLessThan(1);
    b.way.isDown = true;
    fleet.flush();
    expect(await highestWithin(fleet, [a], 6_000)).toEqual([before]);
    expect(a.keeper.view()).toMatchObject({ isLeader: true, epoch: 1 });
  });
});

describe('a leader that has no guard itself', () => {
  it('does not decide on the factor of those who have one: they keep theirs, and are then blind', async () => {
    const { fleet, instances } = await startSlowed(['a', 'b']);
    const [a, b] = instances as [SteeredInstance, SteeredInstance];
    const [before = 1] = factorsOf([b]);
    a.config.settings = undefined;
    a.config.reserves = reserves;
    expect(await highestWithin(fleet, [b], blindAfterMs)).toEqual([before]);
    await fleet.clock.advance(2 * longestBeatMs);
    expect(leadersOf(instances)).toEqual(['a']);
    expect(b.keeper.view().steering).toMatchObject({ factor: Math.min(0.5, before), phase: 'blind' });
  });

  it('goes on from their factor once it has one', async () => {
    const { fleet, instances } = await startSlowed(['a', 'b']);
    const [a, b] = instances as [SteeredInstance, SteeredInstance];
    const [before = 1] = factorsOf([b]);
    a.config.settings = undefined;
    a.config.reserves = reserves;
    await fleet.clock.advance(2 * longestBeatMs);
    a.config.settings = guardSettings;
    expect(await highestWithin(fleet, [b], 6_000)).toEqual([before]);
    expect(leadersOf(instances)).toEqual(['a']);
    expect([factorsOf(instances), phasesOf(instances)]).toEqual([
      [before, before],
      ['hold', 'hold'],
    ]);
  });

  it('lends what it keeps for others all the same', async () => {
    const fleet = createSteeredFleet({ reserves, limits });
    const instances = await startAll(fleet, ['a', 'b']);
    const [, b] = instances as [SteeredInstance, SteeredInstance];
    b.config.settings = guardSettings;
    await fleet.clock.advance(2 * longestBeatMs);
    expect(readRate(b)).toBeLessThanOrEqual(200);
  });
});

describe('a leader that keeps nothing for anybody', () => {
  it('does not let go of what others keep, until they do', async () => {
    const fleet = createSteeredFleet({ settings: guardSettings, reserves, limits });
    const instances = await startAll(fleet, ['a', 'b']);
    const [a, b] = instances as [SteeredInstance, SteeredInstance];
    await fleet.clock.advance(2 * longestBeatMs);
    a.config.reserves = new Map();
    await fleet.clock.advance(10_000);
    expect(readRate(a)).toBeUndefined();
    expect(readRate(b)).toBeLessThanOrEqual(200);
    expect(phasesOf(instances)).toEqual(['open', 'open']);
    b.config.reserves = new Map();
    await fleet.clock.advance(2 * longestBeatMs);
    expect(readRate(b)).toBeUndefined();
  });
});

describe('an instance that is blind', () => {
  it('tells of no latency of long ago, also while an operator has set the factor', async () => {
    const { fleet, instances } = await startSlowed(['a', 'b']);
    const [a, b] = instances as [SteeredInstance, SteeredInstance];
    expect(b.keeper.view().steering.latency.p95Ms).toBeGreaterThan(fastMs);
    for (const { way } of instances) way.isDown = true;
    await fleet.clock.advance(blindAfterMs + longestBeatMs);
    const none = { samples: 0, p95Ms: undefined };
    expect(b.keeper.view().steering).toMatchObject({ phase: 'blind', latency: none });
    a.keeper.takeOverride({
      version: 1,
      override: { factor: 0.3, by: 'operator 0a1b2c3d', at: '2026-11-21T10:00:00.000Z' },
    });
    expect(a.keeper.view().steering).toMatchObject({ phase: 'manual', latency: none });
  });
});
