import { describe, expect, it } from 'vitest';
import { createBatchAlarm } from '../../../src/core/reads/batch-alarm.ts';

/** A clock whose timers ring when the test says so, however late. */
function setUp(deadlineMs = 1_000) {
  let nowMs = 0;
  const timers: { delayMs: number; task: () => void; isCancelled: boolean }[] = [];
  const clock = {
    nowMs: () => nowMs,
    after: (delayMs: number, task: () => void) => {
      const timer = { delayMs, task, isCancelled: false };
      timers.push(timer);
      return () => {
        timer.isCancelled = true;
      };
    },
  };
  const rings: number[] = [];
  const alarm = createBatchAlarm(clock, deadlineMs, () => rings.push(nowMs));
  const ringLast = (atMs: number) => {
    nowMs = atMs;
    timers.at(-1)?.task();
  };
  return { alarm, timers, rings, ringLast };
}

describe('the alarm of a batch', () => {
  it('rings for what is due first, and at the latest for the deadline', () => {
    const { alarm, timers } = setUp();
    alarm.set(15);
    alarm.set(Number.POSITIVE_INFINITY);
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([15, 1_000]);
    expect(timers.map(({ isCancelled }) => isCancelled)).toEqual([true, false]);
  });

  it('keeps its timer when it is set for the same time', () => {
    const { alarm, timers } = setUp();
    alarm.set(15);
    alarm.set(15);
    expect(timers).toHaveLength(1);
  });

  it.each([
    [20, [20], 'in time'],
    [20.1, [], 'late: the event loop turns once before'],
  ])('set for 15 and rung at %f has rung at %j: %s', (atMs, expected) => {
    const { alarm, rings, ringLast } = setUp();
    alarm.set(15);
    ringLast(atMs);
    expect(rings).toEqual(expected);
  });

  it('rings after that one turn, however long it took', () => {
    const { alarm, timers, rings, ringLast } = setUp();
    alarm.set(15);
    ringLast(100);
    expect(timers.at(-1)?.delayMs).toBe(0);
    ringLast(150);
    expect(rings).toEqual([150]);
  });

  it('does not put off the deadline', () => {
    const { alarm, rings, ringLast } = setUp();
    alarm.set(15);
    ringLast(1_200);
    expect(rings).toEqual([1_200]);
  });

  it('can be cancelled during that turn', () => {
    const { alarm, timers, ringLast } = setUp();
    alarm.set(15);
    ringLast(100);
    alarm.cancel();
    expect(timers.at(-1)?.isCancelled).toBe(true);
  });

  it('can be set again after it has rung, also for the same time', () => {
    const { alarm, timers, ringLast } = setUp();
    alarm.set(15);
    ringLast(14);
    alarm.set(15);
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([15, 1]);
  });
});
