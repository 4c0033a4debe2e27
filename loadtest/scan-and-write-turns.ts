/** Benchmarks that move rows: their variants take turns, and each turn is told by what a row cost. */
import type { RunningCluster } from '../topology/launcher/provider.ts';
import { type RoundsPlan, readCpu, rotate } from './rounds.ts';
import { busiestOverMean, sum } from './statistics.ts';

/** One way of moving rows, measured against the others. */
export interface RowVariant {
  readonly name: string;
  start(): Promise<void>;
  /** Processor time since the start of processes of its own; 0 where all the work is done in this one. */
  proxyCpuSeconds(): number;
  /** May be called when `start` has failed or was never called. */
  stop(): Promise<void>;
}

/** One variant in one round. CPU is processor time, user and system, in µs a row. */
export interface TurnFigures {
  readonly variant: string;
  readonly round: number;
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** Of Cassandra, all nodes together. */
  readonly cassandraMicros: number;
  readonly busiestOverMean: number;
  readonly proxyMicros: number;
  /** Of this process, which holds the driver or the HTTP client. */
  readonly clientMicros: number;
}

export interface TurnOutcome {
  readonly rows: number;
  readonly durationMs: number;
}

/** What a variant does in a round; only `run` is measured. */
export interface Turn<Outcome extends TurnOutcome> {
  run(): Promise<Outcome>;
  /** Rejects unless everything was done right. */
  check(outcome: Outcome): Promise<void>;
}

/**
 * Lets the variants, all started, take turns, each round beginning with another one. Returns what counts, which the
 * warm-up rounds do not; those are numbered up to 0.
 */
export async function takeTurns<Variant extends RowVariant, Outcome extends TurnOutcome>(
  cluster: RunningCluster,
  variants: readonly Variant[],
  plan: Pick<RoundsPlan, 'rounds' | 'warmUpRounds'>,
  turnOf: (variant: Variant, round: number) => Turn<Outcome>,
  report: (line: string) => void,
): Promise<readonly (TurnFigures & Outcome)[]> {
  const figures: (TurnFigures & Outcome)[] = [];
  for (let index = 0; index < plan.warmUpRounds + plan.rounds; index += 1) {
    const round = index - plan.warmUpRounds + 1;
    for (const variant of rotate(variants, index)) {
      const measured = await measureTurn(cluster, variant, round, turnOf(variant, round));
      if (round > 0) figures.push(measured);
      report(
        `${round > 0 ? `round ${round}` : `warm-up ${index + 1}`}: ${variant.name}: ` +
          `${measured.cassandraMicros.toFixed(1)} CPU µs a row, ${measured.rowsPerSecond.toFixed(0)} rows/s`,
      );
    }
  }
  return figures;
}

async function measureTurn<Outcome extends TurnOutcome>(
  cluster: RunningCluster,
  variant: RowVariant,
  round: number,
  turn: Turn<Outcome>,
): Promise<TurnFigures & Outcome> {
  const before = await readCpu(cluster, variant);
  const outcome = await turn.run();
  const after = await readCpu(cluster, variant);
  await turn.check(outcome);
  const perRowMicros = (seconds: number): number => (seconds * 1e6) / outcome.rows;
  const nodes = [...after.nodes].map(([name, seconds]) =>
    perRowMicros(seconds - (before.nodes.get(name) ?? 0)),
  );
  return {
    ...outcome,
    variant: variant.name,
    round,
    rowsPerSecond: (outcome.rows * 1_000) / outcome.durationMs,
    cassandraMicros: sum(nodes),
    busiestOverMean: busiestOverMean(nodes),
    proxyMicros: perRowMicros(after.proxy - before.proxy),
    clientMicros: perRowMicros(after.client - before.client),
  };
}
