import type { ProblemSlug } from '../errors.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import type { RowOutcome } from './row-outcome.ts';

/** What is known of each row of a request while it is written: who was sent it, what is pending, how it ended. */
export class RowStates {
  readonly #outcomes: (RowOutcome | undefined)[];
  /** Messages that wait to be sent or are under way, by row: at most a first one, a retry, one by itself and a few probes. */
  readonly #pending: Uint8Array;
  readonly #isRetried: Uint8Array;
  readonly #isAlone: Uint8Array;
  readonly #sentTo: (readonly string[] | undefined)[];
  readonly #problems = new Map<number, ProblemSlug>();
  #open: number;

  constructor(rows: number) {
    this.#outcomes = new Array(rows).fill(undefined);
    this.#pending = new Uint8Array(rows);
    this.#isRetried = new Uint8Array(rows);
    this.#isAlone = new Uint8Array(rows);
    this.#sentTo = new Array(rows).fill(undefined);
    this.#open = rows;
  }

  /** Rows without an outcome. */
  get open(): number {
    return this.#open;
  }

  /** Complete when no row is open. */
  get outcomes(): readonly RowOutcome[] {
    return this.#outcomes as readonly RowOutcome[];
  }

  openRows(): readonly number[] {
    return [...this.#outcomes.keys()].filter((row) => this.isOpen(row));
  }

  isOpen(row: number): boolean {
    return this.#outcomes[row] === undefined;
  }

  isWritten(row: number): boolean {
    return this.#outcomes[row]?.status === 'written';
  }

  /** The first outcome of a row counts. */
  settle(row: number, outcome: RowOutcome): void {
    if (!this.isOpen(row)) return;
    this.#outcomes[row] = outcome;
    this.#open -= 1;
  }

  planned(rows: readonly number[]): void {
    for (const row of rows) this.#pending[row] = (this.#pending[row] ?? 0) + 1;
  }

  /** A message with these rows has ended, or is not sent any more. */
  ended(rows: readonly number[]): void {
    for (const row of rows) this.#pending[row] = (this.#pending[row] ?? 1) - 1;
  }

  isPending(row: number): boolean {
    return this.#pending[row] !== 0;
  }

  sent(rows: readonly number[], { id }: ClusterNode): void {
    for (const row of rows) this.#sentTo[row] = [...(this.#sentTo[row] ?? []), id];
  }

  wasSent(row: number): boolean {
    return this.#sentTo[row] !== undefined;
  }

  wasSentTo({ id }: ClusterNode, row: number): boolean {
    return this.#sentTo[row]?.includes(id) === true;
  }

  isRetried(row: number): boolean {
    return this.#isRetried[row] === 1;
  }

  markRetried(rows: readonly number[]): void {
    for (const row of rows) this.#isRetried[row] = 1;
  }

  /** It was sent by itself, out of a message that had failed. */
  isAlone(row: number): boolean {
    return this.#isAlone[row] === 1;
  }

  markAlone(rows: readonly number[]): void {
    for (const row of rows) this.#isAlone[row] = 1;
  }

  /** Why the latest message with the row failed. */
  noteProblem(row: number, problem: ProblemSlug): void {
    this.#problems.set(row, problem);
  }

  problemOf(row: number): ProblemSlug | undefined {
    return this.#problems.get(row);
  }
}
