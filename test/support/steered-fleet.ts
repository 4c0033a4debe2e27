import type { Reserves } from '../../src/core/guard/borrowing.ts';
import type { GuardSettings } from '../../src/core/guard/guard.ts';
import { createGuardAdministrator } from '../../src/core/guard/guard-administrator.ts';
import { beatMs, createGuardKeeper } from '../../src/core/guard/guard-keeper.ts';
import type { GuardStore } from '../../src/core/guard/guard-store.ts';
import { createMemoryGuardStore } from '../../src/core/guard/memory-guard-store.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { LimitBuckets } from '../../src/core/throttle/limit-buckets.ts';
import { type LimitStore, StoreError } from '../../src/core/throttle/limit-store.ts';
import { createLimitBook } from '../../src/core/throttle/live-limit-book.ts';
import { createMemoryFleetStore } from '../../src/core/throttle/memory-fleet-store.ts';
import { createMemoryLimitStore, ticksOf } from '../../src/core/throttle/memory-limit-store.ts';
import type { WrittenLimit } from '../../src/core/throttle/settings-changes.ts';
import { createSettingsKeeper } from '../../src/core/throttle/settings-keeper.ts';
import { createStoreBreaker } from '../../src/core/throttle/store-breaker.ts';
import { createThrottle } from '../../src/core/throttle/throttle-engine.ts';
import { createUsageBoard } from '../../src/core/throttle/usage-board.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

const startMs = Date.UTC(2026, 10, 21, 10, 0, 0);

/** A beat comes so late at most, when all is well. */
export const longestBeatMs = beatMs * 1.05;
/** Look-ups well within the target of `guardSettings`, and well beyond. */
export const fastMs = 10;
export const slowMs = 200;

export const guardSettings: GuardSettings = {
  targetMs: 60,
  min: 0.1,
  protects: ['frontend'],
  slows: ['backend'],
};
export const storefront = { name: 'storefront', className: 'frontend' };
export const report = { name: 'nightly-report', className: 'backend' };
const limits: ReadonlyMap<string, WrittenLimit> = new Map<string, WrittenLimit>([
  ['nightly-report/scan', { rate: 1_000 }],
  ['class:backend/scan', { rate: 2_000 }],
]);

export interface FleetPlan {
  readonly settings?: GuardSettings | undefined;
  readonly reserves?: Reserves;
  readonly limits?: ReadonlyMap<string, WrittenLimit>;
  readonly applications?: readonly { readonly name: string; readonly className: string }[];
}

export interface SteeredFleet {
  readonly clock: FakeClock;
  /** The store itself, undisturbed. */
  readonly guard: GuardStore;
  readonly limits: LimitStore;
  /** Forgets all that the guard has kept, as a FLUSHALL does. */
  flush(): void;
  readonly add: (name: string) => SteeredInstance;
}

export type SteeredInstance = ReturnType<typeof createInstance>;

/** Instances of one fleet under one clock, each with its own way to the stores. */
export function createSteeredFleet(plan: FleetPlan = { settings: guardSettings }): SteeredFleet {
  const clock = createFakeClock(startMs);
  let guard = createMemoryGuardStore(clock);
  const board = createMemoryFleetStore(() => clock.nowMs());
  const counted = createMemoryLimitStore(new LimitBuckets(ticksOf(clock)));
  const fleet: SteeredFleet = {
    clock,
    limits: counted,
    guard: {
      beat: (beat) => guard.beat(beat),
      steer: (...steering) => guard.steer(...steering),
      setOverride: (...change) => guard.setOverride(...change),
      restoreOverride: (known) => guard.restoreOverride(known),
      resign: (instance) => guard.resign(instance),
    },
    flush() {
      guard = createMemoryGuardStore(clock);
    },
    add: (name) => createInstance(name, fleet, board, plan),
  };
  return fleet;
}

type Call = 'beat' | 'steer' | 'setOverride' | 'restoreOverride' | 'resign' | 'usage';

