/**
 * How close several instances of the limiter come to one limit when they are offered three times as much, unevenly.
 *
 * `node test/bench/limit-accuracy.ts <exact|lease> <units a second> <units a request> <seconds>` prints one line of JSON.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Admission } from '../../src/core/throttle/throttle.ts';
import { startRedis } from '../../topology/launcher/redis.ts';
import { application, limitOf, oneLimit, startLimiter } from './limit-fleet.ts';

export interface LimitAccuracy {
  readonly mode: string;
  readonly rate: number;
  readonly cost: number;
  readonly seconds: number;
  readonly offeredUnits: number;
  readonly admittedUnits: number;
  /** The most that the limit allows in this time: rate x time + burst. */
  readonly allowedUnits: number;
  /** Once the burst is used up: admitted ÷ (rate x time). */
  readonly steadyShare: number;
  /** Of the instance that is offered least: its part of what was admitted in that time. */
  readonly smallestShare: number;
  readonly strandedUnits: number;
  /** Calls that Redis did not answer in time: what was decided then was decided by the share of each instance. */
  readonly unanswered: number;
  readonly scriptCalls: number;
}

const shares = [0.7, 0.2, 0.08, 0.02] as const;
const overload = 3;
const tickMs = 1;
const mostMadeUpMs = 20;
const settlingMs = 4_000;

async function measure(
  mode: 'exact' | 'lease',
  rate: number,
  cost: number,
  seconds: number,
): Promise<LimitAccuracy> {
  const redis = await startRedis();
  const limit = limitOf(rate, mode, Math.max(rate, 2 * cost));
  const instances = await Promise.all(shares.map(() => startLimiter(redis, oneLimit, limit, shares.length)));
  const admitted = shares.map(() => 0);
  const owed = shares.map(() => 0);
  let offered = 0;
  let open = 0;
  const count = (index: number, admission: Admission): void => {
    admitted[index] = (admitted[index] ?? 0) + admission.granted;
  };
  const offer = (dueMs: number): void => {
    for (const [index, { engine }] of instances.entries()) {
      owed[index] = (owed[index] ?? 0) + ((shares[index] ?? 0) * overload * rate * dueMs) / 1_000 / cost;
      while ((owed[index] ?? 0) >= 1) {
        owed[index] = (owed[index] ?? 0) - 1;
        offered += cost;
        const deadlineMs = performance.now() + 1_000;
        const verdict = engine.admit({
          application,
          operation: 'read',
          units: cost,
          strict: true,
          deadlineMs,
        });
        if (!(verdict instanceof Promise)) {
          count(index, verdict);
          continue;
        }
        open += 1;
        void verdict.then((admission) => {
          open -= 1;
          count(index, admission);
        });
      }
    }
  };
  const startedMs = performance.now();
  let lastMs = startedMs;
  let steadyFrom: { readonly atMs: number; readonly admitted: readonly number[] } | undefined;
  for (let nowMs = startedMs; nowMs < startedMs + seconds * 1_000; nowMs = performance.now()) {
    // After a stall no more is made up for than this: it would be a burst of the test's own.
    offer(Math.min(nowMs - lastMs, mostMadeUpMs));
    lastMs = nowMs;
    if (steadyFrom === undefined && nowMs >= startedMs + settlingMs) {
      steadyFrom = { atMs: nowMs, admitted: [...admitted] };
    }
    await delay(tickMs);
  }
  const steadyToMs = performance.now();
  const before = steadyFrom ?? { atMs: startedMs, admitted: shares.map(() => 0) };
  const steady = admitted.map((units, index) => units - (before.admitted[index] ?? 0));
  const steadyUnits = sum(steady);
  for (let turn = 0; open > 0 && turn < 1_000; turn += 1) await delay(tickMs);
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const calls = /cmdstat_evalsha:calls=(\d+)/.exec(String(await redis.command('INFO', 'commandstats')))?.[1];
  for (const instance of instances) await instance.close();
  await redis.stop();
  return {
    mode,
    rate,
    cost,
    seconds,
    offeredUnits: offered,
    admittedUnits: sum(admitted),
    allowedUnits: Math.floor(rate * elapsedSeconds + limit.burst),
    steadyShare: steadyUnits / ((rate * (steadyToMs - before.atMs)) / 1_000),
    smallestShare: (steady.at(-1) ?? 0) / steadyUnits,
    strandedUnits: sum(instances.map((instance) => instance.stranded())),
    unanswered: sum(instances.map((instance) => instance.calls().failed)),
    scriptCalls: Number(calls ?? 0),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const [mode = '', rate = '', cost = '', seconds = '20'] = process.argv.slice(2);
if (mode !== 'exact' && mode !== 'lease') throw new Error(`${mode}: neither exact nor lease`);
process.stdout.write(`${JSON.stringify(await measure(mode, Number(rate), Number(cost), Number(seconds)))}\n`);
