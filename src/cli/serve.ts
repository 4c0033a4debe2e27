import type { Command } from 'commander';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { ConfigSources, LoadedConfig } from '../config/load.ts';
import type { StopKind } from '../workers/messages.ts';
import type { WorkerLink } from '../workers/worker-link.ts';
import { CliError } from './cli-error.ts';
import { type ConfigOptions, withConfigOptions } from './config-options.ts';
import { examples } from './examples.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { greeting } from './greeting.ts';
import { listenFailure } from './listen-failure.ts';
import { serveAsWorker } from './serve-worker.ts';
import { openLog } from './service-log.ts';
import type { SignalSource, Surroundings } from './surroundings.ts';
import { type WorkersAccess, workersAccess } from './workers-access.ts';

/** How a system is started; it listens when the promise resolves. */
export type ComposeSystem = (
  loaded: LoadedConfig,
  options: {
    readonly logger: Logger;
    readonly sources: ConfigSources;
    /** Where this process is one of several. */
    readonly worker?: WorkerLink;
  },
) => Promise<ServedSystem>;

export interface ServedSystem {
  readonly dataUrl: string;
  readonly adminUrl: string;
  /** Resolves when somebody asks it to drain by the admin port. */
  readonly drainAsked: Promise<void>;
  reload(cause: 'signal'): unknown;
  /** After this it is ended as it is. */
  longestStopMs(): number;
  stop(how?: StopKind): Promise<void>;
  /** Only of several workers: each is replaced, one after another. */
  restart?(): unknown;
  /** Only of several workers: ends them as they are. */
  kill?(): void;
}

export function addServe(
  parent: Command,
  surroundings: Surroundings,
  composeSystem: ComposeSystem,
  finish: (code: ExitCode) => void,
  workers: WorkersAccess = workersAccess,
): void {
  const serve = parent
    .command('serve')
    .description(
      'Serves look-ups until SIGINT, SIGTERM or a drain; a second signal ends at once. SIGHUP reads the configuration again; SIGUSR2 replaces the workers one after another, where there are several.',
    )
    .option('--json', 'print the addresses as one JSON object');
  withConfigOptions(serve)
    .addHelpText(
      'after',
      examples(
        'weir serve --config topology/demo/weir.yaml',
        'weir serve --config weir.yaml --set data.port=9090',
      ),
    )
    .action(async ({ config: file, set, json }: ConfigOptions & { json?: true }) => {
      const sources = { file, env: surroundings.env, flags: set ?? [] };
      const link = await workers.link();
      if (link !== undefined) return finish(await serveAsWorker(link, sources, surroundings, composeSystem));
      // Other verbs do without this, and start quicker.
      const { loadConfigAndSettings } = await import('../config/load.ts');
      const loaded = loadConfigAndSettings(sources);
      const start: ComposeSystem =
        loaded.config.workers === 1
          ? composeSystem
          : (_, options) => startWorkers(loaded.config, options, workers);
      finish(await serveUntilAsked(loaded, sources, surroundings, start, json === true));
    });
}

async function serveUntilAsked(
  loaded: LoadedConfig,
  sources: ConfigSources,
  { stdout, stderr, signals }: Surroundings,
  start: ComposeSystem,
  json: boolean,
): Promise<ExitCode> {
  const { config } = loaded;
  const asked = listenForSignals(signals);
  const { logger, lines } = await openLog(config.log.level, stderr);
  let system: ServedSystem | undefined;
  const restart = (): unknown => system?.restart?.();
  if (config.workers > 1) signals.on('SIGUSR2', restart);
  try {
    const starting = start(loaded, { logger, sources }).catch((error: unknown) => {
      throw listenFailure(error, config) ?? error;
    });
    system = (await Promise.race([starting, asked.second])) ?? undefined;
    if (system === undefined) return exitCodes.failed;
    const { dataUrl, adminUrl, drainAsked, reload } = system;
    asked.onReload(() => reload('signal'));
    stdout.write(
      json ? `${JSON.stringify({ dataUrl, adminUrl })}\n` : greeting(config, { dataUrl, adminUrl }),
    );
    await Promise.race([asked.first, drainAsked]);
    lines.flush();
    stderr.write('weir: stopping\n');
    const inTime = await stopsInTime(system, asked.second, system.longestStopMs());
    return inTime ? exitCodes.ok : exitCodes.failed;
  } finally {
    system?.kill?.();
    signals.off('SIGUSR2', restart);
    lines.end();
    asked.end();
  }
}

/** Rejects as the start of one process does, with what its first worker said. */
async function startWorkers(
  config: Config,
  { logger, sources }: { readonly logger: Logger; readonly sources: ConfigSources },
  workers: WorkersAccess,
): Promise<ServedSystem> {
  const flags = (sources.flags ?? []).flatMap((flag) => ['--set', flag]);
  const supervisor = await workers.supervisor(config, ['serve', '--config', sources.file, ...flags], logger);
  const addresses = await supervisor.start().catch((error: Error & { exitCode?: ExitCode }) => {
    throw new CliError(error.message, error.exitCode ?? exitCodes.failed);
  });
  return {
    ...addresses,
    drainAsked: supervisor.drainAsked,
    reload: (cause) => supervisor.reload(cause),
    longestStopMs: () => supervisor.longestStopMs(),
    stop: () => supervisor.stop(),
    restart: () => supervisor.restart(),
    kill: () => supervisor.kill(),
  };
}

interface AskedToStop {
  readonly first: Promise<void>;
  readonly second: Promise<void>;
  /** A reload that was asked for while the system still started is done at once. */
  onReload(reload: () => void): void;
  end(): void;
}

/** A signal that comes while the system still starts is kept, and heeded as soon as it runs. */
function listenForSignals(signals: SignalSource): AskedToStop {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let count = 0;
  const listener = () => {
    count++;
    (count === 1 ? first : second).resolve();
  };
  signals.on('SIGINT', listener);
  signals.on('SIGTERM', listener);
  let reload: (() => void) | undefined;
  let reloadAsked = false;
  const reloadListener = () => {
    if (reload === undefined) reloadAsked = true;
    else reload();
  };
  signals.on('SIGHUP', reloadListener);
  return {
    first: first.promise,
    second: second.promise,
    onReload(task) {
      reload = task;
      if (reloadAsked) task();
    },
    end: () => {
      signals.off('SIGHUP', reloadListener);
      signals.off('SIGINT', listener);
      signals.off('SIGTERM', listener);
    },
  };
}

async function stopsInTime(
  system: ServedSystem,
  second: Promise<void>,
  longestStopMs: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), longestStopMs);
  });
  const stopped = system.stop().then(() => true);
  try {
    return await Promise.race([stopped, tooLate, second.then(() => false)]);
  } finally {
    clearTimeout(timer);
  }
}
