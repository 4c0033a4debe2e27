import { describe, expect, it } from 'vitest';
import { noRunTimeSettings, type RunTimeSettings } from '../../../src/core/throttle/limit-book.ts';
import { StoreError } from '../../../src/core/throttle/limit-store.ts';
import { UnreadableSettingsError } from '../../../src/core/throttle/settings-body.ts';
import { createFleet, type FleetUnderTest, pulseMs } from '../../support/settings-fleet.ts';

function settings(version: number, id = `a${version}`): RunTimeSettings {
  return { version, id, limits: { 'storefront/read': { rate: version } }, paused: [] };
}

/** As somebody else would, past all instances. */
async function put(fleet: FleetUnderTest, after: RunTimeSettings): Promise<void> {
  const before = await fleet.store.readSettings();
  expect(await fleet.store.changeSettings({ before, after, audit: [] })).toBe(true);
}

const countOf = (calls: readonly string[], call: string) => calls.filter((name) => name === call).length;

describe('a keeper', () => {
  it('pulses at once and then every 400 ms at the latest, with one call each', async () => {
    const fleet = createFleet();
    await fleet.add('a').keeper.start();
    expect(fleet.calls).toEqual(['pulse']);
    await fleet.clock.advance(pulseMs * 50);
    expect(countOf(fleet.calls, 'pulse')).toBeGreaterThanOrEqual(51);
    expect(countOf(fleet.calls, 'pulse')).toBeLessThanOrEqual(51 / 0.8);
    expect(fleet.calls).toHaveLength(countOf(fleet.calls, 'pulse'));
  });

  it('takes over settings within a pulse, and reads them once', async () => {
    const fleet = createFleet();
    const { book, keeper } = fleet.add('a');
    await keeper.start();
    await put(fleet, settings(1));
    await fleet.clock.advance(pulseMs);
    expect(keeper.settings()).toEqual(settings(1));
    expect(book.limitOf('storefront/read')?.rate).toBe(1);
    await fleet.clock.advance(pulseMs * 5);
    expect(countOf(fleet.calls, 'readSettings')).toBe(1);
  });

  it('has the settings of the store when it has started', async () => {
    const fleet = createFleet();
    await put(fleet, settings(3));
    const { keeper } = fleet.add('a');
    await keeper.start();
    expect(keeper.settings()).toEqual(settings(3));
  });

  it('takes over others of the same version, as after a split', async () => {
    const fleet = createFleet();
    const { keeper } = fleet.add('a');
    await put(fleet, settings(2, 'theirs'));
    keeper.adopt(settings(2, 'ours'));
    await keeper.start();
    expect(keeper.settings().id).toBe('theirs');
    expect(countOf(fleet.calls, 'restoreSettings')).toBe(0);
  });

  it('puts back what the store has lost, whole or in part, within a pulse', async () => {
    for (const held of [noRunTimeSettings, settings(6)]) {
      const fleet = createFleet();
      const { keeper } = fleet.add('a');
      if (held.version > 0) await put(fleet, held);
      keeper.adopt(settings(7));
      await keeper.start();
      expect(await fleet.store.readSettings()).toEqual(settings(7));
      expect(keeper.settings()).toEqual(settings(7));
      await fleet.clock.advance(pulseMs * 5);
      expect(countOf(fleet.calls, 'restoreSettings')).toBe(1);
    }
  });

  it('ends with the latest version where several put back different ones', async () => {
    const fleet = createFleet();
    const keepers = [5, 7, 6].map((version) => {
      const { keeper } = fleet.add(`instance-${version}`);
      keeper.adopt(settings(version));
      return keeper;
    });
    await Promise.all(keepers.map((keeper) => keeper.start()));
    await fleet.clock.advance(1_000);
    expect(await fleet.store.readSettings()).toEqual(settings(7));
    expect(keepers.map((keeper) => keeper.settings().version)).toEqual([7, 7, 7]);
  });

  it('keeps what it has while the store has settings that it cannot read, and asks for them once', async () => {
    const fleet = createFleet();
    const { keeper, unexpected } = fleet.add('a');
    await put(fleet, settings(1));
    await keeper.start();
    let reads = 0;
    fleet.disturb = (call) => {
      if (call !== 'readSettings') return undefined;
      reads += 1;
      return new UnreadableSettingsError();
    };
    await put(fleet, settings(2));
    await fleet.clock.advance(pulseMs * 5);
    expect([keeper.settings().version, reads, unexpected.length]).toEqual([1, 1, 1]);
    fleet.disturb = () => undefined;
    await fleet.clock.advance(pulseMs * 5);
    expect(keeper.settings().version).toBe(1);
    await put(fleet, settings(3));
    await fleet.clock.advance(pulseMs);
    expect(keeper.settings()).toEqual(settings(3));
  });

  it('asks again for settings where the store failed to give them', async () => {
    const fleet = createFleet();
    const { keeper, unexpected } = fleet.add('a');
    await put(fleet, settings(1));
    fleet.disturb = (call) => (call === 'readSettings' ? new StoreError('failed') : undefined);
    await keeper.start();
    expect(keeper.settings().version).toBe(0);
    fleet.disturb = () => undefined;
    await fleet.clock.advance(pulseMs);
    expect([keeper.settings().version, unexpected]).toEqual([1, []]);
  });

  it('does not let an older version take the place of its own', () => {
    const { keeper, book } = createFleet().add('a');
    keeper.adopt(settings(2));
    keeper.adopt(settings(1));
    expect(keeper.settings().version).toBe(2);
    expect(book.limitOf('storefront/read')?.rate).toBe(2);
  });
});

