/**
 * A fleet, its cluster and a batch job in virtual time, drawn from a seed: what look-ups of the front end, which come
 * whatever became of others, suffer from a job that takes all it is let, and what a law makes of it.
 */
import type { GuardObservation, GuardPhase } from '../../src/core/guard/guard.ts';
import { addCounts, bucketOf, latencyOf } from '../../src/core/guard/latency-histogram.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { createSimulatedJob, type JobLoad, type SimulatedJob } from './guard-simulation-job.ts';
import { exponential, SimulatedNodes, someWorkMs } from './guard-simulation-nodes.ts';

export interface SimulatedLoad {
  readonly name: string;
  readonly seconds: number;
  /** From then on latencies and the job's units count, in seconds. */
  readonly measuredFrom: number;
  /** Work of the look-ups at a second, as a share of what the nodes can do. */
  readonly frontEnd: (second: number) => number;
  readonly jobs: readonly JobLoad[];
  /** Pauses of nodes, a minute. */
  readonly pauses?: number;
  /** Of the front end: 1 means about 250 look-ups a second at half of the capacity; their work is that much larger. */
  readonly size?: number;
  /** The share of the seconds whose observation is lost. */
  readonly lost?: number;
}

/** What steers: called once a second. */
export type Law = (
  observation: GuardObservation | undefined,
  nowMs: number,
) => { readonly factor: number; readonly phase: GuardPhase };

export interface SimulatedRun {
  /** Of the look-ups that count; NaN without any. */
  readonly p95Ms: number;
  readonly lookUps: number;
  /** Units of all jobs a second, of the time that counts. */
  readonly unitsPerSecond: number;
  /** By second. */
  readonly factors: readonly number[];
  readonly phases: readonly GuardPhase[];
  /** As the leader saw it. */
  readonly seenMs: readonly (number | undefined)[];
  /** Falls of the factor. */
  readonly cuts: number;
}

const nodeCount = 6;
const instances = 3;
const windowSeconds = 5;
const messagesOfLookUp = 3;
const networkMs = 0.5;
const timeoutMs = 1_000;
const workOfMessageMs = 8;
const pauseMs = 60;
/** From the decision until every instance follows it. */
const steeringMs = 1_000;

export function simulate(load: SimulatedLoad, seed: number, law: Law): SimulatedRun {
  const nodes = new SimulatedNodes(nodeCount);
  // Each with chances of its own: the front end is the same whatever the job does.
  const arrivals = createSeededRandom(seed);
  const works = createSeededRandom(seed + 0x1000_0000);
  const noise = createSeededRandom(seed + 0x2000_0000);
  const jobs = load.jobs.map((job, index) => createSimulatedJob(job, nodes, seed + 0x3000_0000 + index));
  const size = load.size ?? 1;
  const workMs = workOfMessageMs / size;
  const board = new LatencyBoard(load);
  const control = new Control(load, board, jobs, law, () => noise.next());
  const endMs = load.seconds * 1_000;

  const meanGapMs = (nowMs: number): number => {
    const share = load.frontEnd(Math.floor(nowMs / 1_000));
    return share <= 0 ? 1_000 : (messagesOfLookUp * workMs * 1_000) / (share * nodes.capacity);
  };
  const lookUp = (nowMs: number): void => {
    let doneMs = nowMs;
    const first = Math.floor(works.next() * nodeCount);
    const step = 1 + Math.floor(works.next() * (nodeCount / 2 - 1));
    for (let message = 0; message < messagesOfLookUp; message += 1) {
      const node = (first + message * step) % nodeCount;
      doneMs = Math.max(doneMs, nodes.serve(node, nowMs, someWorkMs(workMs, works)));
    }
    board.add(nowMs, Math.min(timeoutMs, doneMs - nowMs + networkMs));
  };

  let arrivalMs = exponential(meanGapMs(0), arrivals);
  let tickMs = 1_000;
  const pauseGapMs = load.pauses === undefined ? Number.POSITIVE_INFINITY : 60_000 / load.pauses;
  let pauseAtMs = exponential(pauseGapMs, noise);
  for (;;) {
    let job: SimulatedJob | undefined;
    for (const each of jobs) if (job === undefined || each.nextMs < job.nextMs) job = each;
    const nowMs = Math.min(arrivalMs, tickMs, pauseAtMs, job?.nextMs ?? Number.POSITIVE_INFINITY);
    if (nowMs > endMs) break;
    if (nowMs === tickMs) {
      control.tick(nowMs);
      tickMs += 1_000;
    } else if (nowMs === arrivalMs) {
      if (load.frontEnd(Math.floor(nowMs / 1_000)) > 0) lookUp(nowMs);
      arrivalMs = nowMs + exponential(meanGapMs(nowMs), arrivals);
    } else if (nowMs === pauseAtMs) {
      nodes.stop(Math.floor(noise.next() * nodeCount), nowMs, pauseMs);
      pauseAtMs = nowMs + exponential(pauseGapMs, noise);
    } else job?.run(nowMs);
  }
  const measuredSeconds = load.seconds - load.measuredFrom;
  const units = jobs.reduce((sum, each) => sum + each.unitsSince(load.measuredFrom), 0);
  return { ...board.result(), ...control.result(), unitsPerSecond: units / measuredSeconds };
}

