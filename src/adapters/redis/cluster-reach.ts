import type { Cluster } from 'ioredis';
import { pauseBefore } from './redis-client.ts';

/**
 * Whether the node that has the fleet's slot answers. A cluster client is ready as soon as any node answers, connects to
 * the others when they are first needed, and does not look by itself for the new owner of a slot whose node went away.
 */
export class ClusterReach {
  readonly #cluster: Cluster;
  readonly #key: string;
  readonly #onReach: () => void;
  #isReached = false;
  #isLooking = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  /** `key`: any in the slot. `onReach`: each time the node is there (again). */
  constructor(cluster: Cluster, key: string, onReach: () => void) {
    this.#cluster = cluster;
    this.#key = key;
    this.#onReach = onReach;
    cluster.on('ready', () => this.look());
  }

  get isReached(): boolean {
    return this.#isReached;
  }

  /** A call could not be sent, or its connection was lost: nothing is sent until the node answers again. */
  look(): void {
    this.#isReached = false;
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    void this.#ask(1);
  }

  close(): void {
    this.#isClosed = true;
    this.#isReached = false;
    clearTimeout(this.#timer);
  }

  async #ask(attempt: number): Promise<void> {
    try {
      await this.#cluster.call('EXISTS', this.#key);
    } catch {
      this.#askAgain(attempt);
      return;
    }
    this.#isLooking = false;
    if (this.#isClosed) return;
    this.#isReached = true;
    this.#onReach();
  }

  #askAgain(attempt: number): void {
    if (this.#isClosed) return;
    // It tells its callback what went wrong, and there is nothing more to do about it than to ask again.
    this.#cluster.refreshSlotsCache(() => {});
    this.#timer = setTimeout(() => void this.#ask(attempt + 1), pauseBefore(attempt));
  }
}
