import { allowsHedge, allowsRetry, type ReplicaErrorName, replicaErrorPolicies } from '../errors.ts';
import type { ReplicaRow } from '../ports.ts';
import type { HedgeBudget } from '../speculation/hedge-budget.ts';
import { type BatchAlarm, createBatchAlarm } from './batch-alarm.ts';
import { BatchSends, type Outgoing } from './batch-sends.ts';
import type { ClusterReaderParts } from './cluster-reader.ts';
import { type HedgeParts, hedge } from './hedging.ts';
import type { KeyOutcome, ReadBatch, ReadResult } from './key-reader.ts';
import { KeyStates } from './key-states.ts';
import type { MessageListener, MessageRole, MessageUnderWay } from './message-under-way.ts';
import { fitOutcome } from './outcome-room.ts';
import { addProbes } from './probing.ts';
import { retry } from './retrying.ts';
import { collectRows } from './row-collector.ts';

const overloaded: KeyOutcome = { status: 'unprocessed', reason: 'overload' };

/** One batch from its first message to its last outcome; nothing holds it after that. */
export class BatchRead implements MessageListener {
  readonly #parts: ClusterReaderParts;
  readonly #batch: ReadBatch;
  readonly #resolve: (result: ReadResult) => void;
  readonly #states: KeyStates;
  readonly #sends: BatchSends;
  readonly #alarm: BatchAlarm;
  readonly #hedgeParts: HedgeParts;
  readonly #hedgeBudget: HedgeBudget;
  #groups: readonly number[] = [];
  #datacenter: string | undefined;
  /** Until an error says that a further message would be one too many. */
  #isHedgeable = true;
  #isExpired = false;
  #isFinished = false;

