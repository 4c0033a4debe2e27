import type { ReplicaRow } from '../ports.ts';
import type { Plan } from '../routing/plan.ts';
import type { Token } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import { type IsUsable, type PlanParts, planKeys, tokensOf } from './key-plan.ts';
import type { ReadBatch } from './key-reader.ts';
import type { KeyStates } from './key-states.ts';
import {
  follow,
  type MessageListener,
  type MessageParts,
  type MessageRole,
  MessageUnderWay,
  type TableTimes,
} from './message-under-way.ts';
import { messagesOf } from './messages.ts';
import { watchOrphans } from './orphan-watch.ts';

export type SendParts = PlanParts & MessageParts;

/** A message to be sent; `keys` are places in the batch. */
export interface Outgoing {
  readonly node: ClusterNode;
  readonly keys: readonly number[];
}

/** All messages of one batch: planning them, sending them, and looking over those under way. */
export class BatchSends {
  readonly #parts: SendParts;
  readonly #batch: ReadBatch;
  readonly #times: TableTimes;
  readonly #states: KeyStates;
  readonly #listener: MessageListener;
  readonly #tokens: readonly Token[];
  /** At most a first message, a hedge, a retry and a probe a key. */
  readonly #messages: MessageUnderWay[] = [];
  readonly #sent: Record<MessageRole, number> = { first: 0, hedge: 0, retry: 0, probe: 0, trial: 0 };

  constructor(
    parts: SendParts,
    batch: ReadBatch,
    times: TableTimes,
    states: KeyStates,
    listener: MessageListener,
  ) {
    this.#parts = parts;
    this.#batch = batch;
    this.#times = times;
    this.#states = states;
    this.#listener = listener;
    this.#tokens = tokensOf(batch.selection, batch.keys);
  }

  /** Undefined while nothing was sent. */
  get firstSentMs(): number | undefined {
    return this.#messages[0]?.startedMs;
  }

  /** Messages sent so far in a role. */
  count(role: MessageRole): number {
    return this.#sent[role];
  }

  /** For the first time, of keys that nobody was asked for. */
  plan(keys: readonly number[], isUsable: IsUsable = this.isUsable): Plan {
    return planKeys(this.#parts, this.#batch, this.#tokens, keys, isUsable);
  }

  /** Over owners that were not asked for the key. */
  planAgain(keys: readonly number[], isUsable: IsUsable = this.isUsable): Plan {
    return planKeys(this.#parts, this.#batch, this.#tokens, keys, isUsable, this.#wasAsked);
  }

  /** Up, and with room for a message. */
  readonly isUsable = (node: ClusterNode): boolean => {
    const { cluster, inFlight } = this.#parts;
    return cluster.isUp(node) && inFlight.hasRoom(node);
  };

  readonly #wasAsked = (node: ClusterNode, key: number): boolean => this.#states.wasAsked(node, key);

  /** The messages that a group takes: one, or several where no single `IN` can carry its keys. */
  cut({ node, keys }: Outgoing): readonly Outgoing[] {
    const { selection, keys: all } = this.#batch;
    const inLast = selection.table.partitionKey.length - 1;
    const messages = messagesOf(keys, (key) => all[key] ?? [], inLast, this.#parts.text);
    return messages.map((members) => ({ node, keys: members }));
  }

  /** False, and not sent, where the node has no room: a plan asks for room once a node, not once a message. */
  send({ node, keys }: Outgoing, role: MessageRole): boolean {
    if (!this.#parts.inFlight.hasRoom(node)) return false;
    for (const key of keys) this.#states.sent(key, node);
    const message = new MessageUnderWay(this.#parts, this.#batch, this.#times, node, keys, role);
    message.listener = this.#listener;
    this.#messages.push(message);
    this.#sent[role] += 1;
    follow(message, this.#readOf(message), this.#parts.telemetry);
    return true;
  }

  /** A cluster that throws where it should reject must not keep its place in flight for ever. */
  #readOf(message: MessageUnderWay): Promise<readonly ReplicaRow[]> {
    try {
      return message.read(this.#batch);
    } catch (fault) {
      return Promise.reject(fault);
    }
  }

  /** When something is due next of the messages under way. */
  nextDueMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const message of this.#messages) next = Math.min(next, message.nextDueMs());
    return next;
  }

  /**
   * Messages whose time to be hedged has come: each is given once for each such time. Sees to those that are overdue.
   */
  takeDue(dueMs: number): readonly MessageUnderWay[] {
    return this.#messages.filter((message) => message.takeDue(dueMs));
  }

  /** Finds the messages whose keys have been settled by others. */
  findOrphans(): void {
    const { hedge, retry, probe } = this.#sent;
    // A key that was sent once cannot be settled while that message is under way, but by the deadline.
    if (hedge + retry + probe === 0) return;
    for (const message of this.#messages) {
      if (message.isUnderWay && message.keys.every((key) => !this.#states.isOpen(key))) message.orphan();
    }
  }

  expire(): void {
    for (const message of this.#messages) message.expire();
  }

  /** The batch has ended: what is still under way is watched without it, so that its keys and rows can be let go of. */
  release(): void {
    const orphans = this.#messages.filter((message) => message.isUnderWay);
    for (const message of this.#messages) message.listener = undefined;
    if (orphans.length > 0) watchOrphans(this.#parts.clock, orphans);
  }
}
