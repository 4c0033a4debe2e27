import { describe, expect, it } from 'vitest';
import {
  countOf,
  createSteeredFleet,
  factorsOf,
  fastMs,
  guardSettings,
  leadersOf,
  longestBeatMs,
  passSeconds,
  phasesOf,
  report,
  type SteeredInstance,
  scanRate,
  slowMs,
  startAll,
  startSlowed,
} from '../../support/steered-fleet.ts';

describe('the keepers of a fleet', () => {
  it('have one leader, which alone learns and decides: one call a second, or three', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a', 'b', 'c']);
    await fleet.clock.advance(60_000);
    const [a, b, c] = instances as [SteeredInstance, SteeredInstance, SteeredInstance];
    expect(leadersOf(instances)).toEqual(['a']);
    for (const instance of [a, b, c]) {
      expect(countOf(instance, 'beat')).toBeGreaterThanOrEqual(57);
      expect(countOf(instance, 'beat')).toBeLessThanOrEqual(64);
    }
    expect([countOf(a, 'usage'), countOf(a, 'steer')]).toEqual([countOf(a, 'beat'), countOf(a, 'beat')]);
    expect([b.calls.length, c.calls.length]).toEqual([countOf(b, 'beat'), countOf(c, 'beat')]);
  });

  it('leave limits alone while the front end is well', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a', 'b']);
    const chains = instances.map(({ book }) => book.chain(report, 'scan'));
    await passSeconds(fleet, instances, 10, fastMs);
    expect(factorsOf(instances)).toEqual([1, 1]);
    expect(phasesOf(instances)).toEqual(['open', 'open']);
    expect(instances.map(({ book }) => book.chain(report, 'scan'))).toEqual(chains);
    for (const [at, { book }] of instances.entries()) expect(book.chain(report, 'scan')).toBe(chains[at]);
    const { latency } = (instances[1] as SteeredInstance).keeper.view().steering;
    // Each of both counts 200 a second, over the present second and four before it.
    expect(latency.samples).toBeGreaterThanOrEqual(1_400);
    expect(latency.samples).toBeLessThanOrEqual(2_100);
  });

  it('agree on a factor within a beat, and slow the same limits by it', async () => {
    const { instances } = await startSlowed();
    const [factor = 1] = factorsOf(instances);
    for (const instance of instances) {
      expect(scanRate(instance)).toBeCloseTo(1_000 * (Math.round(factor * 100) / 100), 6);
      expect(instance.book.chain(report, 'scan')[0]?.slowed).toBe(Math.round(factor * 100) / 100);
    }
  });

  it('rise again when the front end is well again', async () => {
    const { fleet, instances } = await startSlowed();
    await passSeconds(fleet, instances, 60, fastMs);
    expect(factorsOf(instances)).toEqual([1, 1, 1]);
    expect(instances.map(scanRate)).toEqual([1_000, 1_000, 1_000]);
  });

  it('count only look-ups of protected classes', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a']);
    const [{ keeper }] = instances as [SteeredInstance];
    for (let lookUp = 0; lookUp < 500; lookUp += 1) keeper.observe('backend', slowMs);
    await fleet.clock.advance(2_000);
    expect(keeper.view().steering.latency.samples).toBe(0);
  });
});

describe('an instance that begins', () => {
  it('has the factor of its fleet when it has started', async () => {
    const { fleet, instances } = await startSlowed();
    const d = fleet.add('d');
    await d.keeper.start();
    expect(factorsOf([d])).toEqual(factorsOf(instances.slice(0, 1)));
    expect(d.book.chain(report, 'scan')[0]?.slowed).toBeLessThan(1);
  });

  it('goes on where a whole fleet was restarted', async () => {
    const { fleet, instances } = await startSlowed();
    const [before] = factorsOf(instances);
    for (const { keeper } of instances) await keeper.close();
    const next = fleet.add('d');
    await next.keeper.start();
    expect(next.keeper.view()).toMatchObject({ isLeader: true, epoch: 2, steering: { factor: before } });
  });
});

describe('what is configured', () => {
  it('without guard and reserve nothing is sent to the store', async () => {
    const fleet = createSteeredFleet({});
    const [a] = (await startAll(fleet, ['a'])) as [SteeredInstance];
    a.keeper.observe('frontend', slowMs);
    await fleet.clock.advance(60_000);
    await a.keeper.close();
    expect(a.calls).toEqual([]);
    expect(a.keeper.view()).toMatchObject({ enabled: false, settings: null, leader: null, epoch: 0 });
  });

  it('is followed while it changes: limits are let go, and the lead with them', async () => {
    const { fleet, instances } = await startSlowed(['a', 'b']);
    const [a, b] = instances as [SteeredInstance, SteeredInstance];
    a.config.settings = undefined;
    await fleet.clock.advance(longestBeatMs);
    expect([scanRate(a), countOf(a, 'resign')]).toEqual([1_000, 1]);
    expect(scanRate(b)).toBeLessThan(1_000);
    const { length } = a.calls;
    await fleet.clock.advance(10_000);
    expect(a.calls).toHaveLength(length);
    expect(leadersOf(instances)).toEqual(['b']);
    a.config.settings = guardSettings;
    await fleet.clock.advance(longestBeatMs);
    expect(factorsOf([a])).toEqual(factorsOf([b]));
  });
});
