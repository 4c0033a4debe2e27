import type { Clock, Random } from '../ports.ts';
import type { FleetStore, UsageSecond } from '../throttle/fleet.ts';
import { noSteering } from '../throttle/limit-steering.ts';
import { StoreError } from '../throttle/limit-store.ts';
import type { LiveLimitBook } from '../throttle/live-limit-book.ts';
import type { StoreBreaker } from '../throttle/store-breaker.ts';
import type { ThrottleTelemetry } from '../throttle/telemetry.ts';
import type { Reserves } from './borrowing.ts';
import type { GuardOverride, GuardSettings, GuardView, Steering } from './guard.ts';
import { GuardLeader, type LeaderBook } from './guard-leader.ts';
import type { GuardBeat, GuardStore, StoredSteering } from './guard-store.ts';
import { createLatencyRecorder } from './latency-histogram.ts';
import { useSeconds } from './recent-use.ts';
import { steeringInForce } from './steering-in-force.ts';

export interface GuardKeeperParts {
  readonly store: GuardStore;
  readonly breaker: Pick<StoreBreaker, 'run'>;
  readonly book: Pick<LiveLimitBook, 'setSteering'> & LeaderBook;
  readonly usage: FleetStore['usage'];
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Pick<ThrottleTelemetry, 'unexpected'>;
  /** The name of this instance, another one at each start. */
  readonly instance: string;
  /** As configured now; undefined: nobody is slowed. Without it and without reserves nothing is sent to the store. */
  readonly settings: () => GuardSettings | undefined;
  readonly reserves: () => Reserves;
}

/** Has this instance obey the guard of its fleet, and lead it where nobody else does. */
export interface GuardKeeper {
  /** Beats from now on. Resolves after the first beat, whatever came of it; never rejects. */
  start(): Promise<void>;
  /** Gives up the lead. Never rejects. */
  close(): Promise<void>;
  /** A look-up of the class reached Cassandra, which took so long with it. */
  observe(className: string, cassandraMs: number): void;
  view(): GuardView;
  /** What an operator has set or taken back by this instance: in force here at once. */
  takeOverride(override: GuardOverride | undefined): void;
}

export const beatMs = 1_000;
/** Beats are earlier or later by up to such a part, so that instances of one start do not stay in step. */
const jitter = 0.05;
/** Two beats may be lost. The next one leads before the others are blind. */
export const leadMs = 3_000;
/** The present second and those before it: look-ups of the last five seconds, told up to a beat later. */
const windowSeconds = 5;

/** Of one epoch. It stays where a beat was lost, and ends with the epoch. */
interface Lead {
  readonly epoch: number;
  readonly leader: GuardLeader;
  sequence: number;
}

interface Heard {
  readonly stored: StoredSteering;
  readonly atMs: number;
}

export function createGuardKeeper(parts: GuardKeeperParts): GuardKeeper {
  return new Keeper(parts);
}

