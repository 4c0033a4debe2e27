import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/core/throttle/limit-store.ts';
import { createStoreBreaker } from '../../../src/core/throttle/store-breaker.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createCountedTelemetry } from '../../support/throttle-scene.ts';

function setUpBreaker() {
  const clock = createFakeClock();
  const telemetry = createCountedTelemetry();
  const changes: string[] = [];
  const probes: number[] = [];
  let probe: () => Promise<unknown> = () => Promise.reject(new StoreError('unreachable'));
  const breaker = createStoreBreaker({
    clock,
    telemetry,
    probe: () => {
      probes.push(clock.nowMs());
      return probe();
    },
  });
  breaker.onChange((state) => changes.push(`${state} at ${clock.nowMs()}`));
  /** How a call came out, and when; a call that is open says nothing. */
  const outcomes: string[] = [];
  const run = (call: () => Promise<unknown>): void => {
    const said = (word: string) => void outcomes.push(`${word} at ${clock.nowMs()}`);
    void breaker.run('charge', call).then(
      (value) => said(String(value)),
      (error: StoreError) => said(error.reason),
    );
  };
  const heal = (): void => {
    probe = () => Promise.resolve('well');
  };
  return { clock, telemetry, breaker, changes, probes, outcomes, run, heal };
}

const never = (): Promise<unknown> => new Promise(() => {});
const failed = (): Promise<unknown> => Promise.reject(new StoreError('failed'));
const refused = (code: string) => (): Promise<unknown> => Promise.reject(new StoreError('failed', { code }));
const unreachable = (): Promise<unknown> => Promise.reject(new StoreError('unreachable'));

describe('the breaker before a store', () => {
  it('hands an answer through and says how it went', async () => {
    const { clock, run, outcomes, telemetry } = setUpBreaker();
    run(async () => 'answer');
    await clock.advance(0);
    expect(outcomes).toEqual(['answer at 0']);
    expect(telemetry.counts.store).toEqual(['charge ok']);
    expect(clock.pending()).toBe(0);
  });

  it('gives up after 45 ms, and a late answer changes nothing', async () => {
    const { clock, run, outcomes, telemetry, breaker } = setUpBreaker();
    run(() => new Promise((resolve) => void clock.after(60, () => resolve('late'))));
    await clock.advance(100);
    expect(outcomes).toEqual(['timeout at 45']);
    expect(telemetry.counts.store).toEqual(['charge timeout']);
    expect(breaker.state()).toBe('closed');
  });

  it('does not blame the store for a stall of this process: an answer that is there counts', async () => {
    let nowMs = 0;
    const tasks: (() => void)[] = [];
    const clock = {
      nowMs: () => nowMs,
      after: (_delayMs: number, task: () => void) => {
        tasks.push(task);
        return () => {};
      },
    };
    const breaker = createStoreBreaker({ clock, telemetry: createCountedTelemetry(), probe: never });
    let answer: (word: string) => void = () => {};
    const run = breaker.run('charge', () => new Promise<string>((resolve) => (answer = resolve)));
    nowMs = 300;
    tasks[0]?.();
    answer('here all the time');
    await expect(run).resolves.toBe('here all the time');
    // Without an answer, one turn later it is a timeout.
    const second = breaker.run('charge', never);
    nowMs = 600;
    tasks.at(-1)?.();
    tasks.at(-1)?.();
    await expect(second).rejects.toMatchObject({ reason: 'timeout' });
  });

  const openings: readonly [string, readonly (() => Promise<unknown>)[], 'open' | 'closed'][] = [
    ['two failures may be chance', [failed, failed], 'closed'],
    ['three in a row are none', [failed, failed, failed], 'open'],
    ['a success between them begins the count anew', [failed, failed, async () => 1, failed], 'closed'],
    ['nobody there: no need to try again', [unreachable], 'open'],
    ['timeouts are failures', [never, never, never], 'open'],
    [
      'keys that hold what is none of ours say nothing of others',
      Array(5).fill(refused('WRONGTYPE')),
      'closed',
    ],
    ['nor do they make up for failures', [failed, failed, refused('WRONGTYPE'), failed], 'open'],
  ];
  it.each(openings)('%s', async (_why, calls, state) => {
    const { clock, breaker, run } = setUpBreaker();
    for (const call of calls) {
      run(call);
      await clock.advance(50);
    }
    expect(breaker.state()).toBe(state);
    breaker.close();
  });

  it('calls nothing while it is open, and probes each 250 ms until the store answers', async () => {
    const { clock, breaker, run, outcomes, changes, probes, heal } = setUpBreaker();
    run(unreachable);
    await clock.advance(1);
    run(async () => 'never called');
    await clock.advance(599);
    expect(outcomes).toEqual(['unreachable at 0', 'open at 1']);
    expect(probes).toEqual([250, 500]);
    heal();
    await clock.advance(400);
    expect(changes).toEqual(['open at 0', 'closed at 750']);
    expect(breaker.state()).toBe('closed');
    run(async () => 'again');
    await clock.advance(0);
    expect(outcomes.at(-1)).toBe('again at 1000');
    expect(clock.pending()).toBe(0);
  });

  it('knows why it is open by the last that was said, and forgets it with the cause', async () => {
    const { clock, breaker, run, heal } = setUpBreaker();
    for (let times = 0; times < 3; times += 1) run(refused('OOM'));
    expect(breaker.trouble()).toBeUndefined();
    await clock.advance(1);
    expect(breaker.trouble()).toMatchObject({ reason: 'failed', code: 'OOM' });
    await clock.advance(300);
    expect(breaker.trouble()).toMatchObject({ reason: 'unreachable', code: undefined });
    heal();
    await clock.advance(300);
    expect([breaker.state(), breaker.trouble()]).toEqual(['closed', undefined]);
  });

  it('has one probe under way, however long the store is silent', async () => {
    const clock = createFakeClock();
    let probes = 0;
    const breaker = createStoreBreaker({
      clock,
      telemetry: createCountedTelemetry(),
      probe: () => {
        probes += 1;
        return never();
      },
    });
    breaker.run('charge', unreachable).catch(() => {});
    await clock.advance(2_950);
    expect(probes).toBe(10);
    breaker.close();
  });

  it('makes any fault of a call a failure with its cause, and reports what is no store error', async () => {
    const clock = createFakeClock();
    const faults: unknown[] = [];
    const telemetry = {
      ...createCountedTelemetry(),
      unexpected: (error: unknown) => void faults.push(error),
    };
    const breaker = createStoreBreaker({ clock, telemetry, probe: never });
    const fault = new Error('a fault of our own');
    const thrower = (): Promise<unknown> => {
      throw fault;
    };
    await expect(breaker.run('charge', thrower)).rejects.toMatchObject({ reason: 'failed', cause: fault });
    expect(faults).toEqual([fault]);
  });

  it('leaves no timer behind when it is closed, and calls nothing any more', async () => {
    const { clock, breaker, run, outcomes } = setUpBreaker();
    run(unreachable);
    await clock.advance(10);
    breaker.close();
    expect(clock.pending()).toBe(0);
    run(async () => 'never called');
    await clock.advance(0);
    expect(outcomes.at(-1)).toBe('open at 10');
  });
});
