import { setTimeout as delay } from 'node:timers/promises';
import { type Item, itemKey, itemOf } from './dataset.ts';
import type { JobCounts, JobPlan } from './job-plan.ts';
import type { JobSplit, JobWork } from './job-work.ts';

/** A job that only fails must not be one that only spins. */
const afterFailureMs = 200;
const leastPauseMs = 5;
/** Made once: to make a row takes the job longer than to send it. */
const templates = 500;
/** Of the rows that the job writes, over and over. */
const targetRows = 20_000;

type LoopPlan = Pick<JobPlan, 'scans' | 'writers' | 'rowsPerWrite'>;

/** Scans and writes without a pause. */
export class JobLoop {
  readonly #work: Pick<JobWork, 'scan' | 'write'>;
  readonly #splits: readonly JobSplit[];
  readonly #plan: LoopPlan;
  readonly #wait: (durationMs: number) => Promise<unknown>;
  readonly #rows = Array.from({ length: templates }, (_, index) => itemOf(itemKey(index)));
  #nextSplit = 0;
  #nextRow = 0;
  #counts: JobCounts = { scannedRows: 0, writtenRows: 0, failures: 0 };

  constructor(
    work: Pick<JobWork, 'scan' | 'write'>,
    splits: readonly JobSplit[],
    plan: LoopPlan,
    wait: (durationMs: number) => Promise<unknown> = delay,
  ) {
    if (splits.length === 0) throw new Error('there is nothing to scan');
    this.#work = work;
    this.#splits = splits;
    this.#plan = plan;
    this.#wait = wait;
  }

  get counts(): JobCounts {
    return this.#counts;
  }

  /** Resolves when what was under way at its end has ended. */
  async run(isOver: () => boolean = () => false): Promise<void> {
    const { scans, writers } = this.#plan;
    await Promise.all([
      ...Array.from({ length: scans }, () => this.#repeat(isOver, () => this.#scanNext())),
      ...Array.from({ length: writers }, () => this.#repeat(isOver, () => this.#writeNext())),
    ]);
  }

  async #repeat(isOver: () => boolean, task: () => Promise<void>): Promise<void> {
    while (!isOver()) {
      try {
        await task();
      } catch (error) {
        const { failures, firstFailure } = this.#counts;
        const reason = firstFailure ?? (error instanceof Error ? error.message : String(error));
        this.#counts = { ...this.#counts, failures: failures + 1, firstFailure: reason };
        await this.#wait(afterFailureMs);
      }
    }
  }

  async #scanNext(): Promise<void> {
    const split = this.#splits[this.#nextSplit++ % this.#splits.length];
    if (split === undefined) return;
    await this.#work.scan(split, (count) => {
      this.#counts = { ...this.#counts, scannedRows: this.#counts.scannedRows + count };
    });
  }

  /** What a limit left over comes round again: rows are written over and over. */
  async #writeNext(): Promise<void> {
    const { written, retryAfterMs } = await this.#work.write(this.#takeRows());
    this.#counts = { ...this.#counts, writtenRows: this.#counts.writtenRows + written };
    if (retryAfterMs !== undefined) await this.#wait(Math.max(leastPauseMs, retryAfterMs));
  }

  #takeRows(): readonly Item[] {
    return Array.from({ length: this.#plan.rowsPerWrite }, () => {
      const index = this.#nextRow++ % targetRows;
      const template = this.#rows[index % templates];
      if (template === undefined) throw new Error('there are no rows to write');
      return { ...template, id: `report-${String(index).padStart(5, '0')}` };
    });
  }
}
