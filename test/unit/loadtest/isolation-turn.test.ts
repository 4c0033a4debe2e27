import { describe, expect, it } from 'vitest';
import { runIsolationTurn, type TurnParts } from '../../../loadtest/isolation-turn.ts';

const plan = { aloneMs: 20, settleMs: 20, measureMs: 40, rate: 500, keysPerLookUp: 3 };
const turn = { variant: 'some variant', round: 2, plan };
const guard: TurnParts['guard'] = async () => ({ factor: 0.7, phase: 'cut', p95Ms: 12 });

describe('a turn of isolation', () => {
  it('looks up at its rate, before and after the job has begun', async () => {
    const asked: string[] = [];
    let askedBefore = 0;
    let begun = 0;
    const job = {
      begin: () => {
        begun += 1;
        askedBefore = asked.length;
      },
      check: () => {},
      samples: [],
    };
    const { dueMs, latenciesMs, failed } = await runIsolationTurn(turn, {
      ask: async (keys) => void asked.push(keys.join()),
      guard,
      job,
    });
    expect(begun).toBe(1);
    expect(askedBefore).toBeGreaterThan(0);
    expect(asked).toHaveLength(40);
    expect(new Set(asked).size).toBe(40);
    expect(latenciesMs).toHaveLength(40);
    expect(failed).toEqual([]);
    expect(dueMs[0]).toBeLessThan(-17);
    expect(dueMs.at(-1)).toBeGreaterThan(57);
  });

  it('asks for the same keys in the same round, and for others in another one', async () => {
    const keysOf = async (round: number): Promise<string> => {
      const asked: string[] = [];
      await runIsolationTurn({ ...turn, round }, { ask: async (keys) => void asked.push(...keys), guard });
      return asked.join();
    };
    const first = await keysOf(1);
    expect(await keysOf(1)).toBe(first);
    expect(await keysOf(2)).not.toBe(first);
  });

  it('tells which look-ups failed, and of the first', async () => {
    let looked = 0;
    const ask = async (): Promise<void> => {
      looked += 1;
      if (looked % 20 === 0) throw new Error(`look-up ${looked}`);
    };
    const { failed, firstFailure } = await runIsolationTurn(turn, { ask, guard });
    expect(failed).toEqual([19, 39]);
    expect(firstFailure).toBe('look-up 20');
  });

  it('keeps what the guard said, and goes on when it says nothing', async () => {
    const told = await runIsolationTurn(turn, { ask: async () => {}, guard });
    expect(told.guard[0]).toEqual({ atMs: expect.any(Number), factor: 0.7, phase: 'cut', p95Ms: 12 });
    const silent = await runIsolationTurn(turn, {
      ask: async () => {},
      guard: () => Promise.reject(new Error('gone')),
    });
    expect(silent.guard).toEqual([]);
  });

  it('fails where the job has ended by itself', async () => {
    const job = {
      begin: () => {},
      check: () => {
        throw new Error('the job failed');
      },
      samples: [],
    };
    await expect(runIsolationTurn(turn, { ask: async () => {}, guard, job })).rejects.toThrow(
      'the job failed',
    );
  });
});
