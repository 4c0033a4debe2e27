import type { Clock, Random } from '../ports.ts';
import type { FleetStore } from './fleet.ts';
import { noRunTimeSettings, type RunTimeSettings } from './limit-book.ts';
import { StoreError } from './limit-store.ts';
import type { LiveLimitBook } from './live-limit-book.ts';
import { UnreadableSettingsError } from './settings-body.ts';
import { takesPlaceOf } from './settings-changes.ts';
import { readStoredSettings, type SettingsStore } from './stored-settings.ts';
import type { ThrottleTelemetry } from './telemetry.ts';
import type { UsageBoard } from './usage-board.ts';

type Pulse = Awaited<ReturnType<FleetStore['pulse']>>;
type SettingsName = Pick<RunTimeSettings, 'version' | 'id'>;

export interface SettingsKeeperParts extends SettingsStore {
  readonly book: Pick<LiveLimitBook, 'setRunTime'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Pick<ThrottleTelemetry, 'unexpected'>;
  /** The name of this instance, another one at each start. */
  readonly instance: string;
  readonly board: UsageBoard;
  /** An instance that has not been heard of for so long counts no more. */
  readonly aliveMs: number;
  readonly pulseMs?: number;
}

/** Holds the run-time settings of the fleet in this instance, and tells the fleet that the instance lives. */
export interface SettingsKeeper {
  /** Pulses from now on. Resolves after the first pulse, whatever came of it; never rejects. */
  start(): Promise<void>;
  /** Leaves the fleet. Never rejects. */
  close(): Promise<void>;
  settings(): RunTimeSettings;
  /** Settings that this instance has read or made: in force at once where they take the place of those it holds. */
  adopt(settings: RunTimeSettings): void;
  /** As last known, this one included; at least 1. */
  instances(): number;
  /** Of the last pulse; undefined before the first that succeeded. */
  invalidationState(): Pulse['invalidations'] | undefined;
  /** Called after each pulse that succeeded; returns how to stop listening. */
  onPulse(listener: () => void): () => void;
}

const defaultPulseMs = 400;
/** Pulses are earlier by up to such a part, so that instances of one start do not stay in step. */
const jitter = 0.2;
/** Counts wait for so many pulses that were not sent; told later still, they would look like one second's. */
const mostHeldPulses = 5;

export function createSettingsKeeper(parts: SettingsKeeperParts): SettingsKeeper {
  return new Keeper(parts);
}

class Keeper implements SettingsKeeper {
  readonly #parts: SettingsKeeperParts;
  readonly #pulseMs: number;
  readonly #listeners = new Set<() => void>();
  #settings = noRunTimeSettings;
  #instances = 1;
  #invalidations: Pulse['invalidations'] | undefined;
  /** Settings of the store that could not be read: not read again, until it has others. */
  #unreadable: SettingsName | undefined;
  #heldPulses = 0;
  #isClosed = false;
  #cancelNext = (): void => {};
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: SettingsKeeperParts) {
    this.#parts = parts;
    this.#pulseMs = parts.pulseMs ?? defaultPulseMs;
  }

  start(): Promise<void> {
    this.#underWay = this.#beat();
    return this.#underWay;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelNext();
    // A pulse that came after the leave would join the fleet again.
    await this.#underWay;
    const { breaker, fleet, instance } = this.#parts;
    await breaker.run('leave', () => fleet.leave(instance)).catch((error) => this.#report(error));
  }

  settings(): RunTimeSettings {
    return this.#settings;
  }

  adopt(settings: RunTimeSettings): void {
    if (!takesPlaceOf(settings, this.#settings)) return;
    this.#settings = settings;
    this.#parts.book.setRunTime(settings);
  }

  instances(): number {
    return this.#instances;
  }

  invalidationState(): Pulse['invalidations'] | undefined {
    return this.#invalidations;
  }

  onPulse(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #beat(): Promise<void> {
    const { clock, random } = this.#parts;
    const startedMs = clock.nowMs();
    await this.#pulse().catch((error) => this.#report(error));
    if (this.#isClosed) return;
    const periodMs = this.#pulseMs * (1 - jitter * random.next());
    this.#cancelNext = clock.after(startedMs + periodMs - clock.nowMs(), () => {
      this.#underWay = this.#beat();
    });
  }

  async #pulse(): Promise<void> {
    const { fleet, breaker, instance, aliveMs, board } = this.#parts;
    const counts = board.take();
    let pulse: Pulse;
    try {
      pulse = await breaker.run('pulse', () => fleet.pulse({ instance, aliveMs, counts }));
    } catch (error) {
      // Only what was surely not sent may be sent again.
      const isUnsent = error instanceof StoreError && error.reason === 'open';
      this.#heldPulses = isUnsent ? this.#heldPulses + 1 : 0;
      if (isUnsent && this.#heldPulses <= mostHeldPulses) board.putBack(counts);
      throw error;
    }
    this.#heldPulses = 0;
    this.#instances = Math.max(1, pulse.instances);
    this.#invalidations = pulse.invalidations;
    for (const listener of [...this.#listeners]) listener();
    await this.#reconcile(pulse.settings);
  }

  /** The store and this instance may each have what the other lacks. */
  async #reconcile(stored: SettingsName): Promise<void> {
    const { fleet, breaker } = this.#parts;
    if (takesPlaceOf(stored, this.#settings)) {
      if (isSame(stored, this.#unreadable)) return;
      try {
        this.adopt(await readStoredSettings(this.#parts));
        this.#unreadable = undefined;
      } catch (error) {
        if (error instanceof UnreadableSettingsError) {
          this.#unreadable = stored;
          this.#parts.telemetry.unexpected(error);
        }
        throw error;
      }
    } else if (stored.version < this.#settings.version) {
      // Emptied, or a replica that was behind.
      const settings = this.#settings;
      await breaker.run('restore', () => fleet.restoreSettings(settings));
    }
  }

  #report(error: unknown): void {
    // The gate has told of the store's own errors already.
    if (!(error instanceof StoreError)) this.#parts.telemetry.unexpected(error);
  }
}

function isSame(one: SettingsName, other: SettingsName | undefined): boolean {
  return one.version === other?.version && one.id === other.id;
}
