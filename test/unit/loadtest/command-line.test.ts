import { describe, expect, it } from 'vitest';
import type { BenchOptions } from '../../../loadtest/bench/session.ts';
import { type RunBench, runLoadTest } from '../../../loadtest/command-line.ts';
import { UsageError } from '../../../topology/launcher/launcher-error.ts';

async function run(args: readonly string[], runBench: RunBench = async () => true) {
  const printed: string[] = [];
  const reported: string[] = [];
  const asked: { name: string; options: BenchOptions }[] = [];
  const code = await runLoadTest(
    args,
    { print: (text) => printed.push(text), report: (line) => reported.push(line) },
    (name, options, output) => {
      asked.push({ name, options });
      return runBench(name, options, output);
    },
  );
  return { code, asked, printed: printed.join('\n'), reported: reported.join('\n') };
}

describe('the command line of the load tests', () => {
  it('runs every benchmark on twelve nodes unless told otherwise', async () => {
    const { code, asked } = await run(['bench']);
    expect(code).toBe(0);
    expect(asked).toEqual([
      {
        name: 'all',
        options: {
          nodes: 12,
          rounds: 5,
          warmUpRounds: 2,
          lookUps: 600,
          keysPerLookUp: 50,
          inFlight: 8,
          keep: false,
          flushed: false,
          outOfStep: false,
          groupSizes: [4, 8, 16, 32, 'unbounded'],
          groupings: [],
          rate: 30,
          rows: 30_000,
          short: false,
        },
      },
    ]);
  });

  it('passes on what was chosen', async () => {
    const args =
      'bench group-size --nodes 4 --rounds 1 --warm-up 0 --lookups 30 --inflight 2 --keep --cluster x';
    const { asked } = await run([...args.split(' '), '--group-sizes', '8,unbounded', '--groupings', 'key']);
    expect(asked[0]).toMatchObject({
      name: 'group-size',
      options: { nodes: 4, rounds: 1, warmUpRounds: 0, lookUps: 30, inFlight: 2, keep: true, cluster: 'x' },
    });
    expect(asked[0]?.options.groupSizes).toEqual([8, 'unbounded']);
    expect(asked[0]?.options.groupings).toEqual(['key']);
  });

  it.each([
    [['bench', 'lookup'], 'an unknown benchmark'],
    [['bench', '--nodes', '2'], 'fewer nodes than racks'],
    [['bench', '--rounds', '1.5'], 'half a round'],
    [['bench', '--inflight', '0'], 'nothing in flight'],
    [['bench', '--group-sizes', '4,x'], 'a group size that is no number'],
    [['bench', '--group-sizes', '1001'], 'a larger group than Weir allows'],
    [['bench', '--groupings', 'key,token'], 'a grouping that there is not'],
    [['bench', '--rate', '0'], 'a rate at which nothing happens'],
    [['bench', '--rows', '30001'], 'more rows than there are'],
    [['bench', '--fast'], 'an unknown option'],
    [['drive'], 'an unknown command'],
  ])('refuses %j: %s', async (args) => {
    const { code, asked, reported } = await run(args);
    expect(code).toBe(2);
    expect(asked).toEqual([]);
    expect(reported).not.toBe('');
  });

  it.each([
    [['--short'], 120, 10_000],
    [['--short', '--lookups', '9000', '--rows', '20000'], 120, 10_000],
  ])('makes one small round of it with %j', async (args, lookUps, rows) => {
    const { asked } = await run(['bench', 'tail', ...args]);
    expect(asked[0]?.options).toMatchObject({ rounds: 1, warmUpRounds: 1, lookUps, rows, short: true });
  });

  it('measures nothing twice', async () => {
    const { asked } = await run(['bench', '--group-sizes', '8,4,8', '--groupings', 'key,key']);
    expect(asked[0]?.options).toMatchObject({ groupSizes: [8, 4], groupings: ['key'] });
  });

  it('shows two examples in its help', async () => {
    const { code, printed } = await run(['bench', '--help']);
    expect(code).toBe(0);
    expect(printed.match(/^ {2}npm run bench -- /gm)).toHaveLength(2);
  });

  it.each<[string, RunBench, number]>([
    ['all targets are reached', async () => true, 0],
    ['a target is missed', async () => false, 3],
    ['something fails', () => Promise.reject(new Error('node-3 is down')), 1],
    ['the cluster was named wrongly', () => Promise.reject(new UsageError('there is no cluster x')), 2],
  ])('tells by its exit code when %s', async (_, runBench, code) => {
    expect((await run(['bench'], runBench)).code).toBe(code);
  });

  it('says why it failed', async () => {
    const { reported } = await run(['bench'], () => Promise.reject(new Error('node-3 is down')));
    expect(reported).toBe('error: node-3 is down');
  });
});
