import { describe, expect, it } from 'vitest';
import { runClosedLoop } from '../../../loadtest/closed-loop.ts';

/** Tasks that end when the test says so, and a clock that moves when the test says so. */
function controlledTasks() {
  const started: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<void>>();
  return {
    started,
    task: (index: number): Promise<void> => {
      started.push(index);
      const end = Promise.withResolvers<void>();
      ends.set(index, end);
      return end.promise;
    },
    end: async (index: number): Promise<void> => {
      ends.get(index)?.resolve();
      await settle();
    },
    fail: async (index: number, error: Error): Promise<void> => {
      ends.get(index)?.reject(error);
      await settle();
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a closed loop', () => {
  it('starts the next task only when one ends', async () => {
    const tasks = controlledTasks();
    const loop = runClosedLoop({ count: 4, inFlight: 2 }, tasks.task);
    expect(tasks.started).toEqual([0, 1]);
    await tasks.end(1);
    expect(tasks.started).toEqual([0, 1, 2]);
    await tasks.end(0);
    expect(tasks.started).toEqual([0, 1, 2, 3]);
    await tasks.end(2);
    await tasks.end(3);
    expect((await loop).latenciesMs).toHaveLength(4);
  });

  it('starts no more at once than there are', async () => {
    const tasks = controlledTasks();
    const loop = runClosedLoop({ count: 1, inFlight: 8 }, tasks.task);
    await tasks.end(0);
    await loop;
    expect(tasks.started).toEqual([0]);
  });

  it('measures each task and the whole, latencies ascending', async () => {
    let nowMs = 100;
    const durations = [30, 10, 20];
    const result = await runClosedLoop({ count: 3, inFlight: 1, nowMs: () => nowMs }, async (index) => {
      nowMs += durations[index] ?? 0;
    });
    expect([...result.latenciesMs]).toEqual([10, 20, 30]);
    expect(result.durationMs).toBe(60);
  });

  it('after a failure starts nothing more, and throws once the others have ended', async () => {
    const tasks = controlledTasks();
    let settled = false;
    const loop = runClosedLoop({ count: 10, inFlight: 2 }, tasks.task);
    const watched = loop
      .catch((error: unknown) => error)
      .finally(() => {
        settled = true;
      });
    await tasks.fail(0, new Error('wrong row'));
    expect(settled).toBe(false);
    await tasks.end(1);
    expect(await watched).toEqual(new Error('wrong row'));
    expect(tasks.started).toEqual([0, 1]);
  });

  it('throws the first of several errors', async () => {
    const tasks = controlledTasks();
    const loop = runClosedLoop({ count: 2, inFlight: 2 }, tasks.task).catch((error: unknown) => error);
    await tasks.fail(1, new Error('first'));
    await tasks.fail(0, new Error('second'));
    expect(await loop).toEqual(new Error('first'));
  });

  it('waits before each task, and does not measure that', async () => {
    let nowMs = 0;
    const pause = async (): Promise<void> => {
      nowMs += 100;
    };
    const result = await runClosedLoop({ count: 3, inFlight: 1, nowMs: () => nowMs, pause }, async () => {
      nowMs += 5;
    });
    expect([...result.latenciesMs]).toEqual([5, 5, 5]);
  });
});
