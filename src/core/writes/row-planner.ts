import type { ClusterNode } from '../topology/cluster-state.ts';
import type { RowBatch, RowWriteParts } from './row-batch.ts';
import type { RowOutcome } from './row-outcome.ts';
import type { RowStates } from './row-states.ts';
import { type OutgoingWrite, planWrites, type WritePlan } from './write-plan.ts';

export const overloaded: RowOutcome = { status: 'unprocessed', reason: 'overload' };

/** Decides with which message the rows of one request go, and with which one they go again. Sends and pays for nothing. */
export class RowPlanner {
  readonly #parts: RowWriteParts;
  readonly #batch: RowBatch;
  readonly #states: RowStates;

  constructor(parts: RowWriteParts, batch: RowBatch, states: RowStates) {
    this.#parts = parts;
    this.#batch = batch;
    this.#states = states;
  }

  plan(rows: readonly number[], isExcluded?: (node: ClusterNode, row: number) => boolean): WritePlan {
    return planWrites(this.#parts, this.#batch, rows, this.#isUsable, isExcluded);
  }

  /** Of rows that no message was planned for: an owner that is up and yet was not usable has no room for a further one. */
  outcomesOfUnowned(rows: readonly number[]): ReadonlyMap<number, RowOutcome> {
    if (rows.length === 0) return new Map();
    const { cluster } = this.#parts;
    const { unowned } = planWrites(this.#parts, this.#batch, rows, (node) => cluster.isUp(node));
    const gone = new Set(unowned);
    return new Map(
      rows.map((row) => [row, gone.has(row) ? { status: 'error', problem: 'no-replica' } : overloaded]),
    );
  }

  /**
   * Rows of messages that have failed, to owners that were not sent them; `all`: to others where there is none. Not as a
   * trickle: what failed is late already.
   */
  planAgain(
    rows: readonly number[],
    whom: 'all' | 'others',
  ): { readonly messages: readonly OutgoingWrite[]; readonly unowned: readonly number[] } {
    const batch = { ...this.#batch, trickle: undefined };
    const wasSentTo = (node: ClusterNode, row: number): boolean => this.#states.wasSentTo(node, row);
    const others = planWrites(this.#parts, batch, rows, this.#isUsable, wasSentTo);
    if (whom === 'others') return others;
    const same = planWrites(this.#parts, batch, others.unowned, this.#isUsable);
    return { messages: [...others.messages, ...same.messages], unowned: same.unowned };
  }

  /** For one more message; for any where nothing at all is under way. */
  hasRoom({ node, rows }: OutgoingWrite): boolean {
    const { inFlight } = this.#parts;
    return inFlight.hasRoom(node) && inFlight.roomForKeys(rows.length) > 0;
  }

  /** Up, and with room for a message. */
  readonly #isUsable = (node: ClusterNode): boolean => {
    const { cluster, inFlight } = this.#parts;
    return cluster.isUp(node) && inFlight.hasRoom(node);
  };
}
