import { allowsHedge, allowsRetry, type ReplicaErrorName, replicaErrorPolicies } from '../errors.ts';
import { type BatchAlarm, createBatchAlarm } from '../reads/batch-alarm.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import { redirectWaiting } from './redirect-waiting.ts';
import type { RowBatch, RowResult, RowWriteParts } from './row-batch.ts';
import type { RowOutcome } from './row-outcome.ts';
import { overloaded, RowPlanner } from './row-planner.ts';
import { RowStates } from './row-states.ts';
import { SendQueues, type WaitingWrite } from './send-queues.ts';
import { SendPace } from './trickle.ts';
import type { OutgoingWrite } from './write-plan.ts';
import {
  follow,
  lateListener,
  type WriteListener,
  type WriteRole,
  WriteUnderWay,
} from './write-under-way.ts';

/** Of one row that share a message with others these tell nothing of the others: each is asked for by itself. */
const faultsOfOne: ReadonlySet<ReplicaErrorName> = new Set(['rejected', 'unavailable', 'write-failure']);

/**
 * Writes rows: plans them, keeps a few messages under way to each node, sends once more what failed, and has settled by
 * the deadline. Rows of one partition need no order on the wire, since their timestamps have one. Never rejects.
 */
export function writeRows(parts: RowWriteParts, batch: RowBatch): Promise<RowResult> {
  return new Promise((resolve) => {
    new RowWrites(parts, batch, resolve).start();
  });
}

class RowWrites implements WriteListener {
  readonly #parts: RowWriteParts;
  readonly #batch: RowBatch;
  readonly #resolve: (result: RowResult) => void;
  readonly #states: RowStates;
  readonly #planner: RowPlanner;
  readonly #queues = new SendQueues();
  readonly #alarm: BatchAlarm;
  readonly #pace: SendPace;
  readonly #underWay = new Set<WriteUnderWay>();
  #firstSentMs: number | undefined;
  #retries = 0;
  #isExpired = false;
  #isFinished = false;

  constructor(parts: RowWriteParts, batch: RowBatch, resolve: (result: RowResult) => void) {
    this.#parts = parts;
    this.#batch = batch;
    this.#resolve = resolve;
    this.#states = new RowStates(batch.changes.length);
    this.#planner = new RowPlanner(parts, batch, this.#states);
    this.#pace = new SendPace(parts.clock, batch.trickle);
    this.#alarm = createBatchAlarm(parts.clock, batch.deadlineMs, (dueMs) => this.#ring(dueMs));
  }

