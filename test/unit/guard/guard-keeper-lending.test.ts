import { describe, expect, it } from 'vitest';
import type { Reserves } from '../../../src/core/guard/borrowing.ts';
import type { WrittenLimit } from '../../../src/core/throttle/settings-changes.ts';
import {
  createSteeredFleet,
  guardSettings,
  report,
  type SteeredFleet,
  type SteeredInstance,
  startAll,
  storefront,
} from '../../support/steered-fleet.ts';

const reserves: Reserves = new Map([['read', new Map([['frontend', 400]])]]);
const limits: ReadonlyMap<string, WrittenLimit> = new Map([['fleet:all/read', { rate: 600, burst: 60 }]]);

/** Units that both were granted, of what they ask for each second on each instance. */
async function offer(
  fleet: SteeredFleet,
  instances: readonly SteeredInstance[],
  seconds: number,
  unitsPerSecond: { readonly frontend: number; readonly backend: number },
) {
  const granted = { frontend: 0, backend: 0 };
  for (let tick = 0; tick < seconds * 50; tick += 1) {
    for (const { throttle } of instances) {
      for (const application of [storefront, report]) {
        const name = application.className as keyof typeof granted;
        const answer = throttle.admit({
          application,
          operation: 'read',
          units: Math.max(1, unitsPerSecond[name] / 50),
          strict: false,
          waitMs: 0,
          deadlineMs: Number.POSITIVE_INFINITY,
        });
        const take = (admission: { readonly granted: number }): void => {
          granted[name] += admission.granted;
        };
        if (answer instanceof Promise) void answer.then(take);
        else take(answer);
      }
    }
    await fleet.clock.advance(20);
  }
  return { frontend: granted.frontend / seconds, backend: granted.backend / seconds };
}

function classRate({ book }: SteeredInstance): number | undefined {
  return book.chain(report, 'read').find(({ policy }) => policy === 'class-read')?.limit.rate;
}

describe('what is kept for the front end', () => {
  it('is lent out no further than it leaves, on all instances, with a guard and without', async () => {
    for (const settings of [undefined, guardSettings]) {
      const fleet = createSteeredFleet({ settings, reserves, limits });
      const instances = await startAll(fleet, ['a', 'b']);
      await fleet.clock.advance(2_000);
      for (const instance of instances) {
        expect(classRate(instance)).toBeGreaterThan(200 / 1.011);
        expect(classRate(instance)).toBeLessThanOrEqual(200);
      }
      expect(instances.map(({ keeper }) => keeper.view().steering.factor)).toEqual([1, 1]);
    }
  });

  it('is there when the front end comes, while a job takes all it may', async () => {
    const fleet = createSteeredFleet({ reserves, limits });
    const instances = await startAll(fleet, ['a', 'b']);
    const alone = await offer(fleet, instances, 20, { frontend: 0, backend: 1_000 });
    expect(alone.backend).toBeGreaterThan(180);
    expect(alone.backend).toBeLessThanOrEqual(210);
    const together = await offer(fleet, instances, 10, { frontend: 200, backend: 1_000 });
    expect(together.frontend).toBeGreaterThan(380);
  });

  it('is taken back from those who borrow, where the front end uses more than that', async () => {
    const fleet = createSteeredFleet({ reserves, limits });
    const instances = await startAll(fleet, ['a', 'b']);
    await offer(fleet, instances, 5, { frontend: 100, backend: 1_000 });
    // Of 500 that the front end would have, the fleet's limit gives 400 as long as the job has its 200.
    await offer(fleet, instances, 3, { frontend: 250, backend: 1_000 });
    const { frontend, backend } = await offer(fleet, instances, 5, { frontend: 250, backend: 1_000 });
    expect(frontend).toBeGreaterThan(480);
    expect(backend).toBeLessThan(40);
    const after = await offer(fleet, instances, 10, { frontend: 50, backend: 1_000 });
    expect(after.backend).toBeGreaterThan(130);
  });

  it('stays kept as it was where nobody decides', async () => {
    const fleet = createSteeredFleet({ settings: guardSettings, reserves, limits });
    const instances = await startAll(fleet, ['a', 'b']);
    await fleet.clock.advance(2_000);
    const before = instances.map(classRate);
    for (const { way } of instances) way.isDown = true;
    await fleet.clock.advance(3_000);
    expect(instances.map(classRate)).toEqual(before);
    await fleet.clock.advance(20_000);
    expect(instances.map(classRate)).toEqual(before.map((rate) => (rate ?? 0) / 2));
  });

  it('is let go where it is no longer configured', async () => {
    const fleet = createSteeredFleet({ reserves, limits });
    const [a] = (await startAll(fleet, ['a'])) as [SteeredInstance];
    await fleet.clock.advance(2_000);
    expect(classRate(a)).toBeLessThanOrEqual(200);
    a.config.reserves = new Map();
    await fleet.clock.advance(2_000);
    expect(classRate(a)).toBeUndefined();
    expect(a.calls.at(-1)).toBe('resign');
  });
});
