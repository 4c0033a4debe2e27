import { RequestError } from '../../src/core/errors.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import type { FleetStore } from '../../src/core/throttle/fleet.ts';
import type { Limit } from '../../src/core/throttle/limit.ts';
import { createLimitAdministrator } from '../../src/core/throttle/limit-administrator.ts';
import { StoreError } from '../../src/core/throttle/limit-store.ts';
import { createLimitBook } from '../../src/core/throttle/live-limit-book.ts';
import { createMemoryFleetStore } from '../../src/core/throttle/memory-fleet-store.ts';
import type { WrittenLimit } from '../../src/core/throttle/settings-changes.ts';
import { createSettingsKeeper } from '../../src/core/throttle/settings-keeper.ts';
import { createUsageBoard } from '../../src/core/throttle/usage-board.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

const startMs = Date.UTC(2026, 10, 21, 10, 0, 0);
export const pulseMs = 400;

export const usualLimit: Limit = {
  rate: 100,
  burst: 100,
  mode: 'exact',
  enforce: 'on',
  onOver: 'reject',
  onStoreDown: 'local',
};

export const fileLimits: ReadonlyMap<string, WrittenLimit> = new Map<string, WrittenLimit>([
  ['storefront/read', { rate: 100 }],
  ['storefront/connect', { rate: 10, sessions: 5 }],
  ['class:backend/scan', { rate: 50, burst: 500 }],
]);
export const applications = [
  { name: 'storefront', className: 'frontend' },
  { name: 'nightly-report', className: 'backend' },
];

/** A call to the store, and what becomes of it in place of what it would do. */
export type Disturbance = (call: string, args: readonly unknown[]) => StoreError | undefined;

export interface FleetUnderTest {
  readonly clock: FakeClock;
  /** The store itself, undisturbed. */
  readonly store: FleetStore;
  /** Names of the calls that reached the store. */
  readonly calls: string[];
  /** Calls of the store that fail before they reach it. */
  disturb: Disturbance;
  readonly add: (name: string) => InstanceUnderTest;
}

export type InstanceUnderTest = ReturnType<typeof createInstance>;

/** Instances on one store, under one clock. */
export function createFleet(): FleetUnderTest {
  const clock = createFakeClock();
  const store = createMemoryFleetStore(() => startMs + clock.nowMs());
  const fleet: FleetUnderTest = {
    clock,
    store,
    calls: [],
    disturb: () => undefined,
    add: (name) => createInstance(name, fleet),
  };
  return fleet;
}

function createInstance(name: string, fleet: FleetUnderTest) {
  const disturbed = new Proxy(fleet.store, {
    get:
      (store, call: keyof FleetStore) =>
      async (...args: never[]) => {
        const error = fleet.disturb(call, args);
        if (error !== undefined) throw error;
        fleet.calls.push(call);
        return (store[call] as (...given: never[]) => unknown)(...args);
      },
  });
  const book = createLimitBook();
  book.setFile(fileLimits, applications);
  const board = createUsageBoard();
  const unexpected: unknown[] = [];
  const random = createSeededRandom(name.charCodeAt(0));
  // Open, it does not let a call through: as the breaker, without its timers. It holds up calls until `held` resolves.
  const gate = { isOpen: false, held: Promise.resolve() };
  const parts = {
    fleet: disturbed,
    breaker: {
      run: async <T>(_name: string, call: () => Promise<T>): Promise<T> => {
        if (gate.isOpen) throw new StoreError('open');
        await gate.held;
        return call();
      },
    },
    book,
    random,
  };
  const keeper = createSettingsKeeper({
    ...parts,
    clock: fleet.clock,
    telemetry: { unexpected: (error) => unexpected.push(error) },
    instance: name,
    board,
    aliveMs: 5_000,
    pulseMs,
  });
  const limits = createLimitAdministrator({
    ...parts,
    clock: fleet.clock,
    keeper,
    wallMs: () => startMs + fleet.clock.nowMs(),
  });
  return { book, board, keeper, limits, gate, unexpected };
}

export const changeOptions = { by: 'operator 0a1b2c3d', dryRun: false };

/** Two instances that have pulsed once. */
export async function startFleet() {
  const fleet = createFleet();
  const a = fleet.add('a');
  const b = fleet.add('b');
  await Promise.all([a.keeper.start(), b.keeper.start()]);
  return { fleet, a, b };
}

/** Of a change that is refused. */
export async function refusalOf(change: Promise<unknown>): Promise<RequestError> {
  const error = await change.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RequestError)) throw new Error('the change was not refused');
  return error;
}