describe('the instances', () => {
  it('are known to each other, and are one fewer at once when one closes', async () => {
    const fleet = createFleet();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => fleet.add(name).keeper);
    expect(a?.instances()).toBe(1);
    await Promise.all([a, b, c].map((keeper) => keeper?.start()));
    await fleet.clock.advance(pulseMs);
    expect(a?.instances()).toBe(3);
    await c?.close();
    await fleet.clock.advance(pulseMs);
    expect([a?.instances(), b?.instances()]).toEqual([2, 2]);
  });

  it('are as last known while the store is away', async () => {
    const fleet = createFleet();
    const a = fleet.add('a');
    await fleet.add('b').keeper.start();
    await a.keeper.start();
    a.gate.isOpen = true;
    await fleet.clock.advance(60_000);
    expect(a.keeper.instances()).toBe(2);
  });

  it('pulse no more when they have closed, even where a pulse was under way', async () => {
    const fleet = createFleet();
    const { keeper, gate } = fleet.add('a');
    let letGo = (): void => {};
    gate.held = new Promise((resolve) => {
      letGo = resolve;
    });
    const started = keeper.start();
    // Calls that come later are not held up: the leave would overtake the pulse.
    gate.held = Promise.resolve();
    const closed = keeper.close();
    await fleet.clock.advance(0);
    letGo();
    await Promise.all([started, closed]);
    await fleet.clock.advance(60_000);
    expect(fleet.calls).toEqual(['pulse', 'leave']);
    expect(fleet.clock.pending()).toBe(0);
  });
});

describe('what was counted', () => {
  const usage = async (fleet: FleetUnderTest) => {
    await fleet.clock.advance(1_000);
    const seconds = await fleet.store.usage(300);
    return seconds.flatMap(({ counts }) => counts).reduce((sum, { admitted }) => sum + admitted, 0);
  };

  it('is told by the next pulse, once', async () => {
    const fleet = createFleet();
    const { keeper, board } = fleet.add('a');
    await keeper.start();
    board.used('storefront', 'read', 5);
    await fleet.clock.advance(pulseMs * 5);
    expect(await usage(fleet)).toBe(5);
  });

  it.each(['timeout', 'unreachable', 'failed'] as const)(
    'is lost with a pulse that may have been sent: %s',
    async (reason) => {
      const fleet = createFleet();
      const { keeper, board } = fleet.add('a');
      board.used('storefront', 'read', 5);
      fleet.disturb = () => new StoreError(reason);
      await keeper.start();
      fleet.disturb = () => undefined;
      board.used('storefront', 'read', 3);
      expect(await usage(fleet)).toBe(3);
    },
  );

  it('waits for the next pulse where one was surely not sent, and for five of them at most', async () => {
    const fleet = createFleet();
    const { keeper, board, gate } = fleet.add('a');
    gate.isOpen = true;
    board.used('storefront', 'read', 5);
    await keeper.start();
    gate.isOpen = false;
    expect(await usage(fleet)).toBe(5);
    gate.isOpen = true;
    board.used('storefront', 'read', 7);
    await fleet.clock.advance(pulseMs * 8);
    gate.isOpen = false;
    board.used('storefront', 'read', 1);
    expect(await usage(fleet)).toBe(6);
  });
});

describe('after each pulse', () => {
  it('tells where the invalidations stand, and that it was', async () => {
    const fleet = createFleet();
    const { keeper, gate } = fleet.add('a');
    let pulses = 0;
    const stop = keeper.onPulse(() => {
      pulses += 1;
    });
    expect(keeper.invalidationState()).toBeUndefined();
    await keeper.start();
    expect([keeper.invalidationState(), pulses]).toEqual([{ sequence: 0, epoch: '' }, 1]);
    gate.isOpen = true;
    await fleet.clock.advance(pulseMs);
    expect(pulses).toBe(1);
    gate.isOpen = false;
    await fleet.clock.advance(pulseMs);
    expect(pulses).toBe(2);
    stop();
    await fleet.clock.advance(pulseMs);
    expect(pulses).toBe(2);
  });
});
