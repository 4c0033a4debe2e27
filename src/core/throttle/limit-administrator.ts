import { timestampText } from '../encoding/calendar-text.ts';
import { RequestError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { refuseFaultyChanges } from './change-faults.ts';
import type { SettingsAuditLine } from './fleet.ts';
import { fleetBounds } from './fleet-bounds.ts';
import type { ChangeOptions, LimitAdministration, LimitsDifference } from './limit-administration.ts';
import type { RunTimeSettings } from './limit-book.ts';
import { StoreError } from './limit-store.ts';
import type { LiveLimitBook } from './live-limit-book.ts';
import { UnreadableSettingsError, writeSettingsBody } from './settings-body.ts';
import { changedLimits, changeOf, settingsTag } from './settings-changes.ts';
import { settingsDifference } from './settings-difference.ts';
import type { SettingsKeeper } from './settings-keeper.ts';
import { readStoredSettings, type SettingsStore } from './stored-settings.ts';
import { viewUsage } from './usage-view.ts';

export interface LimitAdministratorParts extends SettingsStore {
  readonly book: LiveLimitBook;
  readonly keeper: Pick<SettingsKeeper, 'settings' | 'adopt' | 'instances'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Since 1970, for the audit. */
  readonly wallMs: () => number;
}

type SettingsBody = Pick<RunTimeSettings, 'limits' | 'paused'>;
/** What is asked for, over any settings; throws a `RequestError` where it breaks a rule over them. */
type Edit = (settings: RunTimeSettings) => SettingsBody;

/** Others may change the settings between our look and our change; where nobody said over which, we look again. */
const mostAttempts = 20;
/** No attempt begins later; a request for a change waits no longer for others. */
const mostWaitMs = 3_000;
/** Up to so much more before each further attempt, by chance: those who lost together do not meet again. */
const pauseMs = 5;
const longestPauseMs = 50;
/** Longer than a request waits for the store: nobody else waits for a change, and a long window takes several calls. */
const patienceMs = 1_000;

export function createLimitAdministrator(parts: LimitAdministratorParts): LimitAdministration {
  const { book, breaker, fleet, keeper } = parts;
  const editor = new SettingsEditor(parts);
  return {
    view: () => {
      const { version, id, paused } = keeper.settings();
      return { tag: settingsTag({ version, id }), version, limits: book.view(), paused };
    },
    change: (changes, options) =>
      editor.change((settings) => {
        refuseFaultyChanges(book.file(), settings, changes);
        return { limits: changedLimits(settings, changes), paused: settings.paused };
      }, options),
    pause: (application, paused, options) =>
      editor.change((settings) => {
        const others = settings.paused.filter((name) => name !== application);
        if (
          !book.file().applications.has(application) &&
          (paused || others.length === settings.paused.length)
        ) {
          throw new RequestError('not-found', 'the configuration has no application of this name');
        }
        return { limits: settings.limits, paused: paused ? [...others, application].sort() : others };
      }, options),
    usage: async (windowSeconds) => {
      const seconds = await asked(breaker.run('usage', () => fleet.usage(windowSeconds), patienceMs));
      return viewUsage(seconds, { windowSeconds, instances: keeper.instances(), book });
    },
    history: (most) => asked(breaker.run('audit', () => fleet.audit(most), patienceMs)),
  };
}

class SettingsEditor {
  readonly #parts: LimitAdministratorParts;

  constructor(parts: LimitAdministratorParts) {
    this.#parts = parts;
  }

  /** All of it or nothing, over the settings that the store has now. */
  async change(edit: Edit, options: ChangeOptions): Promise<LimitsDifference> {
    const { clock } = this.#parts;
    const startMs = clock.nowMs();
    for (let attempt = 0; attempt < mostAttempts && clock.nowMs() - startMs < mostWaitMs; attempt += 1) {
      if (attempt > 0) await this.#pause(attempt);
      const before = await asked(this.#readNewest());
      refuseOtherTag(before, options.ifMatch);
      const edited = edit(before);
      refuseTooLarge(edited);
      const after = isSameBody(edited, before) ? before : this.#name(before, edited);
      if (options.dryRun || after === before || (await this.#store(before, after, options.by))) {
        const holding = options.dryRun ? before : after;
        const { limits, paused } = settingsDifference(this.#parts.book.file(), before, after);
        this.#parts.keeper.adopt(holding);
        return {
          tag: settingsTag(holding),
          version: holding.version,
          dryRun: options.dryRun,
          limits,
          paused,
        };
      }
    }
    throw new RequestError(
      'precondition-failed',
      'the settings change faster than this change could be made over them; nothing is changed',
    );
  }

  #pause(attempt: number): Promise<void> {
    const { clock, random } = this.#parts;
    const mostMs = Math.min(pauseMs * attempt, longestPauseMs);
    return new Promise((resolve) => void clock.after(random.next() * mostMs, resolve));
  }

  /** Those of the store, which may be ahead of ours by a pulse; ours, put back there, where it has lost them. */
  async #readNewest(): Promise<RunTimeSettings> {
    const { breaker, fleet, keeper } = this.#parts;
    const stored = await readStoredSettings(this.#parts, patienceMs);
    keeper.adopt(stored);
    const held = keeper.settings();
    if (stored.version < held.version) {
      await breaker.run('restore', () => fleet.restoreSettings(held), patienceMs);
    }
    return held;
  }

  /** Whether it did: `false` where others hold in the store by now. */
  async #store(before: RunTimeSettings, after: RunTimeSettings, by: string): Promise<boolean> {
    const { breaker, fleet } = this.#parts;
    const audit = this.#auditLines(before, after, by);
    try {
      return await breaker.run('change', () => fleet.changeSettings({ before, after, audit }), patienceMs);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // Its reply may be all that was lost: the id is nobody else's.
      const stored = await readStoredSettings(this.#parts, patienceMs).catch(() => undefined);
      if (stored?.id === after.id) return true;
      const isUnsent = error.reason === 'open' || (stored !== undefined && stored.version < after.version);
      const detail = isUnsent
        ? 'the store did not take the change; nothing is changed'
        : 'the store did not answer; whether the change was made is seen when it does again';
      throw new RequestError('limiter-unavailable', detail);
    }
  }

  #name(before: RunTimeSettings, { limits, paused }: SettingsBody): RunTimeSettings {
    const half = (): string =>
      Math.floor(this.#parts.random.next() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0');
    return { version: before.version + 1, id: half() + half(), limits, paused };
  }

  #auditLines(before: RunTimeSettings, after: RunTimeSettings, by: string): readonly SettingsAuditLine[] {
    const at = timestampText(BigInt(Math.floor(this.#parts.wallMs())));
    const line = (what: string, was: unknown, is: unknown): SettingsAuditLine => ({
      version: after.version,
      at,
      by,
      what,
      before: was,
      after: is,
    });
    const ids = [...new Set([...Object.keys(before.limits), ...Object.keys(after.limits)])].sort();
    return [
      ...ids.flatMap((id) => {
        const was = changeOf(before, id) ?? null;
        const is = changeOf(after, id) ?? null;
        return JSON.stringify(was) === JSON.stringify(is) ? [] : [line(`limit ${id}`, was, is)];
      }),
      ...before.paused
        .filter((name) => !after.paused.includes(name))
        .map((name) => line(`resume ${name}`, true, false)),
      ...after.paused
        .filter((name) => !before.paused.includes(name))
        .map((name) => line(`pause ${name}`, false, true)),
    ];
  }
}

function refuseOtherTag(settings: RunTimeSettings, ifMatch: readonly string[] | undefined): void {
  if (ifMatch === undefined || ifMatch.includes(settingsTag(settings))) return;
  throw new RequestError('precondition-failed', 'If-Match names other settings than those that hold');
}

function refuseTooLarge(body: SettingsBody): void {
  if (writeSettingsBody(body).length <= fleetBounds.settingsBody) return;
  const detail = `all that is set at run time would take more than ${fleetBounds.settingsBody} bytes`;
  throw new RequestError('invalid-request', 'too much would be set; nothing is changed', [
    { pointer: '/limits', detail },
  ]);
}

function isSameBody(one: SettingsBody, other: SettingsBody): boolean {
  return writeSettingsBody(one) === writeSettingsBody(other);
}

/** What the store's own errors are to the caller. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const detail =
      error instanceof UnreadableSettingsError
        ? 'the store has settings that this version of Weir cannot read'
        : 'the store of the limits does not answer';
    throw new RequestError('limiter-unavailable', detail);
  }
}
