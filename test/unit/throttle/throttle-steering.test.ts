import { describe, expect, it } from 'vitest';
import type { Admission, Ask } from '../../../src/core/throttle/throttle.ts';
import {
  createSteeredFleet,
  report,
  type SteeredFleet,
  type SteeredInstance,
  storefront,
} from '../../support/steered-fleet.ts';

const minute = 60_000;
const never = Number.POSITIVE_INFINITY;

function scan(units: number, change: Partial<Ask> = {}): Ask {
  return { application: report, operation: 'scan', units, strict: true, deadlineMs: never, ...change };
}

function slow({ book }: SteeredInstance, factor: number): void {
  book.setSteering({ factor, slows: ['backend'], rates: {} });
}

async function admit(fleet: SteeredFleet, { throttle }: SteeredInstance, ask: Ask): Promise<Admission> {
  return fleet.clock.runUntil(Promise.resolve(throttle.admit(ask)));
}

function begin(limit: { rate: number; burst: number; mode?: 'lease' | 'exact' }) {
  const fleet = createSteeredFleet({ limits: new Map([['nightly-report/scan', limit]]) });
  return { fleet, instance: fleet.add('a') };
}

/** Units that instances are granted in so many seconds, who ask for more than there is. */
async function greed(
  fleet: SteeredFleet,
  instances: readonly SteeredInstance[],
  seconds: number,
): Promise<number> {
  let granted = 0;
  for (let ms = 0; ms < seconds * 1_000; ms += 20) {
    for (const { throttle } of instances) {
      const take = (admission: Admission): void => {
        granted += admission.granted;
      };
      const answer = throttle.admit(scan(20));
      if (answer instanceof Promise) void answer.then(take);
      else take(answer);
    }
    await fleet.clock.advance(20);
  }
  return granted;
}

describe('what a slowed application is admitted', () => {
  it.each<['lease' | 'exact', number]>([
    ['exact', 2],
    ['lease', 2],
  ])('follows the factor, whichever way it goes: %s', async (mode, count) => {
    const fleet = createSteeredFleet({
      limits: new Map([['nightly-report/scan', { rate: 1_000, burst: 200, mode }]]),
    });
    const instances = Array.from({ length: count }, (_, at) => fleet.add(`instance-${at}`));
    // What the burst had is spent.
    await greed(fleet, instances, 2);
    for (const factor of [1, 0.7, 0.34, 0.1, 0.5, 1]) {
      for (const instance of instances) slow(instance, factor);
      await greed(fleet, instances, 1);
      const granted = await greed(fleet, instances, 20);
      expect(granted / 20_000).toBeGreaterThan(factor * 0.94);
      // By the bound of the limits: what was not granted of the burst, and what a lease held.
      expect(granted).toBeLessThanOrEqual(factor * 1_000 * 20.5 + 200);
    }
  });

  it('is a burst as before, however slow', async () => {
    const { fleet, instance } = begin({ rate: 100, burst: 50 });
    slow(instance, 0.1);
    expect((await admit(fleet, instance, scan(50))).granted).toBe(50);
    const { refusal } = await admit(fleet, instance, scan(50));
    expect(refusal).toMatchObject({ reason: 'over', slowed: 0.1 });
    expect(refusal?.retryAfterMs).toBeGreaterThan(4_900);
  });
});

describe('a waiting scan', () => {
  it.each(['exact', 'lease'] as const)('is served when the factor rises: %s', async (mode) => {
    const { fleet, instance } = begin({ rate: 100, burst: 100, mode });
    slow(instance, 0.01);
    await admit(fleet, instance, scan(100));
    const startMs = fleet.clock.nowMs();
    const answer = instance.throttle.admit(scan(100, { waitMs: minute, strict: false }));
    await fleet.clock.advance(10_000);
    slow(instance, 1);
    const admission = await fleet.clock.runUntil(Promise.resolve(answer));
    expect([admission.granted, admission.refusal]).toEqual([100, undefined]);
    // At the slow rate it had 10 of them; the other 90 take 900 ms.
    expect(fleet.clock.nowMs() - startMs).toBeLessThanOrEqual(11_000);
  });

  it('waits longer when the factor falls, and is served', async () => {
    const { fleet, instance } = begin({ rate: 100, burst: 100 });
    await admit(fleet, instance, scan(100));
    const answer = instance.throttle.admit(scan(100, { waitMs: minute }));
    await fleet.clock.advance(500);
    slow(instance, 0.1);
    const admission = await fleet.clock.runUntil(Promise.resolve(answer));
    expect(admission.granted).toBe(100);
    expect(admission.waitedMs).toBeGreaterThan(5_000);
    expect(admission.waitedMs).toBeLessThan(11_000);
  });
});

