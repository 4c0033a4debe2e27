import { describe, expect, it } from 'vitest';
import { type CacheUse, zipfTargets } from '../../../loadtest/bench/zipf.ts';
import { isReached } from '../../../loadtest/report.ts';
import { summarize } from '../../../loadtest/summary.ts';
import { roundFigures } from './round-figures.ts';

const named = (name: string) => ({ name, messagesPerLookUp: () => 1 });

function missed(weir: { cpuMs: number; meanMs: number }, use: CacheUse): readonly string[] {
  const rounds = [roundFigures('weir', weir), roundFigures('in-any', { cpuMs: 20, meanMs: 80 })];
  return zipfTargets(summarize(['weir', 'in-any'].map(named), rounds), use)
    .filter((target) => !isReached(target))
    .map(({ name }) => name);
}

describe('the targets of the hot rows', () => {
  const use = { hitShare: 0.8, heldShare: 0.355 };

  it('are reached on their bounds', () => {
    expect(missed({ cpuMs: 3, meanMs: 40 }, use)).toEqual([]);
  });

  it.each<[{ cpuMs?: number; meanMs?: number }, Partial<CacheUse>, string]>([
    [{ cpuMs: 3.1 }, {}, 'Cassandra CPU of weir ÷ in-any'],
    [{ meanMs: 40.1 }, {}, 'mean latency of weir ÷ in-any'],
    [{}, { hitShare: 0.799 }, 'hits on distinct keys'],
    [{}, { heldShare: 0.36 }, 'rows in the cache, of all'],
  ])('with %j and %j miss "%s"', (weir, otherUse, target) => {
    expect(missed({ cpuMs: 3, meanMs: 40, ...weir }, { ...use, ...otherUse })).toEqual([target]);
  });

  it('are missed when nothing was measured', () => {
    const nothing = { hitShare: Number.NaN, heldShare: Number.NaN };
    expect(zipfTargets([], nothing).filter(isReached)).toEqual([]);
  });
});
