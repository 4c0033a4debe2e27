import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { openCluster } from '../bench-cluster.ts';
import { fillCluster } from '../filling.ts';
import type { RoundsPlan } from '../rounds.ts';
import type { Teardown } from '../teardown.ts';
import type { LookUpVariant } from '../variants/look-up-variant.ts';

export interface BenchOptions extends RoundsPlan {
  readonly nodes: number;
  readonly keep: boolean;
  /** Read the rows from disk, not from the memtables. */
  readonly flushed: boolean;
  readonly cluster?: string;
  readonly groupSizes: readonly (number | 'unbounded')[];
  readonly groupings: readonly string[];
  /** Look-ups a second, where they come at a fixed rate. */
  readonly rate: number;
  /** That keys are drawn from, where some are more popular than others. */
  readonly rows: number;
  /** So small that the figures say nothing. */
  readonly short: boolean;
  /** That stores of cached rows are compared with, unless `storeBytes` says how much memory they may have. */
  readonly storeRows?: number;
  readonly storeBytes?: number;
  readonly stores?: readonly string[];
  /** Of each table that scans read. */
  readonly scanRows?: number;
}

/** What all benchmarks of one run share. `print` is for results, `report` for talk. */
export class BenchSession {
  readonly options: BenchOptions;
  readonly print: (text: string) => void;
  readonly report: (line: string) => void;
  readonly #teardown: Teardown;
  #bareCluster: Promise<RunningCluster> | undefined;
  #cluster: Promise<RunningCluster> | undefined;

  constructor(
    options: BenchOptions,
    teardown: Teardown,
    output: { readonly print: (text: string) => void; readonly report: (line: string) => void },
  ) {
    this.options = options;
    this.#teardown = teardown;
    this.print = output.print;
    this.report = output.report;
  }

  /** Started and filled when it is first asked for. */
  cluster(): Promise<RunningCluster> {
    this.#cluster ??= this.#fillCluster();
    return this.#cluster;
  }

  /** The same one, started when it is first asked for: for benchmarks that have their own tables. */
  bareCluster(): Promise<RunningCluster> {
    this.#bareCluster ??= this.#openCluster();
    return this.#bareCluster;
  }

  /** `end` is called when the run is over or interrupted, and may be called while the thing is still starting. */
  atEnd(name: string, end: () => Promise<void>): void {
    this.#teardown.add(name, end);
  }

  /** Starts the variants, hands them over, and stops them. */
  async withVariants<Variant extends Pick<LookUpVariant, 'name' | 'start' | 'stop'>, Result>(
    variants: readonly Variant[],
    task: (variants: readonly Variant[]) => Promise<Result>,
  ): Promise<Result> {
    const stop = async (): Promise<void> => {
      const outcomes = await Promise.allSettled(variants.map((variant) => variant.stop()));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    };
    // Also on an interrupt; stopping twice does no harm.
    this.#teardown.add(variants.map(({ name }) => name).join(', '), stop);
    try {
      for (const variant of variants) {
        this.report(`starting ${variant.name}`);
        await variant.start();
      }
      return await task(variants);
    } finally {
      await stop();
    }
  }

  async #fillCluster(): Promise<RunningCluster> {
    const cluster = await this.bareCluster();
    await fillCluster(cluster, this.options.flushed, this.report);
    return cluster;
  }

  #openCluster(): Promise<RunningCluster> {
    const { cluster: attachTo, nodes, keep } = this.options;
    const choice = { nodes, keep, ...(attachTo === undefined ? {} : { attachTo }) };
    return openCluster(choice, this.#teardown, this.report);
  }
}

/** What a benchmark hands back: whether all of its targets were reached. */
export type Bench = (session: BenchSession) => Promise<boolean>;
