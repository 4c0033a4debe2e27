import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import type { LoadedConfig } from '../config/load.ts';
import { maskSettings } from '../config/masked-settings.ts';
import { type TakenOver, takeOver } from '../config/takeover.ts';
import { watchFiles } from '../config/watch-files.ts';
import type { ConfigFault, ConfigView, ReloadReport } from '../core/administration.ts';
import type { ConditionReport } from '../core/readiness.ts';

/** What asked for a reload, for the log. */
export type ReloadCause = 'file' | 'signal' | 'admin';

export interface LiveConfigParts {
  readonly initial: LoadedConfig;
  /** Reads the sources anew; throws a `ConfigError`. Undefined: there is nothing to read again. */
  readonly load: (() => LoadedConfig) | undefined;
  readonly logger: Logger;
}

/** The configuration in force. */
export interface LiveConfig {
  current(): Config;
  view(): ConfigView;
  /** A file that is refused changes nothing and is told until a good one comes. Never throws for a faulty file. */
  reload(cause: ReloadCause): ReloadReport;
  /** Whether the file was refused when it was last read. */
  failed(): boolean;
  condition(): ConditionReport;
  /** For the parts of the system that follow the configuration; called before a reload is reported. */
  onApplied(listener: (config: Config, applied: readonly string[]) => void): void;
  /** Reloads when a file that was read changes; returns how to stop. */
  watch(): () => void;
}

export function createLiveConfig({ initial, load, logger }: LiveConfigParts): LiveConfig {
  let loaded = initial;
  let pendingRestart: readonly string[] = [];
  let refusal: readonly ConfigFault[] = [];
  let refusedFiles: readonly string[] = [];
  let since = new Date();
  const listeners: ((config: Config, applied: readonly string[]) => void)[] = [];
  let onFiles: () => void = () => {};

  const reload = (cause: ReloadCause): ReloadReport => {
    if (load === undefined) return { outcome: 'unchanged', applied: [], pendingRestart };
    let taken: TakenOver;
    try {
      taken = takeOver(loaded, load());
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refusal = error.issues;
      // A file that was missing or wrong may be put right while the one that names it stays as it is.
      refusedFiles = error.files;
      onFiles();
      // Faults name places and rules, never a value.
      logger.warn(
        { cause, faults: refusal.slice(0, 10) },
        'the configuration was refused; the one before stays',
      );
      return { outcome: 'refused', faults: refusal };
    }
    refusal = [];
    refusedFiles = [];
    pendingRestart = taken.pendingRestart;
    loaded = taken.loaded;
    onFiles();
    const { applied } = taken;
    if (applied.length > 0) {
      since = new Date();
      for (const listener of listeners) listener(loaded.config, applied);
    }
    logger.info({ cause, applied, pendingRestart }, 'the configuration was read again');
    return { outcome: applied.length > 0 ? 'applied' : 'unchanged', applied, pendingRestart };
  };

  return {
    current: () => loaded.config,
    view: () => ({
      settings: maskSettings(loaded.settings),
      origins: loaded.origins,
      pendingRestart,
      since: since.toISOString(),
    }),
    reload,
    failed: () => refusal.length > 0,
    onApplied: (listener) => void listeners.push(listener),
    condition: () => conditionOf(refusal, pendingRestart),
    watch() {
      let stop = (): void => {};
      let watched: readonly string[] = [];
      onFiles = () => {
        const files = loaded.config.watch ? [...new Set([...loaded.files, ...refusedFiles])] : [];
        // The same files go on being watched: a change while they were read is seen.
        if (isDeepStrictEqual(files, watched)) return;
        stop();
        watched = files;
        stop = watchFiles(files, () => reload('file'));
      };
      onFiles();
      return () => {
        onFiles = () => {};
        stop();
      };
    },
  };
}

function conditionOf(refusal: readonly ConfigFault[], pendingRestart: readonly string[]): ConditionReport {
  const name = 'configuration';
  const [first] = refusal;
  if (first !== undefined) {
    const place = [first.file, first.line, first.column].filter((part) => part !== undefined).join(':');
    const more = refusal.length > 1 ? ` and ${refusal.length - 1} more` : '';
    return {
      name,
      state: 'warning',
      reason: `the file was refused and the configuration before it is in force: ${place}: ${first.what}${more}`,
    };
  }
  if (pendingRestart.length > 0) {
    return { name, state: 'warning', reason: `these wait for a restart: ${pendingRestart.join(', ')}` };
  }
  return { name, state: 'ok', reason: '' };
}
