import { describe, expect, it } from 'vitest';
import { Corrections } from '../../../src/core/throttle/corrections.ts';
import { StoreError } from '../../../src/core/throttle/limit-store.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const limits = [{ id: 'storefront/read', rate: 10, burst: 10, enforced: true }];

function setUpCorrections() {
  const clock = createFakeClock();
  const scene = { isDown: false, sent: [] as number[], stranded: [] as number[] };
  const corrections = new Corrections(
    {
      clock,
      store: {
        async adjust(_limits, units) {
          scene.sent.push(units);
          if (scene.isDown) throw new StoreError('failed');
        },
      },
      breaker: { run: (_name, call) => call() },
      onStranded: (units) => void scene.stranded.push(units),
    },
    limits,
  );
  return { clock, corrections, scene };
}

describe('corrections', () => {
  it('of 20 ms are one call', async () => {
    const { clock, corrections, scene } = setUpCorrections();
    corrections.giveBack(5);
    await clock.advance(19);
    corrections.giveBack(7);
    corrections.owe(2);
    corrections.giveBackLeased(1);
    await clock.advance(1);
    corrections.owe(3);
    await clock.advance(20);
    expect(scene.sent).toEqual([-11, 3]);
    expect(clock.pending()).toBe(0);
  });

  it('that even out are none', async () => {
    const { clock, corrections, scene } = setUpCorrections();
    corrections.giveBack(5);
    corrections.owe(5);
    await clock.advance(100);
    expect(scene.sent).toEqual([]);
  });

  const rows: readonly [string, (corrections: Corrections) => void, readonly number[]][] = [
    ['what was leased', (corrections) => corrections.giveBackLeased(7), [7]],
    ['not what comes back from a request', (corrections) => corrections.giveBack(7), []],
    [
      'not what paid for something',
      (corrections) => {
        corrections.giveBackLeased(7);
        corrections.owe(4);
      },
      [3],
    ],
  ];
  it.each(rows)('that are lost strand %s, and are not sent again', async (_why, correct, stranded) => {
    const { clock, corrections, scene } = setUpCorrections();
    scene.isDown = true;
    correct(corrections);
    await clock.advance(1_000);
    expect(scene.stranded).toEqual(stranded);
    expect(scene.sent).toHaveLength(1);
  });

  it('can be sent at once; that ends when all are answered', async () => {
    const { clock, corrections, scene } = setUpCorrections();
    corrections.giveBack(5);
    await corrections.flush();
    expect(scene.sent).toEqual([-5]);
    expect(clock.pending()).toBe(0);
  });
});