describe('a refusal by a slowed limit says so', () => {
  const rows: readonly [string, (fleet: SteeredFleet, instance: SteeredInstance) => Promise<Admission>][] = [
    ['as the store judged', (fleet, instance) => admit(fleet, instance, scan(60))],
    [
      'as it is remembered',
      async (fleet, instance) => {
        await admit(fleet, instance, scan(60));
        expect(instance.throttle.admit(scan(60))).not.toBeInstanceOf(Promise);
        return admit(fleet, instance, scan(60));
      },
    ],
    ['in part', (fleet, instance) => admit(fleet, instance, scan(99, { strict: false }))],
    ['after a wait in vain', (fleet, instance) => admit(fleet, instance, scan(60, { waitMs: 100 }))],
    [
      'behind others who wait',
      async (fleet, instance) => {
        void instance.throttle.admit(scan(60, { waitMs: minute }));
        await fleet.clock.advance(1);
        return admit(fleet, instance, scan(1, { waitMs: 0 }));
      },
    ],
    [
      'where no more may wait',
      async (fleet, instance) => {
        for (let caller = 0; caller < 10; caller += 1)
          void instance.throttle.admit(scan(60, { waitMs: minute }));
        await fleet.clock.advance(1);
        const admission = await admit(fleet, instance, scan(60, { waitMs: minute }));
        expect(admission.refusal?.reason).toBe('queue-full');
        return admission;
      },
    ],
  ];
  it.each(rows)('%s', async (_way, refused) => {
    const { fleet, instance } = begin({ rate: 10, burst: 100 });
    await admit(fleet, instance, scan(50));
    slow(instance, 0.3);
    expect((await refused(fleet, instance)).refusal?.slowed).toBe(0.3);
  });

  it('by a lease', async () => {
    const { fleet, instance } = begin({ rate: 1_000, burst: 1_000, mode: 'lease' });
    slow(instance, 0.2);
    await greed(fleet, [instance], 3);
    const refused = await admit(fleet, instance, scan(900));
    expect(refused.refusal).toMatchObject({ reason: 'over', violated: ['scan'], slowed: 0.2 });
  });

  it('and not more than a burst, nor one that is as it is set', async () => {
    const { fleet, instance } = begin({ rate: 10, burst: 100 });
    await admit(fleet, instance, scan(50));
    expect((await admit(fleet, instance, scan(60))).refusal).not.toHaveProperty('slowed');
    slow(instance, 0.3);
    expect((await admit(fleet, instance, scan(101))).refusal).not.toHaveProperty('slowed');
  });
});

describe('without the store', () => {
  it('this instance’s share is slowed as well', async () => {
    const { fleet, instance } = begin({ rate: 1_000, burst: 100 });
    slow(instance, 0.2);
    instance.way.isDown = true;
    fleet.limits.charge = () => new Promise(() => {});
    await greed(fleet, [instance], 1);
    const granted = await greed(fleet, [instance], 10);
    expect(granted).toBeGreaterThan(0.9 * 2_000);
    expect(granted).toBeLessThanOrEqual(2_100);
    expect((await admit(fleet, instance, scan(100))).refusal).toMatchObject({ reason: 'over', slowed: 0.2 });
  });

  it('a step of the guard takes nothing from the share of those whom it does not slow', async () => {
    const fleet = createSteeredFleet({
      limits: new Map([
        ['nightly-report/scan', { rate: 1_000 }],
        ['storefront/read', { rate: 100 }],
      ]),
    });
    const instance = fleet.add('a');
    const read = scan(50, { application: storefront, operation: 'read' });
    instance.way.isDown = true;
    fleet.limits.charge = () => new Promise(() => {});
    expect((await admit(fleet, instance, read)).granted).toBe(0);
    await fleet.clock.advance(1_000);
    slow(instance, 0.5);
    expect((await admit(fleet, instance, read)).granted).toBe(50);
  });
});
