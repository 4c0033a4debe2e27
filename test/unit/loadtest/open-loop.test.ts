import { describe, expect, it } from 'vitest';
import { openLoopInstants, runOpenLoop } from '../../../loadtest/open-loop.ts';
import { seededRandom } from '../../../loadtest/random.ts';

/** A clock that moves when somebody waits, or when the test says so. */
function virtualTime() {
  let nowMs = 1_000;
  return {
    nowMs: () => nowMs,
    pass: (durationMs: number): void => {
      nowMs += durationMs;
    },
    // What is ready goes on first.
    wait: async (durationMs: number): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      nowMs += durationMs;
    },
  };
}

describe('the instants of an open loop', () => {
  it('are one in each slot of the rate', () => {
    const instants = openLoopInstants(3_000, 30, seededRandom(1));
    const slots = Array.from(instants, (instantMs) => Math.floor((instantMs * 30) / 1_000));
    expect(slots).toEqual(Array.from({ length: 3_000 }, (_, index) => index));
  });

  it('lie anywhere in their slots, so that nothing periodic always meets them at the same place', () => {
    const places = Array.from(
      openLoopInstants(3_000, 100, seededRandom(2)),
      (instantMs) => (instantMs / 10) % 1,
    );
    const tenths = new Set(places.map((place) => Math.floor(place * 10)));
    expect(tenths.size).toBe(10);
  });

  it('are the same for the same seed', () => {
    const instants = (seed: number) => [...openLoopInstants(50, 30, seededRandom(seed))];
    expect(instants(7)).toEqual(instants(7));
    expect(instants(7)).not.toEqual(instants(8));
  });
});

describe('an open loop', () => {
  it('begins a task at its instant, although those before it have not ended', async () => {
    const { nowMs, wait } = virtualTime();
    const begunMs: number[] = [];
    const end = Promise.withResolvers<void>();
    const loop = runOpenLoop({ instantsMs: [5, 20, 90], nowMs, wait }, (index) => {
      begunMs[index] = nowMs() - 1_000;
      if (index === 2) end.resolve();
      return end.promise;
    });
    await loop;
    expect(begunMs).toEqual([5, 20, 90]);
  });

  it('counts a latency from the instant, also of the tasks that a stall kept from beginning', async () => {
    const { nowMs, wait, pass } = virtualTime();
    // The first one stops everything, this loop included, for 100 ms.
    const { latenciesMs, lateMs } = await runOpenLoop(
      { instantsMs: [0, 10, 50, 120], nowMs, wait },
      async (index) => pass(index === 0 ? 100 : 0),
    );
    expect([...latenciesMs]).toEqual([100, 90, 50, 0]);
    expect([...lateMs]).toEqual([0, 90, 50, 0]);
  });

  it('waits again where a timer fires early', async () => {
    const { nowMs, pass } = virtualTime();
    const waits: number[] = [];
    const wait = async (durationMs: number): Promise<void> => {
      waits.push(durationMs);
      pass(waits.length === 1 ? durationMs - 2 : durationMs);
    };
    const { lateMs } = await runOpenLoop({ instantsMs: [10], nowMs, wait }, async () => undefined);
    expect(waits).toEqual([10, 2]);
    expect([...lateMs]).toEqual([0]);
  });

  it('goes on after a failure, and tells which tasks failed', async () => {
    const { nowMs, wait } = virtualTime();
    const begun: number[] = [];
    const { failures, latenciesMs } = await runOpenLoop(
      { instantsMs: [1, 2, 3], nowMs, wait },
      async (index) => {
        begun.push(index);
        if (index === 1) throw new Error('no answer');
      },
    );
    expect(begun).toEqual([0, 1, 2]);
    expect(failures).toEqual([{ index: 1, error: new Error('no answer') }]);
    expect(latenciesMs).toHaveLength(3);
  });

  it('ends when the last task has ended', async () => {
    const { nowMs, wait } = virtualTime();
    const end = Promise.withResolvers<void>();
    let ended = false;
    const loop = runOpenLoop({ instantsMs: [0, 1], nowMs, wait }, (index) =>
      index === 0 ? end.promise : Promise.resolve(),
    ).finally(() => {
      ended = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    end.resolve();
    await loop;
    expect(ended).toBe(true);
  });
});
