import { describe, expect, it } from 'vitest';
import { createTransferWatch } from '../../src/http/transfer-watch.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function setUp() {
  const clock = createFakeClock();
  let timers = 0;
  const counting = {
    nowMs: () => clock.nowMs(),
    after: (delayMs: number, task: () => void) => {
      timers += 1;
      return clock.after(delayMs, task);
    },
  };
  const watch = createTransferWatch(counting);
  const ended: string[] = [];
  const begin = (name: string, delayMs = 100) => watch.begin(delayMs, () => ended.push(name));
  return { clock, begin, ended, timers: () => timers };
}

describe('transfers that take too long', () => {
  it('are ended at their time, each at its own', async () => {
    const { clock, begin, ended } = setUp();
    begin('first');
    await clock.advance(30);
    begin('second');
    await clock.advance(69);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toEqual(['first']);
    await clock.advance(30);
    expect(ended).toEqual(['first', 'second']);
  });

  it('are not ended where they ended by themselves, whoever began before or after them', async () => {
    const { clock, begin, ended } = setUp();
    const endFirst = begin('first');
    const endSecond = begin('second');
    begin('third');
    endFirst();
    endSecond();
    await clock.advance(1_000);
    expect(ended).toEqual(['third']);
  });

  it('have one timer for all of them, and none when all have ended', async () => {
    const { clock, begin, timers } = setUp();
    const ends = Array.from({ length: 50 }, (_, index) => begin(`transfer ${index}`));
    expect(timers()).toBe(1);
    for (const end of ends) end();
    await clock.advance(1_000);
    expect(timers()).toBe(1);
    begin('later');
    expect(timers()).toBe(2);
  });
});
