import { describe, expect, it } from 'vitest';
import { comparedLaws } from '../../support/guard-simulation-laws.ts';
import { sharedLoads } from '../../support/guard-simulation-loads.ts';
import { openContest } from '../../support/guard-simulation-search.ts';
import { propertyRuns } from '../../support/property-runs.ts';

/** Of what the front end has alone; what is promised is 1.3. */
const target = 1.25;
const promise = 1.3;
const leastShare = 0.8;
const seeds = Math.ceil(propertyRuns(sharedLoads.length * 4) / sharedLoads.length);
/** Even the least factor of this one breaks the promise. */
const bounded = 'a limit above capacity';
/** Where the front end itself has peaks, or so few look-ups that the percentile is unsure, a little more is allowed. */
const promised = sharedLoads.filter(({ name }) => !/waves|steps|spikes|few/.test(name) && name !== bounded);
const looserPromise = 1.35;

describe('the guard against the best fixed limit', { timeout: 120_000 }, () => {
  it.each(sharedLoads)('gives the job four fifths of it at the same p95: $name', (load) => {
    const shares: number[] = [];
    for (let seed = 1; seed <= seeds; seed += 1) {
      const contest = openContest(load, seed);
      const { share, p95Ms } = contest.enter(comparedLaws.guard(target * contest.aloneMs));
      shares.push(share);
      const most = promised.includes(load) ? promise : looserPromise;
      expect(p95Ms / contest.aloneMs, `p95 of seed ${seed}`).toBeLessThanOrEqual(most);
    }
    expect(Math.min(...shares), 'the least share').toBeGreaterThanOrEqual(leastShare);
  });

  it('slows what may use more than there is within 15 s, where steps of 0.7 do not', () => {
    const load = sharedLoads.find(({ name }) => name === bounded);
    if (load === undefined) throw new Error('there is no such load');
    const contest = openContest(load, 1);
    const targetMs = 1.6 * contest.aloneMs;
    expect(contest.enter(comparedLaws.guard(targetMs)).p95Ms).toBeLessThan(targetMs);
    expect(contest.enter(comparedLaws['steps, then hold'](targetMs)).p95Ms).toBeGreaterThan(1.4 * targetMs);
  });

  it('gives more than cutting each second on a window of five', () => {
    const load = sharedLoads.find(({ name }) => name === 'writes');
    if (load === undefined) throw new Error('there is no such load');
    const contest = openContest(load, 1);
    const targetMs = 2 * contest.aloneMs;
    const guard = contest.enter(comparedLaws.guard(targetMs));
    const hasty = contest.enter(comparedLaws['steps each second'](targetMs));
    expect(guard.share).toBeGreaterThan(hasty.share + 0.05);
    expect(guard.cutsPerMinute).toBeLessThan(hasty.cutsPerMinute / 2);
  });
});
