import { createSeededRandom } from '../../src/core/random.ts';
import { type SimulatedNodes, someWorkMs } from './guard-simulation-nodes.ts';

export interface JobLoad {
  /** Its limit, where nobody slows it: work that it may cause, as a share of what the nodes can do. */
  readonly limit: number;
  /** In seconds. */
  readonly from?: number;
  readonly until?: number;
  /** It has so many things under way, each of them one after another; more would be more greedy. */
  readonly callers?: number;
  /** The share of its steps that are writes to three replicas; the others read a page of one node. */
  readonly writes?: number;
  /** Units are handed out so often: what a lease holds is used at once. */
  readonly leaseMs?: number;
}

export interface SimulatedJob {
  /** When it does the next thing; Infinity: never. */
  readonly nextMs: number;
  /** Units a second that its limit allows where nobody slows it. */
  readonly rate: number;
  run(nowMs: number): void;
  slow(factor: number): void;
  isPresent(nowMs: number): boolean;
  /** Admitted from the beginning of a second on. */
  unitsSince(second: number): number;
}

const replicas = 3;
const workOfPageMs = 12;
const workOfRowMs = 12 / replicas;
const rowsOfStep = 100;
/** What is not used is saved for so long. */
const burstSeconds = 1;
const thinkMs = 1;

/** Takes units as soon as there are any, and does with each hundred one step: closed loop, as greedy as it is let. */
export function createSimulatedJob(load: JobLoad, nodes: SimulatedNodes, seed: number): SimulatedJob {
  const {
    limit,
    from = 0,
    until = Number.POSITIVE_INFINITY,
    callers = 16,
    writes = 0.3,
    leaseMs = 300,
  } = load;
  const random = createSeededRandom(seed);
  const rate = ((limit * nodes.capacity) / workOfPageMs) * rowsOfStep;
  const readyMs = Array.from({ length: callers }, () => from * 1_000);
  const unitsBySecond: number[] = [];
  let factor = 1;
  let units = 0;
  let takenMs = from * 1_000 - leaseMs;
  let takeMs = from * 1_000;
  let caller = 0;

  const choose = (): void => {
    caller = 0;
    for (let other = 1; other < callers; other += 1) {
      if ((readyMs[other] ?? 0) < (readyMs[caller] ?? 0)) caller = other;
    }
  };
  const take = (nowMs: number): void => {
    if (nowMs < takeMs) return;
    const most = Math.max(rowsOfStep, rate * factor * burstSeconds);
    units = Math.min(most, units + (rate * factor * (nowMs - takenMs)) / 1_000);
    takenMs = nowMs;
    takeMs = nowMs + leaseMs;
  };
  const step = (nowMs: number): number => {
    const node = Math.floor(random.next() * nodes.count);
    if (random.next() >= writes) return nodes.serve(node, nowMs, someWorkMs(workOfPageMs, random));
    let doneMs = nowMs;
    for (let copy = 0; copy < replicas; copy += 1) {
      const workMs = someWorkMs(workOfRowMs, random);
      doneMs = Math.max(doneMs, nodes.serve((node + copy) % nodes.count, nowMs, workMs));
    }
    return doneMs;
  };

  return {
    rate,
    get nextMs() {
      const nextMs = readyMs[caller] ?? Number.POSITIVE_INFINITY;
      return nextMs >= until * 1_000 ? Number.POSITIVE_INFINITY : nextMs;
    },
    run(nowMs) {
      take(nowMs);
      if (units < rowsOfStep) readyMs[caller] = takeMs;
      else {
        units -= rowsOfStep;
        const second = Math.floor(nowMs / 1_000);
        unitsBySecond[second] = (unitsBySecond[second] ?? 0) + rowsOfStep;
        readyMs[caller] = step(nowMs) + thinkMs;
      }
      choose();
    },
    slow(to) {
      factor = to;
    },
    isPresent: (nowMs) => nowMs >= from * 1_000 && nowMs < until * 1_000,
    unitsSince: (second) =>
      unitsBySecond.slice(Math.max(0, second)).reduce((sum, count) => sum + (count ?? 0), 0),
  };
}