function createInstance(
  name: string,
  fleet: SteeredFleet,
  board: ReturnType<typeof createMemoryFleetStore>,
  plan: FleetPlan,
) {
  const { clock } = fleet;
  const calls: Call[] = [];
  const unexpected: unknown[] = [];
  /** `isDown`: no call reaches a store; `fails`: none of these does; `held`: by call, what it waits for on its way. */
  const way = { isDown: false, fails: [] as Call[], held: {} as Partial<Record<Call, Promise<void>>> };
  /** May be changed at any time. */
  const config = { settings: plan.settings, reserves: plan.reserves ?? new Map() };
  const travel = async <T>(call: Call, send: () => Promise<T>): Promise<T> => {
    if (way.isDown || way.fails.includes(call)) throw new StoreError('failed');
    await way.held[call];
    calls.push(call);
    return send();
  };
  const store: GuardStore = {
    beat: (beat) => travel('beat', () => fleet.guard.beat(beat)),
    steer: (...steering) => travel('steer', () => fleet.guard.steer(...steering)),
    setOverride: (...change) => travel('setOverride', () => fleet.guard.setOverride(...change)),
    restoreOverride: (known) => travel('restoreOverride', () => fleet.guard.restoreOverride(known)),
    resign: (instance) => travel('resign', () => fleet.guard.resign(instance)),
  };
  const book = createLimitBook();
  book.setFile(plan.limits ?? limits, plan.applications ?? [storefront, report]);
  const usage = createUsageBoard();
  const random = createSeededRandom(name.charCodeAt(0));
  const telemetry = {
    ...usage,
    near() {},
    waited() {},
    storeCall() {},
    stranded() {},
    unexpected: (error: unknown) => void unexpected.push(error),
  };
  const breaker = createStoreBreaker({
    clock,
    telemetry,
    probe: async () => {
      if (way.isDown) throw new StoreError('failed');
    },
  });
  /** Whatever the breaker has to say of it, a held call is a process that stands still. */
  const patient = { run: <T>(_name: string, call: () => Promise<T>): Promise<T> => call() };
  const parts = { store, breaker: patient, settings: () => config.settings };
  const pulses = createSettingsKeeper({
    fleet: board,
    breaker: patient,
    book,
    clock,
    random,
    telemetry,
    instance: name,
    board: usage,
    aliveMs: 5_000,
  });
  const keeper = createGuardKeeper({
    ...parts,
    book,
    usage: (seconds) => travel('usage', () => board.usage(seconds)),
    clock,
    random,
    telemetry,
    instance: name,
    reserves: () => config.reserves,
  });
  const administration = createGuardAdministrator({ ...parts, keeper, wallMs: () => clock.nowMs() });
  const throttle = createThrottle({
    store: fleet.limits,
    breaker,
    book,
    clock,
    random,
    telemetry,
    instances: () => 1,
    bounds: { waiting: 10, longestWaitMs: 60_000 },
  });
  return { name, book, pulses, keeper, administration, throttle, config, way, calls, unexpected };
}

/** All have beaten once. */
export async function startAll(
  fleet: SteeredFleet,
  names: readonly string[],
): Promise<readonly SteeredInstance[]> {
  const instances = names.map((name) => fleet.add(name));
  for (const { pulses, keeper } of instances) {
    await pulses.start();
    await keeper.start();
  }
  return instances;
}

export function factorsOf(instances: readonly SteeredInstance[]): readonly number[] {
  return instances.map(({ keeper }) => keeper.view().steering.factor);
}

export function phasesOf(instances: readonly SteeredInstance[]): readonly string[] {
  return instances.map(({ keeper }) => keeper.view().steering.phase);
}

export function leadersOf(instances: readonly SteeredInstance[]): readonly string[] {
  return instances.flatMap(({ keeper, name }) => (keeper.view().isLeader ? [name] : []));
}

/** So many protected look-ups a second on each instance, all as long; the job uses all that it may. */
export async function passSeconds(
  fleet: SteeredFleet,
  instances: readonly SteeredInstance[],
  seconds: number,
  cassandraMs: number,
): Promise<void> {
  for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
    for (const { keeper, throttle } of instances) {
      for (let lookUp = 0; lookUp < 20; lookUp += 1) keeper.observe('frontend', cassandraMs);
      void throttle.admit({
        application: report,
        operation: 'scan',
        units: 200,
        strict: false,
        waitMs: 0,
        deadlineMs: Number.POSITIVE_INFINITY,
      });
    }
    await fleet.clock.advance(100);
  }
}

/** Instances whose front end has suffered until the factor was cut, all of which have heard of it. */
export async function startSlowed(names: readonly string[] = ['a', 'b', 'c']) {
  const fleet = createSteeredFleet();
  const instances = await startAll(fleet, names);
  await passSeconds(fleet, instances, 10, 200);
  await fleet.clock.advance(longestBeatMs);
  if (new Set(factorsOf(instances)).size !== 1 || factorsOf(instances)[0] === 1) {
    throw new Error('the instances are not slowed alike');
  }
  return { fleet, instances };
}

/** How often the instance has made this call of the store. */
export function countOf({ calls }: Pick<SteeredInstance, 'calls'>, call: string): number {
  return calls.filter((name) => name === call).length;
}

/** Of the job's limit on scans, as it is now. */
export function scanRate({ book }: Pick<SteeredInstance, 'book'>): number | undefined {
  return book.chain(report, 'scan')[0]?.limit.rate;
}
