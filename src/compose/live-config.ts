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

type Listener = (config: Config, applied: readonly string[]) => void;

export interface LiveConfigParts {
  readonly initial: LoadedConfig;
  /** Reads the sources anew; throws a `ConfigError`. Undefined: there is nothing to read again. */
  readonly load: (() => LoadedConfig) | undefined;
  /** What speaks against a configuration in this moment, besides faults of its own. */
  readonly objections?: (before: Config, after: LoadedConfig) => readonly ConfigFault[];
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
  onApplied(listener: Listener): void;
  /** Reloads when a file that was read changes; returns how to stop. */
  watch(): () => void;
}

export function createLiveConfig({
  initial,
  load,
  objections = () => [],
  logger,
}: LiveConfigParts): LiveConfig {
  let loaded = initial;
  let pendingRestart: readonly string[] = [];
  let refusal: readonly ConfigFault[] = [];
  let refusedFiles: readonly string[] = [];
  let since = new Date();
  const listeners: Listener[] = [];
  let onFiles: () => void = () => {};

  const reload = (cause: ReloadCause): ReloadReport => {
    if (load === undefined) return { outcome: 'unchanged', applied: [], pendingRestart };
    let taken: TakenOver;
    try {
      taken = takeOver(loaded, load());
      const found = objections(loaded.config, taken.loaded);
      if (found.length > 0) throw new ConfigError(found, taken.loaded.files);
    } catch (error) {
      const { issues, files } = refusalFrom(error);
      refusal = issues;
      // A file that was missing or wrong may be put right while the one that names it stays as it is.
      refusedFiles = files;
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
      for (const listener of listeners) tell(listener, loaded.config, applied);
    }
    logger.info({ cause, applied, pendingRestart }, 'the configuration was read again');
    return { outcome: applied.length > 0 ? 'applied' : 'unchanged', applied, pendingRestart };
  };

  const tell = (listener: Listener, config: Config, applied: readonly string[]): void => {
    try {
      listener(config, applied);
    } catch (error) {
      // The others are to follow all the same: parts that disagree are worse than one that stayed behind.
      logger.error({ error: nameOf(error) }, 'a part of the system did not follow the configuration');
    }
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

/** A fault of Weir's own refuses the file too: whoever asked for the reload must not end the process. */
function refusalFrom(error: unknown): Pick<ConfigError, 'issues' | 'files'> {
  if (error instanceof ConfigError) return error;
  const what = 'the configuration could not be read again for a fault of Weir itself';
  return { issues: [{ file: 'weir', path: [], what, why: nameOf(error) }], files: [] };
}

/** By name only: a message could quote a value. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
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