class Keeper implements GuardKeeper {
  readonly #parts: GuardKeeperParts;
  readonly #recorder = createLatencyRecorder();
  #heard: Heard | undefined;
  #override: GuardOverride | undefined;
  #overrideChanges = 0;
  #leaderName: string | undefined;
  #isLeader = false;
  #lead: Lead | undefined;
  #isClosed = false;
  #cancelNext = (): void => {};
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: GuardKeeperParts) {
    this.#parts = parts;
  }

  start(): Promise<void> {
    this.#underWay = this.#beatAndPlan();
    return this.#underWay;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelNext();
    // A beat that came after it would take the lead again.
    await this.#underWay;
    await this.#resign().catch((error) => this.#report(error));
  }

  observe(className: string, cassandraMs: number): void {
    if (this.#parts.settings()?.protects.includes(className)) this.#recorder.record(cassandraMs);
  }

  view(): GuardView {
    const settings = this.#parts.settings();
    const heard = this.#heard;
    return {
      enabled: settings !== undefined,
      settings: settings ?? null,
      steering: this.#shown(),
      override: settings === undefined ? null : (this.#override ?? null),
      leader: this.#leaderName ?? null,
      isLeader: this.#isLeader,
      epoch: heard?.stored.epoch ?? 0,
      ageMs: heard === undefined ? null : Math.round(this.#parts.clock.nowMs() - heard.atMs),
    };
  }

  /** An override that was taken back holds until the leader has decided without it, and is no operator's any more. */
  #shown(): Steering {
    const inForce = this.#inForce();
    const isReleased = inForce.phase === 'manual' && this.#override === undefined;
    return isReleased ? { ...inForce, phase: 'hold' } : inForce;
  }

  takeOverride(override: GuardOverride | undefined): void {
    this.#override = override;
    this.#overrideChanges += 1;
    this.#obey();
  }

  async #beatAndPlan(): Promise<void> {
    const { clock, random } = this.#parts;
    const startedMs = clock.nowMs();
    await this.#beat().catch((error) => {
      this.#leaderName = undefined;
      this.#isLeader = false;
      this.#report(error);
    });
    this.#obey();
    if (this.#isClosed) return;
    const periodMs = beatMs * (1 + jitter * (2 * random.next() - 1));
    this.#cancelNext = clock.after(startedMs + periodMs - clock.nowMs(), () => {
      this.#underWay = this.#beatAndPlan();
    });
  }

  async #beat(): Promise<void> {
    const { store, breaker, instance } = this.#parts;
    // Those that cannot be told are lost: told later they would be of another second.
    const counts = this.#recorder.take();
    if (!this.#isNeeded()) {
      await this.#rest();
      return;
    }
    const changes = this.#overrideChanges;
    const beat = await breaker.run('guard-beat', () =>
      store.beat({ instance, counts, leadMs, windowSeconds }),
    );
    this.#leaderName = beat.leader;
    if (changes === this.#overrideChanges) this.#override = beat.override;
    if (beat.stored !== undefined) this.#hear(beat.stored);
    this.#isLeader = beat.isLeader;
    if (beat.isLeader) await this.#decideForAll(beat);
  }

  async #decideForAll(beat: GuardBeat): Promise<void> {
    const { store, breaker, instance, settings, reserves, clock } = this.#parts;
    const { epoch } = beat;
    const lead = this.#leadOf(beat);
    this.#lead = lead;
    const usage = await this.#usage();
    const steering = lead.leader.decide({
      nowMs: clock.nowMs(),
      settings: settings(),
      reserves: reserves(),
      override: this.#override,
      window: beat.window ?? new Map(),
      usage,
    });
    lead.sequence += 1;
    const { sequence } = lead;
    const isTaken = await breaker.run('guard-steer', () => store.steer(instance, epoch, sequence, steering));
    if (isTaken) this.#hear({ epoch, sequence, steering });
    // Another has begun meanwhile; who, the next beat tells.
    else this.#isLeader = false;
  }

  /** Who led before goes on; who begins, or could not tell the others for too long, goes on from what is in force. */
  #leadOf({ epoch, stored }: GuardBeat): Lead {
    const { book, clock } = this.#parts;
    const inForce = this.#inForce();
    if (this.#lead?.epoch === epoch && inForce.phase !== 'blind') return this.#lead;
    const found = this.#heard === undefined ? undefined : inForce;
    const sequence = stored?.epoch === epoch ? stored.sequence : 0;
    return { epoch, leader: new GuardLeader(book, found, clock.nowMs()), sequence };
  }

  async #usage(): Promise<readonly UsageSecond[] | undefined> {
    const { breaker, usage } = this.#parts;
    return breaker
      .run('guard-usage', () => usage(useSeconds))
      .catch((error) => {
        this.#report(error);
        return undefined;
      });
  }

  #hear(stored: StoredSteering): void {
    const known = this.#heard?.stored;
    // A number that stands still is that of a leader who is gone. One that falls is of a store that has lost the others.
    if (known?.epoch === stored.epoch && known.sequence === stored.sequence) return;
    this.#heard = { stored, atMs: this.#parts.clock.nowMs() };
  }

  #inForce(): Steering {
    const heard = this.#heard;
    const ageMs = this.#parts.clock.nowMs() - (heard?.atMs ?? 0);
    return steeringInForce({
      settings: this.#parts.settings(),
      heard: heard === undefined ? undefined : { steering: heard.stored.steering, ageMs },
      override: this.#override,
    });
  }

  #obey(): void {
    const { book, settings } = this.#parts;
    if (!this.#isNeeded()) {
      book.setSteering(noSteering);
      return;
    }
    const { factor, rates } = this.#inForce();
    book.setSteering({ factor, rates, slows: settings()?.slows ?? [] });
  }

  #isNeeded(): boolean {
    return this.#parts.settings() !== undefined || this.#parts.reserves().size > 0;
  }

  /** Until it is configured again, which then is a new beginning. */
  async #rest(): Promise<void> {
    this.#heard = undefined;
    this.#override = undefined;
    this.#leaderName = undefined;
    await this.#resign();
  }

  async #resign(): Promise<void> {
    if (this.#lead === undefined) return;
    const { store, breaker, instance } = this.#parts;
    this.#lead = undefined;
    this.#isLeader = false;
    await breaker.run('guard-resign', () => store.resign(instance));
  }

  #report(error: unknown): void {
    // The breaker has told of the store's own errors already.
    if (!(error instanceof StoreError)) this.#parts.telemetry.unexpected(error);
  }
}
