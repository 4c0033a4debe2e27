import { describe, expect, it } from 'vitest';
import { protocolVersion } from '../../../src/workers/messages.ts';
import { addresses, createSupervised, type FakeWorker, type Script, well } from './supervisor-fixture.ts';

/** As `well`, but for the messages that the script heeds itself. */
const but =
  (script: (...args: Parameters<Script>) => boolean): Script =>
  (worker, message, clock) => {
    if (!script(worker, message, clock)) well(worker, message, clock);
  };

const numbers = (workers: readonly FakeWorker[]) => workers.map(({ orders }) => orders?.number);

describe('at the start', () => {
  it('starts one, and the others once that one listens', async () => {
    const { clock, supervisor, started } = createSupervised(3);
    const starting = supervisor.start();
    expect(started).toHaveLength(1);
    expect(await clock.runUntil(starting)).toEqual(addresses);
    expect(numbers(started)).toEqual([1, 2, 3]);
    expect(started.every(({ orders }) => orders?.whenReady === undefined)).toBe(true);
  });

  it.each([1, 2])('fails with what worker %i says, and leaves none behind', async (failing) => {
    const { clock, supervisor, started } = createSupervised(2, ({ pid }) =>
      but((worker, { kind }) => {
        if (pid !== failing || kind !== 'start') return false;
        worker.say({ kind: 'failed', message: 'data.port is in use', exitCode: 2 });
        return true;
      }),
    );
    const outcome = supervisor.start().catch((error: unknown) => error);
    expect(await clock.runUntil(outcome)).toMatchObject({ message: 'data.port is in use', exitCode: 2 });
    await clock.advance(1);
    expect(started.map(({ alive }) => alive)).toEqual(started.map(() => false));
    expect(started).toHaveLength(failing);
  });

  it.each([
    [1, 'worker 1 ended with 1 before it listened'],
    [null, 'worker 1 was ended by a signal before it listened'],
  ])('fails where a worker ends with %s before it listens', async (status, message) => {
    const { clock, supervisor } = createSupervised(2, () => (worker) => worker.end(status));
    const outcome = supervisor.start().catch((error: unknown) => error);
    expect(await clock.runUntil(outcome)).toMatchObject({ message, exitCode: 1 });
  });

  it('gives up a worker that says nothing for a minute', async () => {
    const { clock, supervisor, started } = createSupervised(2, () => () => {});
    const outcome = supervisor.start().catch((error: unknown) => error);
    expect(await clock.runUntil(outcome)).toMatchObject({ message: 'worker 1 did not listen within 60 s' });
    expect(clock.nowMs()).toBe(60_000);
    expect(started[0]?.alive).toBe(false);
  });
});

describe('a worker that ends by itself', () => {
  it('is replaced at once by one that listens when it is ready', async () => {
    const { clock, supervisor, started, messages } = createSupervised(2);
    await clock.runUntil(supervisor.start());
    await clock.advance(5_000);
    started[1]?.end(null);
    await clock.advance(1);
    expect(numbers(started)).toEqual([1, 2, 2]);
    expect(started[2]?.orders?.whenReady).toEqual({ withinMs: 10_000, otherwise: 'listen' });
    expect(messages()).toContain('a worker ended by itself');
  });

  it('is started again and again, with pauses that grow, while the others serve', async () => {
    const { clock, supervisor, started } = createSupervised(2, ({ pid }) =>
      but((worker, { kind }) => {
        if (pid <= 2 || kind !== 'start') return false;
        worker.say({ kind: 'failed', message: 'the file is broken', exitCode: 2 });
        worker.end(2);
        return true;
      }),
    );
    await clock.runUntil(supervisor.start());
    started[1]?.end(1);
    await clock.advance(20_000);
    expect(started.slice(2).map(({ atMs }) => atMs)).toEqual([1_000, 3_000, 7_000, 15_000]);
    expect(started[0]?.alive).toBe(true);
  });

  it('is not replaced once everything ends', async () => {
    const { clock, supervisor, started, messages } = createSupervised(2, ({ pid }) =>
      but((worker, { kind }) => {
        if (pid !== 2 || kind !== 'stop') return false;
        worker.end(1);
        return true;
      }),
    );
    await clock.runUntil(supervisor.start());
    const outcome = supervisor.stop().catch((error: Error) => error.message);
    expect(await clock.runUntil(outcome)).toBe('a worker did not end as it should');
    await clock.advance(60_000);
    expect(started).toHaveLength(2);
    expect(messages()).not.toContain('a worker ended by itself');
  });
});