  start(): void {
    this.#proceed(() => {
      if (this.#batch.deadlineMs > this.#parts.clock.nowMs()) this.#sendFirst();
      else this.#expire();
    });
  }

  #sendFirst(): void {
    const plan = this.#planner.plan([...this.#batch.changes.keys()]);
    for (const [row, outcome] of this.#planner.outcomesOfUnowned(plan.unowned)) {
      this.#states.settle(row, outcome);
    }
    for (const message of plan.messages) this.#enqueue(message, 'first');
    this.#pump();
    for (const { node, key: row } of plan.sick) this.#probe(node, row);
  }

  /** A copy, where a node that is not well is due to be asked how it is and the budget pays: row and node take no harm. */
  #probe(node: ClusterNode, row: number): void {
    const { health, retryBudget } = this.#parts;
    const message = { node, rows: [row], role: 'probe' } as const;
    if (!health.isProbeDue(node) || !this.#planner.hasRoom(message) || !retryBudget.spend(1)) return;
    this.#states.planned(message.rows);
    this.#send(message);
  }

  #enqueue({ node, rows }: OutgoingWrite, role: WriteRole): void {
    this.#states.planned(rows);
    this.#queues.add({ node, rows, role });
  }

  #pump(): void {
    const hasRoom = (message: WaitingWrite): boolean => this.#planner.hasRoom(message);
    const mayGo = ({ role }: WaitingWrite): boolean => role !== 'first' || this.#pace.mayGo();
    while (this.#states.open > 0) {
      const next = this.#queues.takeNext(mayGo, hasRoom);
      if (next === undefined) return;
      if (!next.isCrowded) {
        this.#send(next.message);
        continue;
      }
      this.#states.ended(next.message.rows);
      for (const row of next.message.rows) this.#settleFailed(row, overloaded);
    }
  }

  #send(message: WaitingWrite): void {
    const { clock, readTelemetry, retryBudget } = this.#parts;
    const { node, rows, role } = message;
    const sent = new WriteUnderWay(this.#parts, message, role, this.#batch.deadlineMs, this);
    this.#firstSentMs ??= clock.nowMs();
    if (role === 'first') this.#pace.sent(rows.length);
    this.#underWay.add(sent);
    this.#queues.began(node);
    this.#states.sent(rows, node);
    if (role === 'first') retryBudget.earn(1);
    follow(sent, this.#write(message), readTelemetry);
  }

  /** A cluster that throws where it should reject must not keep its place in flight for ever. */
  #write({ node, rows }: WaitingWrite): Promise<void> {
    const { changes, consistency, deadlineMs, traceparent } = this.#batch;
    const timeoutMs = Math.max(1, deadlineMs - this.#parts.clock.nowMs());
    const taken = rows.flatMap((row) => changes[row] ?? []);
    try {
      return this.#parts.cluster.write({ node, changes: taken, consistency, timeoutMs, traceparent });
    } catch (fault) {
      return Promise.reject(fault);
    }
  }

  acknowledged(message: WriteUnderWay): void {
    this.#end(message);
    for (const row of message.rows) this.#states.settle(row, { status: 'written' });
    this.#proceed(() => this.#pump());
  }

  failed(message: WriteUnderWay, kind: ReplicaErrorName): void {
    this.#end(message);
    const open = message.rows.filter((row) => this.#states.isOpen(row));
    this.#proceed(() => {
      // What a node that is known to be sick does to a copy says nothing about the row.
      if (message.role !== 'probe') this.#goOnWithout(message, open, kind);
      for (const row of open) this.#settleFailed(row, overloaded);
      this.#pump();
    });
  }

  #goOnWithout({ node, rows }: WriteUnderWay, open: readonly number[], kind: ReplicaErrorName): void {
    if (rows.length > 1 && faultsOfOne.has(kind)) {
      this.#sendAlone(node, open);
      return;
    }
    for (const row of open) this.#states.noteProblem(row, replicaErrorPolicies[kind].problem);
    if (!allowsRetry(kind) && !allowsHedge(kind)) return;
    // One that sheds load is not to be asked again.
    this.#retry(open, kind === 'overloaded' ? 'others' : 'all');
  }

  #end(message: WriteUnderWay): void {
    this.#underWay.delete(message);
    this.#queues.ended(message.node);
    this.#states.ended(message.rows);
  }

  /** Once a row: what failed together tells not which row is at fault, nor that a batch was not merely too large. */
  #sendAlone(node: ClusterNode, open: readonly number[]): void {
    if (this.#parts.clock.nowMs() >= this.#batch.deadlineMs) return;
    const rows = open.filter((row) => !this.#states.isAlone(row));
    this.#states.markAlone(rows);
    for (const row of rows) this.#enqueue({ node, rows: [row] }, 'alone');
  }

  /** Once a row, as far as the budget pays. */
  #retry(open: readonly number[], whom: 'all' | 'others'): void {
    const { clock, retryBudget, telemetry } = this.#parts;
    const rows = open.filter((row) => !this.#states.isRetried(row));
    if (rows.length === 0 || clock.nowMs() >= this.#batch.deadlineMs) return;
    const { messages, unowned } = this.#planner.planAgain(rows, whom);
    let denied = unowned.length;
    for (const message of messages) {
      if (!retryBudget.spend(1)) {
        denied += message.rows.length;
        continue;
      }
      this.#retries += 1;
      this.#states.markRetried(message.rows);
      this.#enqueue(message, 'retry');
      telemetry.retry('sent', message.rows.length);
    }
    if (denied > 0) telemetry.retry('denied', denied);
  }

  /** A row that nothing is pending for any more. `unsent`: its outcome where no node was ever sent it. */
  #settleFailed(row: number, unsent: RowOutcome): void {
    if (this.#states.isPending(row)) return;
    const problem = this.#states.problemOf(row) ?? 'replica-timeout';
    this.#states.settle(row, this.#states.wasSent(row) ? { status: 'error', problem } : unsent);
  }

  /** Everything up to `dueMs` is due. */
  #ring(dueMs: number): void {
    this.#proceed(() => {
      if (dueMs >= this.#batch.deadlineMs) this.#expire();
      else this.#noticeOverdue(dueMs);
      this.#pump();
    });
  }

  /** What a node that has become silent was sent goes to other owners, all of it, and so does what waits behind that. */
  #noticeOverdue(dueMs: number): void {
    const silent = new Map<string, ClusterNode>();
    for (const message of this.#underWay) {
      if (message.takeOverdue(dueMs)) silent.set(message.node.id, message.node);
    }
    redirectWaiting(silent, {
      queues: this.#queues,
      plan: (rows) => this.#planner.plan(rows, ({ id }) => silent.has(id)),
      moved: (rows) => this.#states.ended(rows),
      enqueue: (message) => this.#enqueue(message, 'first'),
    });
    const unanswered = [...this.#underWay].filter(
      ({ node, role }) => silent.has(node.id) && role !== 'probe',
    );
    const rows = new Set(unanswered.flatMap((message) => message.rows));
    this.#retry(
      [...rows].filter((row) => this.#states.isOpen(row)),
      'others',
    );
  }

  #expire(): void {
    this.#isExpired = this.#states.open > 0;
    this.#queues.clear();
    for (const message of this.#underWay) message.expire();
    for (const row of this.#states.openRows()) {
      const problem = this.#states.problemOf(row) ?? 'replica-timeout';
      const wasSent = this.#states.wasSent(row);
      this.#states.settle(
        row,
        wasSent ? { status: 'error', problem } : { status: 'unprocessed', reason: 'deadline' },
      );
    }
  }

  /** A fault of Weir's own costs the rows that are open; it must not leave the caller waiting. */
  #break(fault: unknown): void {
    this.#parts.readTelemetry.unexpected(fault);
    for (const row of this.#states.openRows()) {
      this.#states.settle(row, { status: 'error', problem: 'internal' });
    }
  }

  /** Whatever happens in a step, what is left to do is waited for. */
  #proceed(step: () => void): void {
    try {
      step();
    } catch (fault) {
      this.#break(fault);
    }
    this.#goOn();
  }

  /** Waits for what is due next, or ends. */
  #goOn(): void {
    if (this.#isFinished) return;
    if (this.#states.open === 0) {
      this.#finish();
      return;
    }
    const heldBackUntilMs = this.#pace.heldBackUntilMs();
    let dueMs = Number.POSITIVE_INFINITY;
    if (heldBackUntilMs < dueMs && this.#queues.isWaiting) dueMs = heldBackUntilMs;
    for (const message of this.#underWay) dueMs = Math.min(dueMs, message.nextDueMs());
    this.#alarm.set(dueMs);
  }

  #finish(): void {
    this.#isFinished = true;
    this.#alarm.cancel();
    this.#release();
    const { clock } = this.#parts;
    const fromMs = this.#firstSentMs;
    this.#resolve({
      outcomes: this.#states.outcomes,
      sent: [...this.#batch.changes.keys()].filter((row) => this.#states.wasSent(row)),
      retries: this.#retries,
      expired: this.#isExpired,
      durationMs: fromMs === undefined ? 0 : clock.nowMs() - fromMs,
    });
  }

  /** What is still under way is waited for without the request, so that its rows can be let go of. */
  #release(): void {
    const { onLate } = this.#batch;
    for (const message of this.#underWay) {
      const rows = message.rows.filter((row) => !this.#states.isWritten(row));
      message.listener = rows.length === 0 ? undefined : lateListener(() => onLate(rows));
    }
  }
}
