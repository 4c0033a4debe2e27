import { createSeededRandom } from '../../src/core/random.ts';
import type { Admission, Ask } from '../../src/core/throttle/throttle.ts';
import type { FakeClock } from './fake-clock.ts';
import { askFor, type Instance } from './throttle-scene.ts';

export interface FleetLoad {
  readonly clock: FakeClock;
  readonly instances: readonly Instance[];
  /** Of all instances together, units. */
  readonly unitsPerSecond: number;
  /** How much of it each instance is asked for. */
  readonly shares: readonly number[];
  readonly unitsPerAsk: number;
  readonly seconds: number;
  readonly seed?: number;
  readonly ask?: Partial<Ask>;
  /** Called before each millisecond, from 0 on. */
  readonly onMs?: (ms: number) => void;
}

export interface FleetCount {
  asks: number;
  /** Units, by instance. */
  readonly granted: number[];
  /** Units that all instances were granted up to the end of each second. */
  readonly bySecond: number[];
  /** Units that were admitted up to each millisecond, and by how much the most ever was above a line of `rate`. */
  mostAbove(rate: number): number;
}

const tickMs = 1;

/** Asks at random instants, some of them at the same millisecond, and settles nothing. Time moves; nobody sleeps. */
export async function offerLoad(load: FleetLoad): Promise<FleetCount> {
  const { clock, instances, unitsPerSecond, shares, unitsPerAsk, seconds } = load;
  const random = createSeededRandom(load.seed ?? 1);
  const perMs: number[] = [];
  const startMs = clock.nowMs();
  const count: FleetCount = {
    asks: 0,
    granted: instances.map(() => 0),
    bySecond: [],
    mostAbove(rate) {
      let sum = 0;
      let most = 0;
      for (let ms = 0; ms < perMs.length; ms += 1) {
        sum += perMs[ms] ?? 0;
        most = Math.max(most, sum - (rate * ms) / 1_000);
      }
      return most;
    },
  };
  let total = 0;
  const take = (index: number, { granted }: Admission): void => {
    const ms = Math.floor(clock.nowMs() - startMs);
    perMs[ms] = (perMs[ms] ?? 0) + granted;
    count.granted[index] = (count.granted[index] ?? 0) + granted;
    total += granted;
  };
  const due = instances.map(() => 0);
  for (let ms = 0; ms < seconds * 1_000; ms += tickMs) {
    load.onMs?.(ms);
    for (const [index, { throttle }] of instances.entries()) {
      const expected = (unitsPerSecond * (shares[index] ?? 0) * tickMs) / 1_000 / unitsPerAsk;
      let asks = (due[index] ?? 0) + expected * 2 * random.next();
      for (; asks >= 1; asks -= 1) {
        count.asks += 1;
        const answer = throttle.admit(askFor(unitsPerAsk, load.ask));
        if (answer instanceof Promise) void answer.then((admission) => take(index, admission));
        else take(index, answer);
      }
      due[index] = asks;
    }
    await clock.advance(tickMs);
    if ((ms + tickMs) % 1_000 === 0) count.bySecond.push(total);
  }
  return count;
}