  constructor(parts: ClusterReaderParts, batch: ReadBatch, resolve: (result: ReadResult) => void) {
    const { clock, telemetry, health, inFlight } = parts;
    const { table, weightPerKey } = batch.selection;
    const times = { cost: parts.costOf(table), timing: parts.timingOf(table) };
    this.#parts = parts;
    this.#batch = batch;
    this.#resolve = resolve;
    this.#states = new KeyStates(batch.keys.length);
    this.#sends = new BatchSends(parts, batch, times, this.#states, this);
    this.#alarm = createBatchAlarm(clock, batch.deadlineMs, (dueMs) => this.#ring(dueMs));
    this.#hedgeBudget = parts.hedgeBudgetOf(table, batch.settings.hedgeBudget);
    this.#hedgeParts = {
      telemetry,
      health,
      timing: times.timing,
      budget: this.#hedgeBudget,
      hasRoomFor: (keys) => inFlight.roomForKeys(weightPerKey) >= keys,
    };
  }

  start(): void {
    const leftMs = this.#batch.deadlineMs - this.#parts.clock.nowMs();
    const admitted = leftMs > 0 ? this.#admit() : 0;
    const reason = leftMs > 0 ? 'overload' : 'deadline';
    const all = this.#batch.keys.map((_, key) => key);
    for (let key = admitted; key < all.length; key += 1) this.#settle(key, { status: 'unprocessed', reason });
    try {
      if (admitted > 0) this.#sendFirst(admitted === all.length ? all : all.slice(0, admitted));
    } catch (fault) {
      this.#break(all, fault);
    }
    // `ALWAYS` means at once, and a timer takes its time.
    const isAlways = this.#batch.speculation.every(({ kind }) => kind === 'always');
    if (isAlways && this.#states.open > 0) this.#hedgeDue(this.#parts.clock.nowMs());
    this.#goOn();
  }

  /** How many keys there is room for: the first ones. */
  #admit(): number {
    const { selection, strict } = this.#batch;
    const room = this.#parts.inFlight.roomForKeys(selection.weightPerKey);
    if (room >= this.#states.open) return this.#states.open;
    return strict ? 0 : room;
  }

  #sendFirst(keys: readonly number[]): void {
    const { health, retryBudget } = this.#parts;
    const plan = this.#sends.plan(keys);
    const { groups, trials, probes } = addProbes(plan, health, this.#hedgeBudget);
    this.#groups = [...groups, ...trials].map((group) => group.keys.length);
    this.#datacenter = (groups[0] ?? trials[0])?.node.datacenter;
    this.#settleUnowned(plan.unowned);
    for (const group of groups) {
      for (const message of this.#sends.cut(group)) this.#sendOrSettle(message, 'first');
    }
    for (const trial of trials) this.#sendOrSettle(trial, 'trial');
    for (const probe of probes) {
      if (!this.#sends.send(probe, 'probe')) this.#hedgeBudget.giveBack(1);
    }
    const sent = this.#sends.count('first') + this.#sends.count('trial');
    retryBudget.earn(sent);
    this.#hedgeBudget.earn(sent);
  }

  #sendOrSettle(message: Outgoing, role: MessageRole): void {
    if (this.#sends.send(message, role)) return;
    for (const key of message.keys) this.#settle(key, overloaded);
  }

  /** An owner that is up and yet was not usable has no room for a further message. */
  #settleUnowned(keys: readonly number[]): void {
    if (keys.length === 0) return;
    const { cluster } = this.#parts;
    const gone = new Set(this.#sends.plan(keys, (node) => cluster.isUp(node)).unowned);
    for (const key of keys) {
      this.#settle(key, gone.has(key) ? { status: 'error', problem: 'no-replica' } : overloaded);
    }
  }

  /** Everything up to `dueMs` is due. */
  #ring(dueMs: number): void {
    if (dueMs >= this.#batch.deadlineMs) this.#expire();
    else this.#hedgeDue(dueMs);
    this.#goOn();
  }

  /** A fault in here costs the hedge and not the read: what is under way may still answer. */
  #hedgeDue(dueMs: number): void {
    try {
      const due = this.#sends.takeDue(dueMs);
      if (due.length === 0 || !this.#isHedgeable) return;
      const nowMs = this.#parts.clock.nowMs();
      hedge(this.#hedgeParts, this.#sends, this.#states, due, this.#batch.deadlineMs - nowMs);
      for (const message of due) {
        const isUnhedged = (key: number): boolean => this.#states.isOpen(key) && !this.#states.isHedged(key);
        if (message.keys.some(isUnhedged)) message.hedgeLater(nowMs);
      }
    } catch (fault) {
      this.#parts.telemetry.unexpected(fault);
    }
  }

  #expire(): void {
    this.#isExpired = true;
    this.#sends.expire();
    for (const key of this.#openKeys()) {
      this.#settle(key, { status: 'error', problem: this.#states.problemOf(key) ?? 'replica-timeout' });
    }
  }

  #openKeys(): readonly number[] {
    const keys: number[] = [];
    for (const key of this.#batch.keys.keys()) if (this.#states.isOpen(key)) keys.push(key);
    return keys;
  }

  answered(message: MessageUnderWay, rows: readonly ReplicaRow[]): void {
    this.#states.ended(message.keys);
    // Nobody waits for it any more: an answer that came late costs no further work.
    if (message.isOrphan) return;
    try {
      this.#collect(message, rows);
    } finally {
      message.tellHedge();
    }
    this.#sends.findOrphans();
    this.#goOn();
  }

  #collect(message: MessageUnderWay, rows: readonly ReplicaRow[]): void {
    const { clock, text } = this.#parts;
    const ageMs = clock.nowMs() - message.startedMs;
    collectRows(this.#batch, text, message.keys, rows, ageMs, (key, outcome) => {
      if (!this.#states.isOpen(key)) return;
      if (outcome.status === 'error') {
        this.#states.noteProblem(key, outcome.problem);
        this.#settleFailed(key);
        return;
      }
      message.broughtFirst = true;
      this.#settle(key, outcome);
    });
  }

  failed(message: MessageUnderWay, kind: ReplicaErrorName): void {
    this.#states.ended(message.keys);
    const open = message.keys.filter((key) => this.#states.isOpen(key));
    // What a node that is known to be sick does to a copy says nothing about the key.
    if (message.role !== 'probe') this.#takeProblem(kind, open);
    for (const key of open) this.#settleFailed(key);
    this.#goOn();
  }

  #takeProblem(kind: ReplicaErrorName, open: readonly number[]): void {
    if (!allowsHedge(kind)) this.#isHedgeable = false;
    for (const key of open) this.#states.noteProblem(key, replicaErrorPolicies[kind].problem);
    if (!allowsRetry(kind)) return;
    const unretried = open.filter((key) => !this.#states.isRetried(key));
    retry(this.#parts, this.#sends, this.#states, unretried);
  }

  /** A fault of Weir's own costs the keys that it befell; it must not leave the caller waiting, nor end the process. */
  broke(message: MessageUnderWay, fault: unknown): void {
    this.#break(message.keys, fault);
    this.#goOn();
  }

  #break(keys: readonly number[], fault: unknown): void {
    this.#parts.telemetry.unexpected(fault);
    for (const key of keys) {
      if (!this.#states.isOpen(key)) continue;
      this.#states.noteProblem(key, 'internal');
      this.#settleFailed(key);
    }
  }

  /** An error of one message never beats another message that is still under way. */
  #settleFailed(key: number): void {
    if (this.#states.isUnderWay(key)) return;
    const problem = this.#states.problemOf(key);
    if (problem !== undefined) this.#settle(key, { status: 'error', problem });
  }

  /** The first outcome of a key counts. */
  #settle(key: number, outcome: KeyOutcome): void {
    if (!this.#states.isOpen(key)) return;
    this.#batch.onOutcome?.(key, outcome);
    this.#states.settle(key, fitOutcome(outcome, this.#batch.answerRoom));
  }

  /** Waits for what is due next, or ends. */
  #goOn(): void {
    if (this.#isFinished) return;
    if (this.#states.open > 0) this.#alarm.set(this.#sends.nextDueMs());
    else this.#finish();
  }

  #finish(): void {
    this.#isFinished = true;
    this.#alarm.cancel();
    this.#sends.findOrphans();
    this.#sends.release();
    const { clock, rings } = this.#parts;
    const sends = this.#sends;
    const fromMs = sends.firstSentMs;
    this.#resolve({
      outcomes: this.#states.outcomes,
      report: {
        groups: this.#groups,
        sent: this.#states.sentKeys,
        retries: sends.count('retry'),
        hedges: sends.count('hedge') + sends.count('probe'),
        cacheHits: 0,
        stale: 0,
        joined: 0,
        expired: this.#isExpired,
        datacenter: this.#datacenter,
        ringEpoch: rings.epoch(),
        span: fromMs === undefined ? undefined : { fromMs, toMs: clock.nowMs() },
      },
    });
  }
}
