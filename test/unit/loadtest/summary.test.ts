import { describe, expect, it } from 'vitest';
import { lookUpTargets, restText } from '../../../loadtest/bench/lookups.ts';
import { isReached } from '../../../loadtest/report.ts';
import type { RoundFigures } from '../../../loadtest/rounds.ts';
import { nodeTable, summarize, summaryTable } from '../../../loadtest/summary.ts';
import { roundFigures } from './round-figures.ts';

function figures(variant: string, product: number, p50Ms: number): RoundFigures {
  const nodeCpuMs = { 'node-1': product / 2, 'node-2': product / 4 };
  const told = { nodeCpuMs, cpuMs: product, product, meanMs: p50Ms * 1.5, p50Ms, p95Ms: p50Ms * 2 };
  return roundFigures(variant, told);
}

const named = (name: string) => ({ name, messagesPerLookUp: () => 4.25 });

describe('a summary', () => {
  it('takes the median of each figure over the rounds of the variant', () => {
    const rounds = [3, 1, 2].map((product) => figures('weir', product * 10, product));
    const [summary] = summarize([named('weir')], [...rounds, figures('other', 1_000, 1_000)]);
    expect(summary).toMatchObject({
      variant: 'weir',
      product: 20,
      meanMs: 3,
      p50Ms: 2,
      p95Ms: 4,
      nodeCpuMs: { 'node-1': 10, 'node-2': 5 },
      messagesPerLookUp: 4.25,
    });
  });

  it('shows a dash for the proxy of a variant without one', () => {
    const table = summaryTable(summarize([named('in-any')], [figures('in-any', 36.5, 87)]));
    expect(table.split('\n').at(-1)).toMatch(/\| in-any .* 36\.5 \| .* - \|$/);
  });

  it('shows the nodes with a column a variant', () => {
    const rounds = [figures('a', 8, 1), figures('b', 4, 1)];
    expect(nodeTable(summarize([named('a'), named('b')], rounds)).split('\n')).toEqual([
      '| CPU ms of |    a |    b |',
      '| --------- | ---: | ---: |',
      '| node-1    | 4.00 | 2.00 |',
      '| node-2    | 2.00 | 1.00 |',
    ]);
  });
});

describe('the targets of look-ups', () => {
  const others = [
    figures('in-any', 40, 90),
    figures('single-token-aware', 30, 100),
    figures('single-round-robin', 100, 280),
  ];
  const names = ['weir', 'in-any', 'single-token-aware', 'single-round-robin'].map(named);
  const missed = (weir: RoundFigures): readonly string[] =>
    lookUpTargets(summarize(names, [weir, ...others]))
      .filter((target) => !isReached(target))
      .map(({ name }) => name);

  it.each<[number, number, readonly string[], string]>([
    [18, 50, [], 'exactly the bounds'],
    [18.1, 50, ['in-any', 'single-token-aware', 'single-round-robin'], 'a little above all three'],
    [17.9, 90, ['in-any'], 'as slow as one of them'],
  ])('with product %d and p50 %d ms miss %j: %s', (product, p50Ms, others) => {
    const found = missed(figures('weir', product, p50Ms));
    expect(found.map((name) => others.find((other) => name.endsWith(other)))).toEqual(others);
  });

  it('are missed when Weir was not measured', () => {
    expect(missed(figures('another', 1, 1))).toHaveLength(6);
  });
});

describe('the share of the nodes at rest', () => {
  it('is taken off by the look-ups that share a second', () => {
    const [summary] = summarize([{ name: 'weir', messagesPerLookUp: () => 4 }], []);
    if (summary === undefined) throw new Error('one variant gives one summary');
    const text = restText(200, [{ ...summary, cpuMs: 12, lookUpsPerSecond: 100 }]);
    expect(text).toContain('200 ms of CPU a second');
    expect(text).toContain('weir 10.0 ms');
  });
});
