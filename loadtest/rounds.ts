import type { RunningCluster } from '../topology/launcher/provider.ts';
import { nodesUnderTest } from './bench-cluster.ts';
import { runClosedLoop } from './closed-loop.ts';
import { randomKeys } from './dataset.ts';
import { type RandomSource, seededRandom } from './random.ts';
import { busiestOverMean, percentile, sum } from './statistics.ts';
import type { LookUpVariant } from './variants/look-up-variant.ts';

export interface RoundsPlan {
  readonly rounds: number;
  /** Not counted: a Java that has not compiled its code yet costs several times as much. */
  readonly warmUpRounds: number;
  readonly lookUps: number;
  readonly keysPerLookUp: number;
  readonly inFlight: number;
  /** Callers wait a random moment before each look-up, so that those of one process do not fall into step. */
  readonly outOfStep?: boolean;
  /** Distinct keys of one look-up; without it each key is as likely as any other. */
  readonly drawKeys?: (count: number, random: RandomSource) => readonly string[];
}

/** One variant in one round. CPU is processor time per look-up, user and system. */
export interface RoundFigures {
  readonly variant: string;
  readonly round: number;
  readonly lookUps: number;
  /** Of Cassandra, by node. */
  readonly nodeCpuMs: Readonly<Record<string, number>>;
  /** Of Cassandra, all nodes together. */
  readonly cpuMs: number;
  readonly busiestOverMean: number;
  /** `cpuMs` x `busiestOverMean`: what a look-up takes from the capacity of the cluster. */
  readonly product: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly lookUpsPerSecond: number;
  /** Of this process, which holds the driver or the HTTP client. */
  readonly clientCpuMs: number;
  readonly proxyCpuMs: number;
}

/** Short against a look-up, so that about as many are under way as there are callers. */
const longestPauseMs = 4;
/** Each so many look-ups one is checked value by value. */
const thoroughEvery = 20;

/** The variants in order, each round beginning with another one, so that none always follows the same. */
export function rotate<T>(list: readonly T[], by: number): readonly T[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/** Lets the variants, all started, take turns; all of a round look up the same keys. Returns what counts. */
export async function runRounds(
  cluster: RunningCluster,
  variants: readonly LookUpVariant[],
  plan: RoundsPlan,
  report: (line: string) => void,
): Promise<readonly RoundFigures[]> {
  const figures: RoundFigures[] = [];
  for (let index = 0; index < plan.warmUpRounds + plan.rounds; index += 1) {
    const warmsUp = index < plan.warmUpRounds;
    const round = warmsUp ? index - plan.warmUpRounds : index - plan.warmUpRounds + 1;
    for (const variant of rotate(variants, index)) {
      const measured = await runRound(cluster, variant, round, plan);
      if (!warmsUp) figures.push(measured);
      report(
        `${warmsUp ? 'warm-up' : 'round'} ${warmsUp ? index + 1 : round}: ${variant.name}: ` +
          `${measured.cpuMs.toFixed(1)} CPU ms x ${measured.busiestOverMean.toFixed(2)}, ` +
          `p50 ${measured.p50Ms.toFixed(0)} ms, ${measured.lookUpsPerSecond.toFixed(0)} look-ups/s`,
      );
    }
  }
  return figures;
}

async function runRound(
  cluster: RunningCluster,
  variant: LookUpVariant,
  round: number,
  plan: RoundsPlan,
): Promise<RoundFigures> {
  const lookUps = Math.max(1, Math.round(plan.lookUps * variant.share));
  const random = seededRandom(round);
  const drawKeys = plan.drawKeys ?? randomKeys;
  const asked = Array.from({ length: lookUps }, () => drawKeys(plan.keysPerLookUp, random));
  const before = await readCpu(cluster, variant);
  const { durationMs, latenciesMs } = await runClosedLoop(
    {
      count: lookUps,
      inFlight: plan.inFlight,
      ...(plan.outOfStep === true ? { pause: () => randomPause(random) } : {}),
    },
    (index) => variant.lookUp(asked[index] ?? [], index % thoroughEvery === 0),
  );
  const after = await readCpu(cluster, variant);
  const perLookUpMs = (seconds: number): number => (seconds * 1000) / lookUps;
  const nodeCpuMs = Object.fromEntries(
    [...after.nodes].map(([name, seconds]) => [name, perLookUpMs(seconds - (before.nodes.get(name) ?? 0))]),
  );
  const perNode = Object.values(nodeCpuMs);
  return {
    variant: variant.name,
    round,
    lookUps,
    nodeCpuMs,
    cpuMs: sum(perNode),
    busiestOverMean: busiestOverMean(perNode),
    product: sum(perNode) * busiestOverMean(perNode),
    meanMs: sum([...latenciesMs]) / lookUps,
    p50Ms: percentile(latenciesMs, 0.5),
    p95Ms: percentile(latenciesMs, 0.95),
    lookUpsPerSecond: (lookUps * 1000) / durationMs,
    clientCpuMs: perLookUpMs(after.client - before.client),
    proxyCpuMs: perLookUpMs(after.proxy - before.proxy),
  };
}

/** What the nodes use while nobody asks them anything: gossip, timers, housekeeping. In ms of CPU a second, all nodes. */
export async function measureRest(cluster: RunningCluster, seconds: number): Promise<number> {
  const used = async (): Promise<number> =>
    sum(await Promise.all(nodesUnderTest(cluster).map(({ name }) => cluster.cpuSeconds(name))));
  const before = await used();
  const startedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return ((await used()) - before) / ((performance.now() - startedMs) / 1e6);
}

/** Callers are not in step with each other: the next look-up of each comes at a moment of its own. */
function randomPause(random: RandomSource): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, random() * longestPauseMs));
}

/** Processor seconds so far. */
export async function readCpu(cluster: RunningCluster, variant: Pick<LookUpVariant, 'proxyCpuSeconds'>) {
  const nodes = new Map<string, number>();
  for (const { name } of nodesUnderTest(cluster)) nodes.set(name, await cluster.cpuSeconds(name));
  const { user, system } = process.cpuUsage();
  return { nodes, client: (user + system) / 1e6, proxy: variant.proxyCpuSeconds() };
}
