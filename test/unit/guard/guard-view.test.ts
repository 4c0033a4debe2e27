import { describe, expect, it } from 'vitest';
import { beatMs } from '../../../src/core/guard/guard-keeper.ts';
import { createSteeredFleet, phasesOf, type SteeredInstance, startAll } from '../../support/steered-fleet.ts';

const longestBeatMs = beatMs * 1.05;
const by = 'operator 0a1b2c3d';

describe('what an instance shows of the guard', () => {
  it('has an override that was taken back as held, at its factor, until the leader has decided', async () => {
    const fleet = createSteeredFleet();
    const instances = await startAll(fleet, ['a', 'b', 'c']);
    const [, b, c] = instances as [SteeredInstance, SteeredInstance, SteeredInstance];
    await b.administration.override(0.3, by);
    await fleet.clock.advance(2 * longestBeatMs);
    expect(phasesOf(instances)).toEqual(['manual', 'manual', 'manual']);
    const view = await b.administration.override(null, by);
    expect(view).toMatchObject({ override: null, steering: { factor: 0.3, phase: 'hold' } });
    // Each hears of it in its own time; whoever shows nobody's override shows no operator's phase.
    for (let step = 0; step < 30; step += 1) {
      await fleet.clock.advance(100);
      for (const { keeper } of instances) {
        const { override, steering } = keeper.view();
        expect(steering.phase).toBe(override === null ? 'hold' : 'manual');
      }
    }
    expect(c.keeper.view().override).toBeNull();
  });

  it('is as old as whole milliseconds tell', async () => {
    const fleet = createSteeredFleet();
    const [a] = (await startAll(fleet, ['a'])) as [SteeredInstance];
    await fleet.clock.advance(100.4);
    expect(a.keeper.view().ageMs).toBe(100);
  });
});
