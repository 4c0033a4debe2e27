import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../src/core/errors.ts';
import { beatMs } from '../../../src/core/guard/guard-keeper.ts';
import {
  createSteeredFleet,
  factorsOf,
  guardSettings,
  passSeconds,
  phasesOf,
  report,
  type SteeredInstance,
  startAll,
} from '../../support/steered-fleet.ts';

const longestBeatMs = beatMs * 1.05;
const by = 'operator 0a1b2c3d';

async function refusalOf(change: Promise<unknown>): Promise<RequestError> {
  const error = await change.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RequestError)) throw new Error('the change was not refused');
  return error;
}

async function start() {
  const fleet = createSteeredFleet();
  const instances = await startAll(fleet, ['a', 'b', 'c']);
  const [a, b, c] = instances as [SteeredInstance, SteeredInstance, SteeredInstance];
  return { fleet, instances, a, b, c };
}

describe('an operator’s factor', () => {
  it('is in force at once where it was set, and everywhere with the next beat', async () => {
    const { fleet, instances, b } = await start();
    const view = await b.administration.override(0.3, by);
    expect(view).toMatchObject({
      enabled: true,
      settings: guardSettings,
      steering: { factor: 0.3, phase: 'manual' },
      override: { factor: 0.3, by, at: expect.stringMatching(/^2026-11-21T10:00:/) },
      leader: 'a',
      isLeader: false,
    });
    expect(b.book.chain(report, 'scan')[0]).toMatchObject({ slowed: 0.3, limit: { rate: 300 } });
    expect(factorsOf(instances)).toEqual([1, 0.3, 1]);
    await fleet.clock.advance(longestBeatMs);
    expect(factorsOf(instances)).toEqual([0.3, 0.3, 0.3]);
  });

  it('stays whatever becomes of the front end, which is looked at still, and of the store', async () => {
    const { fleet, instances, b } = await start();
    await b.administration.override(0.8, by);
    await passSeconds(fleet, instances, 20, 500);
    expect(factorsOf(instances)).toEqual([0.8, 0.8, 0.8]);
    expect(phasesOf(instances)).toEqual(['manual', 'manual', 'manual']);
    expect(b.keeper.view().steering.latency.p95Ms).toBeGreaterThan(450);
    expect(b.keeper.view().ageMs).toBeLessThanOrEqual(longestBeatMs);
    for (const { way } of instances) way.isDown = true;
    await passSeconds(fleet, instances, 20, 500);
    expect(factorsOf(instances)).toEqual([0.8, 0.8, 0.8]);
  });

  it('is not given back by a beat that was under way when it was set', async () => {
    const { fleet, b } = await start();
    let answer: () => void = () => {};
    b.way.held.beat = new Promise((resolve) => {
      answer = resolve;
    });
    await fleet.clock.advance(longestBeatMs);
    b.way.held = {};
    await b.administration.override(0.3, by);
    // The beat sees the store as it was before.
    fleet.flush();
    answer();
    await fleet.clock.advance(0);
    expect(factorsOf([b])).toEqual([0.3]);
  });

  it('is put back where the store has lost everything, also for who begins then', async () => {
    const { fleet, instances, b } = await start();
    await b.administration.override(0.3, by);
    await fleet.clock.advance(longestBeatMs);
    fleet.flush();
    await fleet.clock.advance(2 * longestBeatMs);
    const d = fleet.add('d');
    await d.keeper.start();
    expect(factorsOf([...instances, d])).toEqual([0.3, 0.3, 0.3, 0.3]);
    expect(d.keeper.view().override).toMatchObject({ factor: 0.3, by });
  });

  it('does not come back from an old snapshot after it was taken back', async () => {
    const { fleet, instances, b } = await start();
    await b.administration.override(0.3, by);
    const override = b.keeper.view().override ?? undefined;
    await b.administration.override(null, by);
    await fleet.clock.advance(longestBeatMs);
    fleet.flush();
    await fleet.guard.restoreOverride({ version: 1, override });
    for (let step = 0; step < 30; step += 1) {
      await fleet.clock.advance(100);
      expect(instances.map(({ keeper }) => keeper.view().override)).toEqual([null, null, null]);
    }
    const beat = { instance: 'd', counts: new Map(), factor: 1, leadMs: 3_000, windowSeconds: 5 };
    expect((await fleet.guard.beat(beat)).override).toEqual({ version: 2, override: undefined });
  });

  it('is not the one of an answer that comes after a newer one', async () => {
    const { a } = await start();
    a.keeper.takeOverride({ version: 2, override: undefined });
    a.keeper.takeOverride({ version: 1, override: { factor: 0.3, by, at: '2026-11-21T10:00:00.000Z' } });
    expect([a.keeper.overrideVersion(), a.keeper.view().override]).toEqual([2, null]);
  });

  it('set where the store has just lost an older one is the newer of both', async () => {
    const { fleet, instances, a, b } = await start();
    for (const factor of [0.2, 0.3]) await b.administration.override(factor, by);
    await fleet.clock.advance(longestBeatMs);
    fleet.flush();
    await a.administration.override(0.7, by);
    await fleet.clock.advance(2 * longestBeatMs);
    expect(factorsOf(instances)).toEqual([0.7, 0.7, 0.7]);
  });

  it('is taken back, and the guard goes on from there after a whole window', async () => {
    const { fleet, instances, a, b } = await start();
    await b.administration.override(0.3, by);
    await passSeconds(fleet, instances, 10, 10);
    expect(await b.administration.override(null, by)).toMatchObject({ override: null });
    await passSeconds(fleet, instances, 4, 10);
    expect(factorsOf(instances)).toEqual([0.3, 0.3, 0.3]);
    expect(phasesOf(instances)).not.toContain('manual');
    await passSeconds(fleet, instances, 60, 10);
    expect(factorsOf(instances)).toEqual([1, 1, 1]);
    expect(a.keeper.view().override).toBeNull();
  });

  it.each([0, 0.009, 1.01, -1, Number.NaN, Number.POSITIVE_INFINITY])('is not %d', async (factor) => {
    const { a } = await start();
    const error = await refusalOf(a.administration.override(factor, by));
    expect(error).toMatchObject({ slug: 'invalid-request', faults: [{ pointer: '/factor' }] });
    expect(a.calls).not.toContain('setOverride');
  });

  it('is refused where no guard is configured', async () => {
    const { fleet, a } = await start();
    a.config.settings = undefined;
    const error = await refusalOf(a.administration.override(0.5, by));
    expect(error).toMatchObject({ slug: 'invalid-request', detail: 'no guard is configured' });
    await fleet.clock.advance(longestBeatMs);
    expect(await a.administration.view()).toMatchObject({ enabled: false, override: null });
  });

  it('is not set where the store is away', async () => {
    const { instances, a } = await start();
    a.way.isDown = true;
    const error = await refusalOf(a.administration.override(0.5, by));
    expect(error.slug).toBe('limiter-unavailable');
    expect(factorsOf(instances)).toEqual([1, 1, 1]);
  });
});
