import { type ProblemSlug, ReplicaError, replicaErrorPolicies } from '../errors.ts';
import type { Clock, ReadTelemetry, ReplicaRow, Text } from '../ports.ts';
import type { CostModel } from '../routing/cost-model.ts';
import type { LoadTracker } from '../routing/load-tracker.ts';
import type { Plan } from '../routing/plan.ts';
import type { Token } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import type { InFlight } from './in-flight.ts';
import { type PlanParts, planKeys, tokensOf } from './key-plan.ts';
import type { KeyOutcome, KeyReader, ReadBatch, ReadResult } from './key-reader.ts';
import type { MessageBudget } from './message-budget.ts';
import { messagesOf } from './messages.ts';
import { collectRows } from './row-collector.ts';
import type { Selection } from './selection.ts';

export interface ClusterReaderParts extends PlanParts {
  readonly clock: Clock;
  readonly text: Text;
  readonly telemetry: ReadTelemetry;
  readonly load: LoadTracker;
  readonly costOf: (table: Selection['table']) => CostModel;
  readonly inFlight: InFlight;
  /** Pays for retries. */
  readonly retryBudget: MessageBudget;
}

/**
 * The innermost reader: plans, asks the owners, and asks another owner once where the first one failed.
 * Per key at most one send and one retry, never the same owner twice; keys still open at the deadline end there.
 */
export function createClusterReader(parts: ClusterReaderParts): KeyReader {
  return (batch) =>
    new Promise((resolve) => {
      const read = new BatchRead(parts, batch, resolve);
      read.start();
    });
}

const overloaded: KeyOutcome = { status: 'unprocessed', reason: 'overload' };

class BatchRead {
  readonly #parts: ClusterReaderParts;
  readonly #costModel: CostModel;
  readonly #batch: ReadBatch;
  readonly #resolve: (result: ReadResult) => void;
  readonly #tokens: readonly Token[];
  readonly #outcomes: (KeyOutcome | undefined)[];
  /** The node that was asked first, by key. */
  readonly #asked: (ClusterNode | undefined)[];
  #open: number;
  #groups: readonly number[] = [];
  #retries = 0;
  #expired = false;
  #firstSentMs: number | undefined;
  #datacenter: string | undefined;
  #cancelDeadline: () => void = () => {};

  constructor(parts: ClusterReaderParts, batch: ReadBatch, resolve: (result: ReadResult) => void) {
    this.#parts = parts;
    this.#costModel = parts.costOf(batch.selection.table);
    this.#batch = batch;
    this.#resolve = resolve;
    this.#tokens = tokensOf(batch.selection, batch.keys);
    this.#outcomes = batch.keys.map(() => undefined);
    this.#asked = batch.keys.map(() => undefined);
    this.#open = batch.keys.length;
  }

  start(): void {
    const leftMs = this.#batch.deadlineMs - this.#parts.clock.nowMs();
    const admitted = leftMs > 0 ? this.#admit() : 0;
    const reason = leftMs > 0 ? 'overload' : 'deadline';
    const all = this.#batch.keys.map((_, key) => key);
    for (const key of all.slice(admitted)) this.#settle(key, { status: 'unprocessed', reason });
    if (admitted === 0) {
      this.#finishWhenDone();
      return;
    }
    this.#cancelDeadline = this.#parts.clock.after(leftMs, () => this.#expire());
    try {
      this.#sendAll(all.slice(0, admitted));
    } catch (fault) {
      this.#fail(fault, all);
    }
  }

  /** How many keys there is room for: the first ones. */
  #admit(): number {
    const { selection, strict } = this.#batch;
    const room = this.#parts.inFlight.roomForKeys(selection.weightPerKey);
    if (room >= this.#open) return this.#open;
    return strict ? 0 : room;
  }

