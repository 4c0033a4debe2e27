import type { Clock, Random } from '../ports.ts';
import type { FleetStore, UsageSecond } from '../throttle/fleet.ts';
import { noSteering } from '../throttle/limit-steering.ts';
import { StoreError } from '../throttle/limit-store.ts';
import type { LiveLimitBook } from '../throttle/live-limit-book.ts';
import type { StoreBreaker } from '../throttle/store-breaker.ts';
import type { ThrottleTelemetry } from '../throttle/telemetry.ts';
import type { Reserves } from './borrowing.ts';
import type { GuardSettings, GuardView, Steering, VersionedOverride } from './guard.ts';
import { GuardLeader, type LeaderBook } from './guard-leader.ts';
import type { GuardBeat, GuardStore } from './guard-store.ts';
import { createLatencyRecorder } from './latency-histogram.ts';
import { useSeconds } from './recent-use.ts';
import { blindAfterMs, SteeringInForce } from './steering-in-force.ts';

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
  /** Of what an operator has set or taken back last, as far as is known here. */
  overrideVersion(): number;
  /** What an operator has set or taken back by this instance: in force here at once. */
  takeOverride(override: VersionedOverride): void;
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
  /** When others could last hear of it. */
  toldMs: number;
}

export function createGuardKeeper(parts: GuardKeeperParts): GuardKeeper {
  return new Keeper(parts);
}

class Keeper implements GuardKeeper {
  readonly #parts: GuardKeeperParts;
  readonly #recorder = createLatencyRecorder();
  readonly #known: SteeringInForce;
  #leaderName: string | undefined;
  #isLeader = false;
  #lead: Lead | undefined;
  #isClosed = false;
  #cancelNext = (): void => {};
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: GuardKeeperParts) {
    this.#parts = parts;
    this.#known = new SteeringInForce(parts);
  }

  start(): Promise<void> {
    this.#known.forgetDecision();
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
    const { heard, override } = this.#known;
    return {
      enabled: settings !== undefined,
      settings: settings ?? null,
      steering: this.#shown(),
      override: settings === undefined ? null : (override.override ?? null),
      leader: this.#leaderName ?? null,
      isLeader: this.#isLeader,
      epoch: heard?.epoch ?? 0,
      ageMs: heard === undefined ? null : Math.round(this.#parts.clock.nowMs() - heard.atMs),
    };
  }

  /** An override that was taken back holds until the leader has decided without it, and is no operator's any more. */
  #shown(): Steering {
    const inForce = this.#known.inForce();
    const isReleased = inForce.phase === 'manual' && this.#known.override.override === undefined;
    return isReleased ? { ...inForce, phase: 'hold' } : inForce;
  }

  overrideVersion(): number {
    return this.#known.override.version;
  }

  takeOverride(override: VersionedOverride): void {
    this.#known.takeOverride(override);
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
    if (this.#parts.settings() === undefined) this.#known.forgetDecision();
    if (!this.#isNeeded()) {
      await this.#rest();
      return;
    }
    const { factor } = this.#known.inForce();
    const beat = await breaker.run('guard-beat', () =>
      store.beat({ instance, counts, factor, leadMs, windowSeconds }),
    );
    this.#leaderName = beat.leader;
    // What it knows is of a time when nobody else decided.
    if (!beat.isLeader || this.#lead?.epoch !== beat.epoch) this.#lead = undefined;
    await this.#reconcile(beat.override);
    if (beat.stored !== undefined) this.#known.hear(beat.stored);
    this.#isLeader = beat.isLeader;
    if (beat.isLeader) await this.#decideForAll(beat);
  }

  /** The store may have lost what an operator has set or taken back, or have an older one again. */
  async #reconcile(stored: VersionedOverride): Promise<void> {
    const known = this.#known.override;
    if (stored.version >= known.version) {
      this.takeOverride(stored);
      return;
    }
    const { store, breaker } = this.#parts;
    await breaker
      .run('guard-restore', () => store.restoreOverride(known))
      .catch((error) => this.#report(error));
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
      override: this.#known.override.override,
      window: beat.window ?? new Map(),
      leastFactor: beat.leastFactor,
      usage,
    });
    lead.sequence += 1;
    const { sequence } = lead;
    const isTaken = await breaker.run('guard-steer', () => store.steer(instance, epoch, sequence, steering));
    if (isTaken) {
      lead.toldMs = clock.nowMs();
      this.#known.hear({ epoch, sequence, steering });
      return;
    }
    // Another has begun meanwhile; who, the next beat tells.
    this.#isLeader = false;
    this.#lead = undefined;
  }

  /** Who led before goes on; who begins, or could not tell the others for too long, goes on from what is in force. */
  #leadOf({ epoch, stored }: GuardBeat): Lead {
    const { book, clock } = this.#parts;
    const nowMs = clock.nowMs();
    if (this.#lead !== undefined && nowMs - this.#lead.toldMs < blindAfterMs) return this.#lead;
    // What the store does not know, others may not have heard of.
    const isShared = stored?.steering.factor !== undefined && this.#known.hasDecision();
    const { factor, rates } = this.#known.inForce();
    const found = { factor: isShared ? factor : undefined, rates };
    const sequence = stored?.epoch === epoch ? stored.sequence : 0;
    return { epoch, leader: new GuardLeader(book, found, nowMs), sequence, toldMs: nowMs };
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

  #obey(): void {
    const { book, settings } = this.#parts;
    if (!this.#isNeeded()) {
      book.setSteering(noSteering);
      return;
    }
    const { factor, rates } = this.#known.inForce();
    book.setSteering({ factor, rates, slows: settings()?.slows ?? [] });
  }

  #isNeeded(): boolean {
    return this.#parts.settings() !== undefined || this.#parts.reserves().size > 0;
  }

  /** Until it is configured again, which then is a new beginning. */
  async #rest(): Promise<void> {
    this.#known.forget();
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
