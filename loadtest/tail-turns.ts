import { setTimeout as delay } from 'node:timers/promises';
import { runClosedLoop } from './closed-loop.ts';
import { randomKeys } from './dataset.ts';
import { openLoopInstants, runOpenLoop } from './open-loop.ts';
import type { PeriodicFreeze } from './periodic-freeze.ts';
import { seededRandom } from './random.ts';
import { rotate } from './rounds.ts';
import { percentile } from './statistics.ts';
import { checkAnswer, type WeirVariant } from './variants/weir.ts';
import type { WeirMetrics } from './weir-metrics.ts';

/** A Weir and what happens to the cluster while it is measured. */
export interface TailVariant {
  readonly weir: Pick<WeirVariant, 'name' | 'ask' | 'metrics'>;
  /** Begun with each of its turns and stopped with it. */
  readonly freeze?: () => Pick<PeriodicFreeze, 'start' | 'stop' | 'freezes' | 'frozenMs'>;
}

export interface TailPlan {
  readonly rounds: number;
  /** Rounds of a closed loop before them, so that nobody is measured without compiled code. */
  readonly warmUpRounds: number;
  /** Of a variant in a round. */
  readonly lookUps: number;
  readonly keysPerLookUp: number;
  /** Of the closed loop. */
  readonly inFlight: number;
  /** Look-ups a second. */
  readonly rate: number;
}

/** Messages to Cassandra. */
export interface MessageCounts {
  /** What the plans of the look-ups asked for. */
  readonly first: number;
  readonly hedges: number;
  readonly retries: number;
  /** Every message that has come to an end, whatever it was sent for. */
  readonly ended: number;
}

/** One variant in one round. */
export interface Turn {
  readonly variant: string;
  readonly round: number;
  /** One a look-up, from the instant that it was due. */
  readonly latenciesMs: Float64Array;
  readonly lateMs: Float64Array;
  /** Of look-ups that failed, that lacked a row or had a wrong one. */
  readonly errors: readonly string[];
  readonly messages: MessageCounts;
  readonly freezes: number;
  /** In all. */
  readonly frozenMs: number;
}

type Wait = (durationMs: number) => Promise<unknown>;

/** After a turn: the node that was disturbed has done what it was sent, and every message has been counted. */
const afterTurnMs = 1_000;

/** Lets the variants, all started, take turns; all of a round look up the same keys at the same instants. Returns what counts. */
export async function runTurns(
  variants: readonly TailVariant[],
  plan: TailPlan,
  report: (line: string) => void,
  wait: Wait = delay,
): Promise<readonly Turn[]> {
  for (let round = 1; round <= plan.warmUpRounds; round += 1) {
    report(`warm-up ${round} of ${plan.warmUpRounds}`);
    for (const { weir } of variants) await warmUp(weir, plan, -round);
  }
  const turns: Turn[] = [];
  // Round 0 does not count: what a Weir learnt from the warm-up is not what it learns at this rate.
  for (let round = 0; round <= plan.rounds; round += 1) {
    for (const variant of rotate(variants, round)) {
      const turn = await runTurn(variant, plan, round, wait);
      report(`round ${round}: ${describe(turn)}`);
      if (round > 0) turns.push(turn);
    }
  }
  return turns;
}

async function warmUp(weir: TailVariant['weir'], plan: TailPlan, seed: number): Promise<void> {
  const random = seededRandom(seed);
  await runClosedLoop({ count: plan.lookUps, inFlight: plan.inFlight }, async () => {
    await weir.ask(randomKeys(plan.keysPerLookUp, random));
  });
}

async function runTurn(
  { weir, freeze }: TailVariant,
  plan: TailPlan,
  round: number,
  wait: Wait,
): Promise<Turn> {
  const random = seededRandom(round);
  const asked = Array.from({ length: plan.lookUps }, () => randomKeys(plan.keysPerLookUp, random));
  const instantsMs = openLoopInstants(plan.lookUps, plan.rate, random);
  const answers = new Map<number, Buffer>();
  const before = countMessages(await weir.metrics());
  const freezing = freeze?.();
  freezing?.start();
  const ask = async (index: number): Promise<void> => {
    answers.set(index, await weir.ask(asked[index] ?? []));
  };
  const { latenciesMs, lateMs, failures } = await runOpenLoop({ instantsMs, wait }, ask).finally(() =>
    freezing?.stop(),
  );
  await wait(afterTurnMs);
  const messages = difference(countMessages(await weir.metrics()), before);
  // Only now: to check every value takes time that look-ups would have to wait.
  const errors = [...failures.map(({ error }) => messageOf(error)), ...wrongAnswers(asked, answers)];
  const { freezes = 0, frozenMs = 0 } = freezing ?? {};
  return { variant: weir.name, round, latenciesMs, lateMs, errors, messages, freezes, frozenMs };
}

function wrongAnswers(
  asked: readonly (readonly string[])[],
  answers: ReadonlyMap<number, Buffer>,
): readonly string[] {
  return [...answers].flatMap(([index, body]) => {
    try {
      checkAnswer(asked[index] ?? [], body);
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  });
}

export function countMessages(metrics: WeirMetrics): MessageCounts {
  const hedges = (['won', 'lost', 'failed'] as const).reduce(
    (total, result) => total + metrics.sum('weir_hedges_total', { result }),
    0,
  );
  return {
    first: metrics.sum('weir_groups_per_lookup_sum'),
    hedges,
    retries: metrics.sum('weir_retries_total', { result: 'sent' }),
    ended: metrics.sum('weir_cassandra_request_duration_seconds_count'),
  };
}

function difference(after: MessageCounts, before: MessageCounts): MessageCounts {
  return {
    first: after.first - before.first,
    hedges: after.hedges - before.hedges,
    retries: after.retries - before.retries,
    ended: after.ended - before.ended,
  };
}

function describe({ variant, latenciesMs, errors, messages, freezes, frozenMs }: Turn): string {
  const ascending = latenciesMs.toSorted();
  const at = (share: number): string => percentile(ascending, share).toFixed(0);
  const frozen = freezes === 0 ? '' : `, ${freezes} freezes of ${(frozenMs / freezes).toFixed(0)} ms`;
  const failed = errors.length === 0 ? '' : `, first: ${errors[0]}`;
  return (
    `${variant}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, ${messages.first} messages and ` +
    `${messages.hedges} hedges${frozen}, ${errors.length} errors${failed}`
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
