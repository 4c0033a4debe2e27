import { describe, expect, it } from 'vitest';
import { runLoadTest } from '../../../loadtest/command-line.ts';
import type { IsolationOptions } from '../../../loadtest/isolation-options.ts';

async function run(line: string, reached = true) {
  const asked: IsolationOptions[] = [];
  const others: string[] = [];
  const reported: string[] = [];
  const code = await runLoadTest(
    line.split(' '),
    { print: () => {}, report: (text) => reported.push(text) },
    async (name) => {
      others.push(name);
      return true;
    },
    async (options) => {
      asked.push(options);
      return reached;
    },
  );
  return { code, asked, others, reported };
}

describe('the options of isolation', () => {
  it('are its own, and not those of the other benchmarks', async () => {
    const { code, asked, others } = await run('bench isolation --cluster x --rounds 4 --keys 20');
    expect(code).toBe(0);
    expect(others).toEqual([]);
    expect(asked).toEqual([
      {
        cluster: 'x',
        jobIn: 'backend',
        rounds: 4,
        keys: 20,
        warmUp: 600,
        aloneSeconds: 10,
        settleSeconds: 15,
        turnSeconds: 45,
        searchTurns: 6,
        scans: 8,
        writers: 4,
        guardTarget: 1.25,
      },
    ]);
  });

  it('leave the others as they are', async () => {
    const { asked, others } = await run('bench tail --rounds 4 --cluster x');
    expect(others).toEqual(['tail']);
    expect(asked).toEqual([]);
  });

  it('make small turns of it on request', async () => {
    const { asked } = await run('bench isolation --cluster x --short --turn-seconds 900 --rate 7');
    expect(asked[0]).toMatchObject({ rounds: 1, turnSeconds: 8, rate: 7, short: true });
  });

  it.each([
    'bench isolation',
    'bench isolation --cluster x --job-in asia',
    'bench isolation --cluster x --turn-seconds 1',
    'bench isolation --cluster x --guard-target 0.9',
    'bench isolation --cluster x --lookups 5',
  ])('refuse %j', async (line) => {
    const { code, asked, reported } = await run(line);
    expect(code).toBe(2);
    expect(asked).toEqual([]);
    expect(reported).not.toEqual([]);
  });

  it('tell by the exit code when a target was missed', async () => {
    expect((await run('bench isolation --cluster x', false)).code).toBe(3);
  });
});
