import { describe, expect, it } from 'vitest';
import { leadMs } from '../../../src/core/guard/guard-keeper.ts';
import { blindAfterMs } from '../../../src/core/guard/steering-in-force.ts';
import {
  countOf,
  createSteeredFleet,
  factorsOf,
  fastMs,
  leadersOf,
  longestBeatMs,
  passSeconds,
  phasesOf,
  type SteeredInstance,
  scanRate,
  slowMs,
  startAll,
  startSlowed,
} from '../../support/steered-fleet.ts';

describe('a leader that is lost', () => {
  it('has a successor before anybody is blind, who goes on from the same factor', async () => {
    const { fleet, instances } = await startSlowed();
    const [a, ...others] = instances as [SteeredInstance, SteeredInstance, SteeredInstance];
    expect(leadersOf(instances)).toEqual(['a']);
    const [before = 1] = factorsOf(instances);
    a.way.isDown = true;
    let seenBlind = 0;
    for (let second = 0; second < (leadMs + 2 * longestBeatMs) / 1_000; second += 1) {
      await fleet.clock.advance(1_000);
      seenBlind += phasesOf(others).filter((phase) => phase === 'blind').length;
    }
    expect(leadersOf(others)).toHaveLength(1);
    expect(seenBlind).toBe(0);
    expect(factorsOf(others)).toEqual([before, before]);
    expect(others.map(({ keeper }) => keeper.view().epoch)).toEqual([2, 2]);
  });

  it('leaves at once when it ends, and the next beat of another leads', async () => {
    const { fleet, instances } = await startSlowed();
    const [a, ...others] = instances as [SteeredInstance, SteeredInstance, SteeredInstance];
    await a.keeper.close();
    expect(countOf(a, 'resign')).toBe(1);
    await fleet.clock.advance(longestBeatMs);
    expect(leadersOf(others)).toHaveLength(1);
    const beats = countOf(a, 'beat');
    await fleet.clock.advance(10_000);
    expect(countOf(a, 'beat')).toBe(beats);
  });

  it('changes nothing when it wakes with its decision and another leads', async () => {
    const { fleet, instances } = await startSlowed(['a', 'b']);
    const [a, b] = instances as [SteeredInstance, SteeredInstance];
    let wake: () => void = () => {};
    a.way.held.steer = new Promise((resolve) => {
      wake = resolve;
    });
    const steered = countOf(a, 'steer');
    await passSeconds(fleet, instances, 10, slowMs);
    expect([a, b].map(({ keeper }) => keeper.view().isLeader)).toEqual([true, true]);
    const { steering } = b.keeper.view();
    let beatOn: () => void = () => {};
    a.way.held.beat = new Promise((resolve) => {
      beatOn = resolve;
    });
    wake();
    await fleet.clock.advance(0);
    expect(countOf(a, 'steer')).toBe(steered + 1);
    expect(leadersOf(instances)).toEqual(['b']);
    // It has slept too long, and what it decided is nobody's, nor its own.
    expect(a.keeper.view()).toMatchObject({ epoch: 1, steering: { phase: 'blind' } });
    a.way.held = {};
    beatOn();
    await fleet.clock.advance(2 * longestBeatMs);
    expect(leadersOf(instances)).toEqual(['b']);
    expect(a.keeper.view()).toMatchObject({ leader: 'b', epoch: 2 });
    expect(factorsOf(instances)).toEqual([steering.factor, steering.factor]);
  });

  it('keeps what it has learnt where one beat is lost', async () => {
    const { fleet, instances } = await startSlowed(['a']);
    await passSeconds(fleet, instances, 10, fastMs);
    const [a] = instances as [SteeredInstance];
    expect(a.keeper.view().steering.phase).toBe('rise');
    a.way.isDown = true;
    await passSeconds(fleet, instances, 1.1, fastMs);
    a.way.isDown = false;
    await passSeconds(fleet, instances, 1.1, fastMs);
    expect(a.keeper.view()).toMatchObject({ epoch: 1, isLeader: true, steering: { phase: 'rise' } });
  });
});