  #sendAll(keys: readonly number[]): void {
    const plan = this.#plan(keys);
    this.#groups = plan.groups.map((group) => group.keys.length);
    this.#datacenter = plan.groups[0]?.node.datacenter;
    this.#settleUnowned(plan.unowned);
    for (const group of plan.groups) this.#send(group.node, group.keys, true, overloaded);
    this.#finishWhenDone();
  }

  /** Not the owner that was asked already, up, and with room for a message. */
  readonly #isUsable = (node: ClusterNode, key: number): boolean => {
    const { cluster, inFlight } = this.#parts;
    return this.#asked[key]?.id !== node.id && cluster.isUp(node) && inFlight.hasRoom(node);
  };

  #plan(keys: readonly number[], isUsable = this.#isUsable): Plan {
    return planKeys(this.#parts, this.#batch, this.#tokens, keys, isUsable);
  }

  /** `refused` is what becomes of keys that the node has no room for. */
  #send(node: ClusterNode, keys: readonly number[], first: boolean, refused: KeyOutcome): void {
    const { statement } = this.#batch.selection;
    const inLast = statement.table.partitionKey.length - 1;
    for (const message of messagesOf(keys, (key) => this.#batch.keys[key] ?? [], inLast, this.#parts.text)) {
      if (!this.#parts.inFlight.hasRoom(node)) {
        // A plan asks for room once a key; a group may be many messages.
        for (const key of message) this.#settle(key, refused);
        continue;
      }
      for (const key of message) this.#asked[key] = node;
      this.#sendMessage(node, message, first);
    }
  }

  #sendMessage(node: ClusterNode, keys: readonly number[], first: boolean): void {
    const { cluster, clock, inFlight, load, retryBudget, telemetry } = this.#parts;
    const { selection, consistency, deadlineMs, traceparent } = this.#batch;
    const startedMs = clock.nowMs();
    const weight = keys.length * selection.weightPerKey;
    this.#firstSentMs ??= startedMs;
    inFlight.begin(node, weight);
    load.sent(node, keys.length);
    if (first) retryBudget.earn(1);
    const ended = (outcome: 'ok' | ReplicaError['kind']): void => {
      const durationMs = clock.nowMs() - startedMs;
      inFlight.end(node, weight);
      telemetry.replicaRead({ node, keys: keys.length, durationMs, outcome });
      if (outcome === 'ok') this.#learn(node, keys.length, durationMs);
    };
    cluster
      .read({
        node,
        statement: selection.statement,
        keys: keys.map((key) => this.#batch.keys[key] ?? []),
        consistency,
        timeoutMs: Math.max(1, deadlineMs - startedMs),
        traceparent,
      })
      .then(
        (rows) => {
          ended('ok');
          this.#collect(keys, rows, startedMs);
        },
        (error: unknown) => {
          if (!(error instanceof ReplicaError)) telemetry.unexpected(error);
          const kind = error instanceof ReplicaError ? error.kind : 'unknown';
          ended(kind);
          this.#failed(keys, kind, first);
        },
      )
      .catch((fault: unknown) => this.#fail(fault, keys));
  }

  #learn(node: ClusterNode, keys: number, durationMs: number): void {
    const expectedMs = this.#costModel.expectedMs(keys);
    if (expectedMs !== undefined) this.#parts.load.answered(node, durationMs / expectedMs);
    this.#costModel.observe(keys, durationMs);
  }

  #collect(keys: readonly number[], rows: readonly ReplicaRow[], startedMs: number): void {
    // Everybody has gone: an answer that came late costs no further work.
    if (this.#open === 0) return;
    const ageMs = this.#parts.clock.nowMs() - startedMs;
    collectRows(this.#batch, this.#parts.text, keys, rows, ageMs, (key, outcome) =>
      this.#settle(key, outcome),
    );
    this.#finishWhenDone();
  }

  /** A fault of Weir's own costs the keys that it befell; it must not leave the caller waiting, nor end the process. */
  #fail(fault: unknown, keys: readonly number[]): void {
    this.#parts.telemetry.unexpected(fault);
    for (const key of keys) this.#settle(key, { status: 'error', problem: 'internal' });
    this.#finishWhenDone();
  }

  #failed(keys: readonly number[], kind: ReplicaError['kind'], first: boolean): void {
    const open = keys.filter((key) => this.#outcomes[key] === undefined);
    const policy = replicaErrorPolicies[kind];
    if (first && policy.retryOnAnotherOwner && open.length > 0) this.#retry(open, policy.problem);
    else for (const key of open) this.#settle(key, { status: 'error', problem: policy.problem });
    this.#finishWhenDone();
  }

  #retry(keys: readonly number[], problem: ProblemSlug): void {
    const { retryBudget, telemetry } = this.#parts;
    const plan = this.#plan(keys);
    const affordable = plan.groups.length > 0 && retryBudget.spend(plan.groups.length);
    const denied = affordable ? plan.unowned : keys;
    for (const key of denied) this.#settle(key, { status: 'error', problem });
    if (denied.length > 0) telemetry.retry('denied', denied.length);
    if (!affordable) return;
    for (const group of plan.groups) {
      this.#retries += 1;
      telemetry.retry('sent', group.keys.length);
      this.#send(group.node, group.keys, false, { status: 'error', problem });
    }
  }

  /** An owner that is up and yet was not usable has no room for a further message. */
  #settleUnowned(keys: readonly number[]): void {
    if (keys.length === 0) return;
    const { cluster } = this.#parts;
    const gone = new Set(this.#plan(keys, (node) => cluster.isUp(node)).unowned);
    for (const key of keys) {
      this.#settle(key, gone.has(key) ? { status: 'error', problem: 'no-replica' } : overloaded);
    }
  }

  #expire(): void {
    this.#expired = true;
    this.#outcomes.forEach((outcome, key) => {
      if (outcome === undefined) this.#settle(key, { status: 'error', problem: 'replica-timeout' });
    });
    this.#finishWhenDone();
  }

  /** The first outcome of a key counts. */
  #settle(key: number, outcome: KeyOutcome): void {
    if (this.#outcomes[key] !== undefined) return;
    this.#outcomes[key] = this.#hasRoomFor(outcome) ? outcome : { status: 'unprocessed', reason: 'size' };
    this.#open -= 1;
  }

  /** Rows that no answer has room for are let go as they arrive. */
  #hasRoomFor(outcome: KeyOutcome): boolean {
    if (outcome.status !== 'found') return true;
    return this.#batch.answerRoom.take(outcome.rows.reduce((sum, row) => sum + row.length, 0));
  }

  #finishWhenDone(): void {
    if (this.#open > 0) return;
    this.#cancelDeadline();
    const fromMs = this.#firstSentMs;
    this.#resolve({
      outcomes: this.#outcomes as readonly KeyOutcome[],
      report: {
        groups: this.#groups,
        retries: this.#retries,
        expired: this.#expired,
        datacenter: this.#datacenter,
        ringEpoch: this.#parts.rings.epoch(),
        span: fromMs === undefined ? undefined : { fromMs, toMs: this.#parts.clock.nowMs() },
      },
    });
  }
}
