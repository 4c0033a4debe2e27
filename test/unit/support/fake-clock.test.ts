import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('the fake clock', () => {
  it('runs timers in time order, those of one instant in the order of their making', async () => {
    const clock = createFakeClock();
    const ran: string[] = [];
    for (const [name, ms] of [
      ['c', 20],
      ['a', 10],
      ['d', 20],
      ['b', 10],
      ['now', -5],
    ] as const) {
      clock.after(ms, () => ran.push(`${name}@${clock.nowMs()}`));
    }
    await clock.advance(20);
    expect(ran).toEqual(['now@0', 'a@10', 'b@10', 'c@20', 'd@20']);
    expect(clock.nowMs()).toBe(20);
  });

  it('runs nothing before its time, nor what was cancelled', async () => {
    const clock = createFakeClock();
    const ran: string[] = [];
    clock.after(10, () => ran.push('late'));
    clock.after(5, () => ran.push('cancelled'))();
    await clock.advance(9.5);
    expect(ran).toEqual([]);
    expect(clock.pending()).toBe(1);
  });

  it('lets promises run before the next timer, and runs the timers that they make', async () => {
    const clock = createFakeClock();
    const ran: string[] = [];
    clock.after(10, async () => {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      clock.after(5, () => ran.push(`inner@${clock.nowMs()}`));
    });
    clock.after(16, () => ran.push('outer'));
    await clock.advance(20);
    expect(ran).toEqual(['inner@15', 'outer']);
  });

  it('runs until a promise settles and no further', async () => {
    const clock = createFakeClock();
    let ran = false;
    clock.after(100, () => {
      ran = true;
    });
    const answer = new Promise<string>((resolve) => clock.after(10, () => resolve('done')));
    expect(await clock.runUntil(answer)).toBe('done');
    expect(clock.nowMs()).toBe(10);
    expect(ran).toBe(false);
  });

  it('says when nothing is left that could settle the promise', async () => {
    await expect(createFakeClock().runUntil(new Promise(() => {}))).rejects.toThrow('no timer is left');
  });

  it('runs until idle', async () => {
    const clock = createFakeClock(1_000);
    let left = 5;
    const again = (): void => {
      left -= 1;
      if (left > 0) clock.after(1, again);
    };
    clock.after(1, again);
    await clock.runUntilIdle();
    expect(left).toBe(0);
    expect(clock.nowMs()).toBe(1_005);
  });
});
