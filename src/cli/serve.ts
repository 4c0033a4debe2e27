import type { Command } from 'commander';
import type { Logger } from 'pino';
import type { ConfigSources, LoadedConfig } from '../config/load.ts';
import { type ConfigOptions, withConfigOptions } from './config-options.ts';
import { examples } from './examples.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { greeting } from './greeting.ts';
import { listenFailure } from './listen-failure.ts';
import { LogLines, logTime } from './log-lines.ts';
import type { SignalSource, Surroundings } from './surroundings.ts';

/** How a system is started; it listens when the promise resolves. */
export type ComposeSystem = (
  loaded: LoadedConfig,
  options: { readonly logger: Logger; readonly sources: ConfigSources },
) => Promise<ServedSystem>;

interface ServedSystem {
  readonly dataUrl: string;
  readonly adminUrl: string;
  /** Resolves when somebody asks it to drain by the admin port. */
  readonly drainAsked: Promise<void>;
  reload(cause: 'signal'): unknown;
  /** After this it is ended as it is. */
  longestStopMs(): number;
  stop(): Promise<void>;
}

export function addServe(
  parent: Command,
  { env, stdout, stderr, signals }: Surroundings,
  composeSystem: ComposeSystem,
  finish: (code: ExitCode) => void,
): void {
  const serve = parent
    .command('serve')
    .description(
      'Serves look-ups until SIGINT, SIGTERM or a drain; a second signal ends at once. SIGHUP reads the configuration again.',
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
      const sources = { file, env, flags: set ?? [] };
      // Other verbs do without these, and start quicker.
      const [{ loadConfigAndSettings }, { pino }] = await Promise.all([
        import('../config/load.ts'),
        import('pino'),
      ]);
      const loaded = loadConfigAndSettings(sources);
      const { config } = loaded;
      const asked = listenForSignals(signals);
      const lines = new LogLines(stderr);
      try {
        const logger = pino(
          {
            base: null,
            level: config.log.level,
            timestamp: logTime,
            formatters: { level: (level) => ({ level }) },
          },
          lines,
        );
        const starting = composeSystem(loaded, { logger, sources }).catch((error: unknown) => {
          throw listenFailure(error, config) ?? error;
        });
        const system = await Promise.race([starting, asked.second]);
        if (system === undefined) return finish(exitCodes.failed);
        asked.onReload(() => system.reload('signal'));
        const { dataUrl, adminUrl } = system;
        stdout.write(
          json ? `${JSON.stringify({ dataUrl, adminUrl })}\n` : greeting(config, { dataUrl, adminUrl }),
        );
        await Promise.race([asked.first, system.drainAsked]);
        lines.flush();
        stderr.write('weir: stopping\n');
        const inTime = await stopsInTime(system, asked.second, system.longestStopMs());
        finish(inTime ? exitCodes.ok : exitCodes.failed);
      } finally {
        lines.end();
        asked.end();
      }
    });
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
