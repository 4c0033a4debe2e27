/** Load that is counted in units, on whole Weirs or on limiters alone. */
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Admission } from '../../src/core/throttle/throttle.ts';
import type { ThrottleEngine } from '../../src/core/throttle/throttle-engine.ts';
import { freshKeys, type LimitedWeir } from './limited-weir.ts';

export interface AnsweredLookUp {
  readonly weir: LimitedWeir;
  readonly status: number;
  readonly admitted: number;
  readonly tookMs: number;
}

export interface LookUpLoad {
  /** So far. */
  readonly answers: readonly AnsweredLookUp[];
  /** Since the beginning, or from the beginning to the end. */
  seconds(): number;
  /** Resolves when all that are under way have been answered. */
  stop(): Promise<readonly AnsweredLookUp[]>;
}

/** Callers who ask again a little after their last answer, for keys that nobody has asked for; at most until the test ends. */
export function startLookUps(
  callers: readonly { readonly weir: LimitedWeir; readonly callers: number }[],
  { keys = 10, pauseMs = 10, application = 'storefront' } = {},
): LookUpLoad {
  const answers: AnsweredLookUp[] = [];
  const startedMs = performance.now();
  let endedMs: number | undefined;
  const call = async (weir: LimitedWeir): Promise<void> => {
    while (endedMs === undefined) {
      const sentMs = performance.now();
      const { status, admitted } = await weir.lookUp(freshKeys(keys), { application });
      answers.push({ weir, status, admitted, tookMs: performance.now() - sentMs });
      await delay(pauseMs);
    }
  };
  const calling = Promise.all(
    callers.flatMap(({ weir, callers: count }) => Array.from({ length: count }, () => call(weir))),
  );
  const stop = async (): Promise<readonly AnsweredLookUp[]> => {
    const wasOpen = endedMs === undefined;
    endedMs ??= performance.now();
    await calling;
    if (wasOpen) endedMs = performance.now();
    return answers;
  };
  onTestFinished(async () => void (await stop()));
  return {
    answers,
    seconds: () => ((endedMs ?? performance.now()) - startedMs) / 1_000,
    stop,
  };
}

export function admittedOf(answers: readonly AnsweredLookUp[]): number {
  return answers.reduce((sum, { admitted }) => sum + admitted, 0);
}

/** How often each status came. */
export function statusesOf(answers: readonly AnsweredLookUp[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export interface OfferedUnits {
  readonly asks: number;
  readonly granted: readonly number[];
  readonly total: number;
  /** From the first ask to the last verdict. */
  readonly seconds: number;
}

/** After a stall no more is made up for: it would be a burst of the test's own. */
const mostMadeUpMs = 20;

/** Asks at an even pace, for all or nothing; settles nothing. */
export async function offerUnits(
  engines: readonly ThrottleEngine[],
  load: {
    readonly shares: readonly number[];
    readonly unitsPerSecond: number;
    readonly unitsPerAsk: number;
    readonly seconds: number;
  },
): Promise<OfferedUnits> {
  const granted = engines.map(() => 0);
  const due = engines.map(() => 0);
  const open: Promise<void>[] = [];
  let asks = 0;
  const ask = (index: number): void => {
    asks += 1;
    const take = (admission: Admission): void => {
      granted[index] = (granted[index] ?? 0) + admission.granted;
    };
    const answer = engines[index]?.admit({
      application: { name: 'storefront', className: 'frontend' },
      operation: 'read',
      units: load.unitsPerAsk,
      strict: true,
      deadlineMs: performance.now() + 1_000,
    });
    if (answer instanceof Promise) open.push(answer.then(take));
    else if (answer !== undefined) take(answer);
  };
  const startedMs = performance.now();
  const endMs = startedMs + load.seconds * 1_000;
  let lastMs = startedMs;
  for (let nowMs = startedMs; nowMs < endMs; nowMs = performance.now()) {
    const passedMs = Math.min(nowMs - lastMs, mostMadeUpMs);
    lastMs = nowMs;
    for (const index of engines.keys()) {
      const units = ((load.shares[index] ?? 0) * load.unitsPerSecond * passedMs) / 1_000;
      let asksDue = (due[index] ?? 0) + units / load.unitsPerAsk;
      for (; asksDue >= 1; asksDue -= 1) ask(index);
      due[index] = asksDue;
    }
    await delay(1);
  }
  await Promise.all(open);
  const seconds = (performance.now() - startedMs) / 1_000;
  return { asks, granted, total: granted.reduce((sum, units) => sum + units, 0), seconds };
}
