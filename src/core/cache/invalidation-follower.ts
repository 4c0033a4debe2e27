import type { Clock, Random } from '../ports.ts';
import { StoreError } from '../throttle/limit-store.ts';
import type { Invalidation, InvalidationEntry, InvalidationStream, StreamPosition } from './invalidation.ts';
import { applyInvalidation, splitInvalidation } from './invalidation-parts.ts';
import { createRecentInvalidations, type RecentInvalidations } from './recent-invalidations.ts';
import type { RowCache } from './row-cache.ts';
import { createStreamWatch, isBehind, type StreamState, type StreamWatch } from './stream-watch.ts';

/** What becomes of rows that were read before a gap: they expire over ten seconds, or at once. */
export type GapPolicy = 'expire' | 'drop';

/** `starting` until the stream was read for the first time; `away`: it could not be read the last time. */
export type FollowerState = 'starting' | 'following' | 'away';

/** How far an invalidation came: `instance`: the others could not be told, and keep what they have until its time is over. */
export type InvalidationReach = 'fleet' | 'instance';

/** Must not throw and must not wait. */
export interface InvalidationTelemetry {
  published(reach: InvalidationReach): void;
  received(): void;
  gap(): void;
  unexpected(error: unknown): void;
}

export interface InvalidationFollowerParts {
  readonly stream: InvalidationStream;
  readonly cache: Pick<RowCache, 'invalidatePartitions' | 'invalidateTable' | 'expireBefore' | 'countFleet'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Of no other instance of the fleet, now or before. */
  readonly instance: string;
  readonly onGap: () => GapPolicy;
  /** The longest time to settle of all who publish: rows can lack a lost write for so long after it. */
  readonly settleMs?: () => number;
  readonly telemetry?: InvalidationTelemetry | undefined;
  readonly onState?: ((state: FollowerState) => void) | undefined;
}

export interface InvalidationFollower {
  /** Reads on and on until `stop`. To be called once, before anything is cached. */
  start(): void;
  stop(): void;
  /**
   * Applies it here at once, then tells the other instances. What cannot be told now is not told later. With a time to
   * settle it is to be published once more when that is over. Never rejects.
   */
  publish(invalidation: Invalidation): Promise<InvalidationReach>;
  /**
   * What a pulse tells of the stream; one pulse after the other. So a loss is noticed after which nobody publishes.
   */
  noticeState(state: StreamState): void;
  state(): FollowerState;
}

/** For the next entry; a loss that a pulse has noticed is mended after that at the latest. */
const waitMs = 1_000;
/** While nothing comes, its end is asked for now and then: that keeps the stream from expiring, and notices a loss. */
const emptyReadsPerCheck = 10;
/** While the stream is away. */
const shortestPauseMs = 100;
const longestPauseMs = 2_000;
/** From the gap on, everything that was read before has expired by then. */
const gapMs = 10_000;
const usualSettleMs = 2_000;
/** Entries being published at once; what comes on top reaches this instance only. */
const mostUnderWay = 1_000;

export function createInvalidationFollower(parts: InvalidationFollowerParts): InvalidationFollower {
  return new Follower(parts);
}

class Follower implements InvalidationFollower {
  readonly #parts: InvalidationFollowerParts;
  readonly #watch: StreamWatch = createStreamWatch();
  readonly #recent: RecentInvalidations;
  #state: FollowerState = 'starting';
  #isStopped = false;
  #endPause: () => void = () => {};
  #emptyReads = 0;
  #underWay = 0;
  /** The last that was read before a loss after which no end is known yet. */
  #lostAt: StreamPosition | undefined;

  constructor(parts: InvalidationFollowerParts) {
    this.#parts = parts;
    this.#recent = createRecentInvalidations(parts.clock);
  }

  start(): void {
    void this.#follow();
  }

  stop(): void {
    this.#isStopped = true;
    this.#endPause();
  }

  state(): FollowerState {
    return this.#state;
  }