describe('without a leader', () => {
  it('the factor is kept for five seconds, and is then a half at most', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a', 'b']);
    for (const { way } of instances) way.isDown = true;
    await fleet.clock.advance(blindAfterMs - 1);
    expect(factorsOf(instances)).toEqual([1, 1]);
    await fleet.clock.advance(longestBeatMs + 1);
    expect(phasesOf(instances)).toEqual(['blind', 'blind']);
    expect(factorsOf(instances)).toEqual([0.5, 0.5]);
    expect(instances.map(scanRate)).toEqual([500, 500]);
    expect(instances.map(({ keeper }) => keeper.view().leader)).toEqual([null, null]);
    for (const { way } of instances) way.isDown = false;
    await fleet.clock.advance(2 * longestBeatMs);
    expect(phasesOf(instances)).not.toContain('blind');
    // It goes on from what is in force, and is not let go at once.
    expect(factorsOf(instances)).toEqual([0.5, 0.5]);
    await passSeconds(fleet, instances, 30, fastMs);
    expect(factorsOf(instances)).toEqual([1, 1]);
  });

  it('a lower factor stays as it is', async () => {
    const { fleet, instances } = await startSlowed();
    await passSeconds(fleet, instances, 10, slowMs);
    const [before = 1] = factorsOf(instances);
    expect(before).toBeLessThan(0.5);
    for (const { way } of instances) way.isDown = true;
    await fleet.clock.advance(blindAfterMs + longestBeatMs);
    expect(factorsOf(instances)).toEqual([before, before, before]);
    expect(phasesOf(instances)).toEqual(['blind', 'blind', 'blind']);
  });

  it('one that can beat and not decide is blind, too, and goes on from there', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a', 'b']);
    const [a] = instances as [SteeredInstance, SteeredInstance];
    a.way.fails = ['steer'];
    await fleet.clock.advance(blindAfterMs + 2 * longestBeatMs);
    expect(phasesOf(instances)).toEqual(['blind', 'blind']);
    a.way.fails = [];
    await fleet.clock.advance(2 * longestBeatMs);
    expect(factorsOf(instances)).toEqual([0.5, 0.5]);
    expect(phasesOf(instances)).not.toContain('blind');
  });

  it('holds its decision where it cannot learn what is used', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a']);
    const [a] = instances as [SteeredInstance];
    await passSeconds(fleet, instances, 3, slowMs);
    const { factor } = a.keeper.view().steering;
    expect(factor).toBeLessThan(1);
    a.way.fails = ['usage'];
    await passSeconds(fleet, instances, 30, slowMs);
    expect(a.keeper.view().steering.factor).toBe(factor);
    expect(a.keeper.view().ageMs).toBeLessThanOrEqual(longestBeatMs);
    a.way.fails = [];
    await passSeconds(fleet, instances, 3, slowMs);
    expect(a.keeper.view().steering.factor).toBeLessThan(factor);
  });
});

describe('a store that has lost everything', () => {
  it('is steered again within two beats from where it was, by epochs that begin anew', async () => {
    const { fleet, instances } = await startSlowed();
    const [a] = instances as [SteeredInstance];
    a.way.isDown = true;
    await fleet.clock.advance(leadMs + 2 * longestBeatMs);
    a.way.isDown = false;
    await fleet.clock.advance(longestBeatMs);
    const [before = 1] = factorsOf(instances);
    expect(instances.map(({ keeper }) => keeper.view().epoch)).toEqual([2, 2, 2]);
    fleet.flush();
    await fleet.clock.advance(2 * longestBeatMs);
    expect(instances.map(({ keeper }) => keeper.view().epoch)).toEqual([1, 1, 1]);
    expect(leadersOf(instances)).toHaveLength(1);
    await fleet.clock.advance(blindAfterMs);
    expect(factorsOf(instances).every((factor) => factor >= before)).toBe(true);
    expect(phasesOf(instances)).not.toContain('blind');
  });
});
