import { describe, expect, it } from 'vitest';
import { createLoadTracker, type LoadTracker } from '../../../src/core/routing/load-tracker.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { makeNodes } from '../../support/rings.ts';

const nodes = makeNodes({ nodes: 4, racks: 1, replicationFactor: 1 });
const node = nodes[0] as (typeof nodes)[number];

describe('the load of a node', () => {
  it('is the keys sent and one for each message, halved every ten seconds', async () => {
    const clock = createFakeClock();
    const tracker = createLoadTracker(clock);
    expect(tracker.load(node)).toBe(0);
    tracker.sent(node, 15);
    expect(tracker.load(node)).toBe(16);
    await clock.advance(10_000);
    expect(tracker.load(node)).toBeCloseTo(8);
  });

  it('grows for a node that is slower than its datacenter for long, not for one slow answer', () => {
    const tracker = createLoadTracker(createFakeClock());
    const others = nodes.slice(1);
    const answer = (ratio: number): void => {
      tracker.answered(node, ratio);
      for (const other of others) tracker.answered(other, 1);
    };
    for (const each of nodes) tracker.sent(each, 9);
    answer(100);
    expect(tracker.load(node)).toBe(10);
    for (let round = 0; round < 300; round += 1) answer(8);
    expect(tracker.load(node)).toBeGreaterThan(20);
    for (let round = 0; round < 300; round += 1) answer(1);
    expect(tracker.load(node)).toBe(10);
  });

  it('does not change while the whole datacenter is slow', () => {
    const tracker = createLoadTracker(createFakeClock());
    for (const each of nodes) tracker.sent(each, 9);
    for (let round = 0; round < 300; round += 1) for (const each of nodes) tracker.answered(each, 20);
    expect(nodes.map((each) => tracker.load(each))).toEqual([10, 10, 10, 10]);
  });

  it('grows for a node that answers nothing by the deadline', () => {
    const tracker = createLoadTracker(createFakeClock());
    for (const each of nodes) tracker.sent(each, 9);
    for (let round = 0; round < 300; round += 1) {
      tracker.unanswered(node, 8);
      for (const other of nodes.slice(1)) tracker.answered(other, 1);
    }
    expect(tracker.load(node)).toBeGreaterThan(20);
  });

  it('is not made smaller by a deadline that came soon', () => {
    const clock = createFakeClock();
    const [patient, hurried] = [createLoadTracker(clock), createLoadTracker(clock)];
    for (const tracker of [patient, hurried]) {
      for (const each of nodes) tracker.sent(each, 9);
      for (const each of nodes) tracker.answered(each, 1);
      for (let round = 0; round < 300; round += 1) tracker.answered(node, 8);
    }
    for (let round = 0; round < 300; round += 1) hurried.unanswered(node, 0.5);
    expect(hurried.load(node)).toBe(patient.load(node));
  });

  it.each<[string, (tracker: LoadTracker) => void]>([
    ['an answer', (tracker) => tracker.answered(nodes[1] as ClusterNode, 100)],
    ['a silence', (tracker) => tracker.unanswered(nodes[1] as ClusterNode, 100)],
  ])('is not changed by %s of a node that has left: it is no part of the usual', (_what, late) => {
    const [changed, unchanged] = [createLoadTracker(createFakeClock()), createLoadTracker(createFakeClock())];
    for (const tracker of [changed, unchanged]) {
      for (const each of nodes) tracker.sent(each, 9);
      tracker.retain(nodes.filter((each) => each !== nodes[1]));
    }
    for (let time = 0; time < 300; time += 1) late(changed);
    for (const tracker of [changed, unchanged]) {
      for (let time = 0; time < 300; time += 1) tracker.answered(node, 8);
    }
    expect(changed.load(node)).toBe(unchanged.load(node));
  });

  it('is forgotten with the node', () => {
    const tracker = createLoadTracker(createFakeClock());
    for (const each of nodes) tracker.sent(each, 9);
    tracker.retain([node]);
    expect(nodes.map((each) => tracker.load(each))).toEqual([10, 0, 0, 0]);
  });
});

describe('the load of a node that comes back', () => {
  /** Whoever has the least is given the next key, a hundred a second. */
  async function level(
    clock: FakeClock,
    tracker: LoadTracker,
    among: readonly ClusterNode[],
    seconds: number,
  ) {
    const given = new Map(among.map((each) => [each, 0]));
    for (let turn = 0; turn < seconds * 100; turn += 1) {
      let least = among[0] as ClusterNode;
      const loads = new Map(among.map((each) => [each, tracker.load(each)]));
      for (const each of among) if ((loads.get(each) ?? 0) < (loads.get(least) ?? 0)) least = each;
      tracker.sent(least, 1);
      given.set(least, (given.get(least) ?? 0) + 1);
      await clock.advance(10);
    }
    return (each: ClusterNode): number => given.get(each) ?? 0;
  }

  it('lets it have a growing part of its share, and never more than its share', async () => {
    const clock = createFakeClock();
    let backMs = Number.POSITIVE_INFINITY;
    const rampFactor = (each: ClusterNode): number => {
      const share = Math.max(0.1, (clock.nowMs() - backMs) / 10_000);
      return each.id === node.id && clock.nowMs() >= backMs && share < 1 ? 1 / share : 1;
    };
    const tracker = createLoadTracker(clock, rampFactor);
    await level(clock, tracker, nodes, 40);
    await level(clock, tracker, nodes.slice(1), 60);
    backMs = clock.nowMs();
    const parts: number[] = [];
    for (let part = 0; part < 8; part += 1) parts.push((await level(clock, tracker, nodes, 2.5))(node));
    const share = 2.5 * 25;
    expect(parts[0]).toBeLessThan(share * 0.4);
    expect(parts[0]).toBeGreaterThan(0);
    expect(parts[1]).toBeLessThan(share * 0.7);
    expect(Math.max(...parts)).toBeLessThan(share * 1.25);
    expect(parts.at(-1)).toBeGreaterThan(share * 0.8);
  });

  it('is not raised for one that never was in use', () => {
    const tracker = createLoadTracker(createFakeClock(), () => 10);
    expect(tracker.load(node)).toBe(0);
  });
});