describe('a rolling restart', () => {
  it('retires each worker once the next one listens, one after another', async () => {
    const order: string[] = [];
    const { clock, supervisor, started } = createSupervised(2, ({ pid }) =>
      but((_, { kind }) => {
        if (kind === 'start') order.push(`${pid} starts`);
        if (kind === 'stop') order.push(`${pid} ends`);
        return false;
      }),
    );
    await clock.runUntil(supervisor.start());
    await clock.runUntil(supervisor.restart());
    expect(order).toEqual(['1 starts', '2 starts', '3 starts', '1 ends', '4 starts', '2 ends']);
    expect(numbers(started)).toEqual([1, 2, 1, 2]);
    expect(started[2]?.orders?.whenReady).toEqual({ withinMs: 30_000, otherwise: 'fail' });
    expect(started[0]?.heard).toContainEqual({ kind: 'stop', how: 'retire' });
  });

  it.each([
    [
      'does not become ready',
      (worker: FakeWorker) => worker.say({ kind: 'failed', message: 'no', exitCode: 1 }),
    ],
    ['ends', (worker: FakeWorker) => worker.end(1)],
    [
      'is of another version',
      (worker: FakeWorker) => worker.say({ kind: 'hello', protocolVersion: protocolVersion + 1 }),
    ],
  ])('stops at a worker that %s, and keeps the old ones', async (_, fail) => {
    const { clock, supervisor, started, messages } = createSupervised(2, ({ pid }) =>
      but((worker, { kind }) => {
        if (pid <= 2 || kind !== 'start') return false;
        fail(worker);
        return true;
      }),
    );
    await clock.runUntil(supervisor.start());
    await clock.runUntil(supervisor.restart());
    await clock.advance(60_000);
    expect(started).toHaveLength(3);
    expect(started.slice(0, 2).map(({ alive }) => alive)).toEqual([true, true]);
    expect(messages()).toContain('the restart was given up; the others stay as they are');
  });

  it('does not wait for an old worker longer than it said that it takes', async () => {
    const { clock, supervisor, started } = createSupervised(2, ({ pid }) =>
      but((_, { kind }) => pid === 1 && kind === 'stop'),
    );
    await clock.runUntil(supervisor.start());
    const fromMs = clock.nowMs();
    await clock.runUntil(supervisor.restart());
    expect(clock.nowMs() - fromMs).toBe(21_000);
    expect(started.map(({ alive }) => alive)).toEqual([false, false, true, true]);
  });

  it('that is asked for twice is done once', async () => {
    const { clock, supervisor, started } = createSupervised(2);
    await clock.runUntil(supervisor.start());
    await clock.runUntil(Promise.all([supervisor.restart(), supervisor.restart()]));
    expect(started).toHaveLength(4);
  });

  it('puts one worker, not two, in the place of one that ends meanwhile', async () => {
    const { clock, supervisor, started } = createSupervised(1, ({ pid }) =>
      but((worker, message, time) => {
        if (pid !== 2 || message.kind !== 'start') return false;
        started[0]?.end(1);
        time.after(1_000, () => well(worker, message, time));
        return true;
      }),
    );
    await clock.runUntil(supervisor.start());
    await clock.runUntil(supervisor.restart());
    await clock.advance(60_000);
    expect(started.map(({ alive }) => alive)).toEqual([false, true]);
  });
});

describe('what concerns all workers', () => {
  it('is asked of each, without the one that hangs', async () => {
    const { clock, supervisor, started } = createSupervised(3, ({ pid }) =>
      but((_, { kind }) => pid === 2 && kind === 'question'),
    );
    await clock.runUntil(supervisor.start());
    const fromMs = clock.nowMs();
    started[0]?.say({ kind: 'question', id: 1, about: 'drain' });
    await clock.runUntil(supervisor.drainAsked);
    expect(clock.nowMs() - fromMs).toBe(2_000);
    // Each fake worker answers with its pid.
    expect(started[0]?.heard).toContainEqual({ kind: 'answer', id: 1, value: { inFlight: 1 + 3 } });
  });

  it('is not asked of one that has been silent for three seconds', async () => {
    const { clock, supervisor, started } = createSupervised(2);
    await clock.runUntil(supervisor.start());
    await clock.advance(3_001);
    started[0]?.say({ kind: 'question', id: 1, about: 'drain' });
    await clock.runUntil(supervisor.drainAsked);
    const asked = started.map(({ heard }) => heard.filter(({ kind }) => kind === 'question').length);
    expect(asked).toEqual([1, 0]);
  });

  it('reload: a signal reaches all, the admin port all others than the one that was asked', async () => {
    const { clock, supervisor, started } = createSupervised(2);
    await clock.runUntil(supervisor.start());
    const asked = () => started.map(({ heard }) => heard.filter(({ kind }) => kind === 'question').length);
    await clock.runUntil(supervisor.reload('signal'));
    expect(asked()).toEqual([1, 1]);
    started[0]?.say({ kind: 'question', id: 1, about: 'reload', detail: 'admin' });
    await clock.advance(1);
    expect(asked()).toEqual([1, 2]);
  });

  it('the level of the log: told to the others, and to those that are started later', async () => {
    const { clock, supervisor, started } = createSupervised(2);
    await clock.runUntil(supervisor.start());
    started[0]?.say({ kind: 'log-level', level: 'debug' });
    expect(started[1]?.heard).toContainEqual({ kind: 'log-level', level: 'debug' });
    expect(started[0]?.heard.some(({ kind }) => kind === 'log-level')).toBe(false);
    started[1]?.end(1);
    await clock.advance(1_000);
    expect(started[2]?.orders?.logLevel).toBe('debug');
  });

  it('how many of them are ready: told at each change', async () => {
    const { clock, supervisor, started } = createSupervised(2);
    await clock.runUntil(supervisor.start());
    started[1]?.say({ kind: 'status', status: { ready: false, longestStopMs: 20_000 } });
    const told = started[0]?.heard.filter((message) => message.kind === 'siblings');
    expect(told?.at(-1)).toEqual({ kind: 'siblings', siblings: { workers: 2, ready: 1 } });
  });

  it('takes no message of a kind that it does not know', async () => {
    const { clock, supervisor, started } = createSupervised(1);
    await clock.runUntil(supervisor.start());
    for (const message of [undefined, null, 7, 'status', { kind: 8 }, { kind: 'toString' }]) {
      expect(() => started[0]?.say(message as never)).not.toThrow();
    }
  });
});