/** Latencies by the second in which they reach the store: every instance brings its own once a second, at its own time. */
class LatencyBoard {
  readonly #seconds: Map<number, number>[] = [];
  readonly #counted = new Map<number, number>();
  readonly #measuredFromMs: number;
  #next = 0;

  constructor(load: SimulatedLoad) {
    this.#measuredFromMs = load.measuredFrom * 1_000;
  }

  add(startMs: number, durationMs: number): void {
    this.#next = (this.#next + 1) % instances;
    const beatMs = (this.#next * 1_000) / instances;
    const second = Math.ceil((startMs + durationMs - beatMs) / 1_000) + (beatMs > 0 ? 1 : 0);
    const bucket = bucketOf(durationMs);
    let counts = this.#seconds[second];
    if (counts === undefined) this.#seconds[second] = counts = new Map();
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    if (startMs < this.#measuredFromMs) return;
    this.#counted.set(bucket, (this.#counted.get(bucket) ?? 0) + 1);
  }

  window(second: number) {
    const counts = new Map<number, number>();
    for (let back = 0; back < windowSeconds; back += 1) {
      addCounts(counts, this.#seconds[second - back] ?? new Map());
    }
    return latencyOf(counts);
  }

  result() {
    const { samples, p95Ms } = latencyOf(this.#counted);
    return { lookUps: samples, p95Ms: p95Ms ?? Number.NaN };
  }
}

class Control {
  readonly #load: SimulatedLoad;
  readonly #board: LatencyBoard;
  readonly #jobs: readonly SimulatedJob[];
  readonly #law: Law;
  readonly #chance: () => number;
  readonly #factors: number[] = [];
  readonly #phases: GuardPhase[] = [];
  readonly #seenMs: (number | undefined)[] = [];
  #inForce = 1;
  #coming = 1;

  constructor(
    load: SimulatedLoad,
    board: LatencyBoard,
    jobs: readonly SimulatedJob[],
    law: Law,
    chance: () => number,
  ) {
    this.#load = load;
    this.#board = board;
    this.#jobs = jobs;
    this.#law = law;
    this.#chance = chance;
    const { factor } = law(undefined, 0);
    this.#inForce = factor;
    this.#coming = factor;
    for (const job of jobs) job.slow(factor);
  }

  tick(nowMs: number): void {
    this.#inForce = this.#coming;
    for (const job of this.#jobs) job.slow(this.#inForce);
    const second = Math.round(nowMs / steeringMs);
    const latency = this.#board.window(second);
    const present = this.#jobs.filter((job) => job.isPresent(nowMs));
    const allowed = present.reduce((sum, job) => sum + job.rate, 0) * this.#inForce * windowSeconds;
    const used = present.reduce((sum, job) => sum + job.unitsSince(second - windowSeconds), 0);
    const isLost = this.#chance() < (this.#load.lost ?? 0);
    const slowedUse = this.#jobs.length === 0 ? undefined : allowed === 0 ? 0 : used / allowed;
    const { factor, phase } = this.#law(isLost ? undefined : { latency, slowedUse }, nowMs);
    this.#coming = factor;
    this.#factors.push(factor);
    this.#phases.push(phase);
    this.#seenMs.push(latency.p95Ms);
  }

  result() {
    const factors = this.#factors;
    const cuts = factors.filter((factor, index) => factor < (factors[index - 1] ?? factor)).length;
    return { factors, phases: this.#phases, seenMs: this.#seenMs, cuts };
  }
}