  async publish(invalidation: Invalidation): Promise<InvalidationReach> {
    applyInvalidation(this.#parts.cache, invalidation);
    const told = await Promise.all(splitInvalidation(invalidation).map((part) => this.#tell(part, 'new')));
    const reach = told.every((isTold) => isTold) ? 'fleet' : 'instance';
    this.#parts.telemetry?.published(reach);
    return reach;
  }

  noticeState(state: StreamState): void {
    if (!this.#watch.notice(state)) this.#lose();
    // The store is there.
    this.#endPause();
  }

  async #tell(invalidation: Invalidation, kind: 'new' | 'repeated'): Promise<boolean> {
    if (this.#underWay >= mostUnderWay) return false;
    this.#underWay += 1;
    try {
      await this.#parts.stream.publish(this.#parts.instance, invalidation);
      if (kind === 'new') this.#recent.add(invalidation);
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    } finally {
      this.#underWay -= 1;
    }
  }

  async #follow(): Promise<void> {
    let pauseMs = shortestPauseMs;
    while (!this.#isStopped) {
      try {
        const position = this.#watch.position();
        if (position === undefined) await this.#begin();
        else {
          await this.#readOn(position);
          if (this.#state === 'away') this.#repeat();
          this.#enter('following');
          pauseMs = shortestPauseMs;
        }
      } catch (error) {
        this.#report(error);
        if (this.#state === 'following') this.#enter('away');
        await this.#pause(pauseMs);
        pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      }
    }
  }

  /** What was read until now may lack a write of which nobody told this instance. */
  async #begin(): Promise<void> {
    const { stream } = this.#parts;
    // Most of what was published since a loss has later ids all the same.
    while (this.#lostAt !== undefined) {
      const entries = await stream.read(this.#lostAt, 0);
      if (this.#isStopped) return;
      for (const entry of entries) this.#apply(entry);
      this.#lostAt = entries.at(-1)?.position;
    }
    const end = await stream.end();
    if (this.#isStopped) return;
    this.#watch.begin(end);
    this.#expire();
    this.#repeat();
  }

  async #readOn(position: StreamPosition): Promise<void> {
    const owed = this.#watch.owed();
    const mayWait = owed === undefined && this.#state === 'following';
    const entries = await this.#parts.stream.read(position, mayWait ? waitMs : 0);
    if (this.#isStopped) return;
    if (entries.length === 0) return this.#foundNothing(position, owed);
    this.#emptyReads = 0;
    let isContiguous = true;
    for (const entry of entries) {
      this.#apply(entry);
      // Where a pulse has noticed a loss meanwhile, it is not gone on from here.
      if (this.#watch.position() !== undefined)
        isContiguous = this.#watch.take(entry.position) && isContiguous;
    }
    const isReadable = entries.every(({ invalidation }) => invalidation !== undefined);
    if (!isContiguous || !isReadable) this.#gap();
    if (!isContiguous) this.#repeat();
  }

  #apply({ invalidation, instance }: InvalidationEntry): void {
    const { cache, telemetry } = this.#parts;
    if (invalidation === undefined || instance === this.#parts.instance) return;
    applyInvalidation(cache, invalidation);
    cache.countFleet('invalidations');
    telemetry?.received();
  }

  async #foundNothing(position: StreamPosition, owed: StreamState | undefined): Promise<void> {
    if (!this.#watch.foundNothing(owed)) return this.#lose();
    this.#emptyReads += 1;
    if (this.#emptyReads < emptyReadsPerCheck) return;
    this.#emptyReads = 0;
    const end = await this.#parts.stream.end();
    if (this.#watch.position() === position && isBehind(end, position)) this.#lose();
  }

  /** What may have been lost before others could read it. */
  #repeat(): void {
    for (const invalidation of this.#recent.take()) void this.#tell(invalidation, 'repeated');
  }

  /** A gap after which it is not known where to go on. */
  #lose(): void {
    this.#lostAt = this.#watch.position();
    this.#watch.forget();
    this.#gap();
  }

  #gap(): void {
    this.#expire();
    this.#parts.cache.countFleet('gaps');
    this.#parts.telemetry?.gap();
  }

  /**
   * Lost with an invalidation is also its time to settle: what is read during that, after the gap has been noticed, may
   * lack the write as well.
   */
  #expire(): void {
    const { cache, clock, onGap } = this.#parts;
    const settleMs = this.#parts.settleMs?.() ?? usualSettleMs;
    const nowMs = clock.nowMs();
    const isDropped = onGap() === 'drop';
    if (isDropped) cache.expireBefore(nowMs, 0);
    cache.expireBefore(nowMs + settleMs, isDropped ? 0 : Math.max(0, gapMs - settleMs));
  }

  #enter(state: FollowerState): void {
    if (state === this.#state || this.#isStopped) return;
    this.#state = state;
    this.#parts.onState?.(state);
  }

  /** Instances that lost the stream together do not come back together. */
  #pause(longestMs: number): Promise<void> {
    const { clock, random } = this.#parts;
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.after(longestMs * (0.5 + random.next() / 2), resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  /** That the store is away is no fault of Weir's. */
  #report(error: unknown): void {
    if (!(error instanceof StoreError)) this.#parts.telemetry?.unexpected(error);
  }
}
