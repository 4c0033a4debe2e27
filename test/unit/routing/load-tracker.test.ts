import { describe, expect, it } from 'vitest';
import { createLoadTracker } from '../../../src/core/routing/load-tracker.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
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
    tracker.sent(node, 9);
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

  it('is forgotten with the node', () => {
    const tracker = createLoadTracker(createFakeClock());
    for (const each of nodes) tracker.sent(each, 9);
    tracker.retain([node]);
    expect(nodes.map((each) => tracker.load(each))).toEqual([10, 0, 0, 0]);
  });
});
