import type { ClusterNode } from '../topology/cluster-state.ts';
import type { OutgoingWrite } from './write-plan.ts';
import type { WriteRole } from './write-under-way.ts';

/** Of one request, to one node. */
const mostUnderWay = 16;

export interface WaitingWrite extends OutgoingWrite {
  readonly role: WriteRole;
}

interface NodeQueue {
  waiting: WaitingWrite[];
  underWay: number;
}

/** The messages of one request that wait for those before them, by node. Bounded by the rows of the request. */
export class SendQueues {
  readonly #queues = new Map<string, NodeQueue>();

  add(message: WaitingWrite): void {
    const { waiting } = this.#of(message.node);
    // What has failed before is late already.
    const behind = message.role === 'first' ? -1 : waiting.findIndex(({ role }) => role === 'first');
    waiting.splice(behind < 0 ? waiting.length : behind, 0, message);
  }

  get isWaiting(): boolean {
    return [...this.#queues.values()].some(({ waiting }) => waiting.length > 0);
  }

  /** One was sent. */
  began(node: ClusterNode): void {
    this.#of(node).underWay += 1;
  }

  ended(node: ClusterNode): void {
    this.#of(node).underWay -= 1;
  }

  /**
   * Takes what may be sent now: nothing behind a message that is held back. What finds no room among all that is in flight waits for one of the request's own to
   * end; where none is under way to that node it is `crowded`: nothing would come to send it.
   */
  takeNext(
    mayGo: (message: WaitingWrite) => boolean,
    hasRoom: (message: WaitingWrite) => boolean,
  ): { readonly message: WaitingWrite; readonly isCrowded: boolean } | undefined {
    for (const queue of this.#queues.values()) {
      const [message] = queue.waiting;
      if (message === undefined || queue.underWay >= mostUnderWay || !mayGo(message)) continue;
      const isCrowded = !hasRoom(message);
      if (isCrowded && queue.underWay > 0) continue;
      queue.waiting.shift();
      return { message, isCrowded };
    }
    return undefined;
  }

  /** All that waits for the node. */
  takeWaiting(node: ClusterNode): readonly WaitingWrite[] {
    const queue = this.#of(node);
    const taken = queue.waiting;
    queue.waiting = [];
    return taken;
  }

  clear(): void {
    for (const queue of this.#queues.values()) queue.waiting = [];
  }

  #of({ id }: ClusterNode): NodeQueue {
    let queue = this.#queues.get(id);
    if (queue === undefined) {
      queue = { waiting: [], underWay: 0 };
      this.#queues.set(id, queue);
    }
    return queue;
  }
}
