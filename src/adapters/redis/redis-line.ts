import { Cluster, Command, type Redis } from 'ioredis';
import { StoreError } from '../../core/throttle/limit-store.ts';
import { ClusterReach } from './cluster-reach.ts';
import {
  type ClientUse,
  createRedisClient,
  disconnectTimeoutMs,
  pauseBefore,
  type RedisClient,
} from './redis-client.ts';
import type { RedisOptions } from './redis-options.ts';
import { isSilence, isUnknownScript, storeError, troubleOf } from './store-errors.ts';

/** Calls that have no answer yet; further ones are refused. */
const mostInFlight = 20_000;

export type Word = string | number | Uint8Array;

export interface LineHooks {
  ready(): void;
  /** There is no connection, or was none after an attempt; in a word or two. */
  trouble(what: string): void;
}

/** One connection, or of a cluster those to its nodes; made again for ever whenever it is lost. */
export class RedisLine {
  readonly #client: RedisClient;
  readonly #hooks: LineHooks;
  readonly #reach: ClusterReach | undefined;
  #inFlight = 0;
  #wasFrozen = false;
  #isLost = true;
  #isClosed = false;
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `key`: any of the fleet. */
  constructor(options: RedisOptions, use: ClientUse, key: string, hooks: LineHooks) {
    this.#client = createRedisClient(options, use);
    this.#hooks = hooks;
    const isThere = (): void => {
      this.#attempts = 0;
      hooks.ready();
    };
    if (this.#client instanceof Cluster) {
      this.#reach = new ClusterReach(this.#client, key, isThere);
      this.#client.on('node error', (error: Error) => this.#note(error));
    } else {
      this.#client.on('ready', () => {
        this.#isLost = false;
        isThere();
      });
      this.#client.on('connect', () => {
        this.#wasFrozen = false;
      });
      this.#client.on('close', () => {
        if (!this.#isLost) this.#note(new Error('closed by Redis'));
      });
      this.#client.on('end', () => this.#beginAgain(this.#client as Redis));
    }
    this.#client.on('error', (error: Error) => this.#note(error));
  }

  isReady(): boolean {
    return this.#client.status === 'ready' && (this.#reach?.isReached ?? true);
  }

  /** Rejects with a `StoreError`, and with the error of Redis itself where it does not know a script. */
  async send(command: string, words: readonly Word[], reply: 'text' | 'bytes'): Promise<unknown> {
    if (!this.isReady()) throw new StoreError('unreachable');
    if (this.#inFlight >= mostInFlight) {
      throw new StoreError('failed', { cause: new Error('too many calls in flight') });
    }
    this.#inFlight += 1;
    try {
      const args = words.map(asArgument);
      if (reply === 'text') return await this.#client.call(command, ...args);
      // `callBuffer` loses the name of the command where commands are sent in pipelines.
      return await this.#client.sendCommand(new Command(command, args, { replyEncoding: null }));
    } catch (error) {
      if (isUnknownScript(error)) throw error;
      const failure = storeError(error, this.#wasFrozen);
      if (failure.reason !== 'failed') this.#lookAgain(error);
      throw failure;
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Leaves a server that is no longer the master, if this connection is to another one. */
  follow(master: { readonly host: string; readonly port: number }): void {
    if (this.#isClosed || this.#client instanceof Cluster || this.#client.status !== 'ready') return;
    const { remoteAddress, remotePort } = this.#client.stream;
    if (remoteAddress !== master.host || remotePort !== master.port) this.#client.disconnect(true);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#reach?.close();
    const client = this.#client;
    if (client.status === 'end') return;
    const ended = new Promise<void>((resolve) => {
      // While it waits for its next attempt it does not say that it has ended.
      const timer = setTimeout(resolve, 2 * disconnectTimeoutMs);
      client.once('end', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    client.disconnect();
    await ended;
  }

  #lookAgain(error: unknown): void {
    if (this.#reach === undefined || this.#isClosed) return;
    this.#reach.look();
    this.#hooks.trouble(troubleOf(error));
  }

  #note(error: Error): void {
    this.#isLost = true;
    if (isSilence(error)) this.#wasFrozen = true;
    if (!this.#isClosed) this.#hooks.trouble(troubleOf(error));
  }

  #beginAgain(client: Redis): void {
    if (this.#isClosed) return;
    this.#attempts += 1;
    this.#timer = setTimeout(() => {
      // Why it could not is told by an `error`, and that it could not by the next `end`.
      client.connect().catch(() => {});
    }, pauseBefore(this.#attempts));
  }
}

function asArgument(word: Word): string | number | Buffer {
  return word instanceof Uint8Array ? Buffer.from(word.buffer, word.byteOffset, word.byteLength) : word;
}
