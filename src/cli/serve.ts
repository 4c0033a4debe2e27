import type { Command } from 'commander';
import { type Logger, pino } from 'pino';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { type ConfigOptions, withConfigOptions } from './config-options.ts';
import { examples } from './examples.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { greeting } from './greeting.ts';
import type { SignalSource, Surroundings } from './surroundings.ts';

/** How a system is started; it listens when the promise resolves. */
export type ComposeSystem = (config: Config, options: { logger: Logger }) => Promise<ServedSystem>;

interface ServedSystem {
  readonly dataUrl: string;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** Requests under way are answered, the slowest that the configuration allows too; then it ends whatever is open. */
const leastStopMs = 10_000;
const closingMs = 1_000;

export function addServe(
  parent: Command,
  { env, stdout, stderr, signals }: Surroundings,
  composeSystem: ComposeSystem,
  finish: (code: ExitCode) => void,
): void {
  const serve = parent
    .command('serve')
    .description('Serves look-ups until SIGINT or SIGTERM; a second signal ends at once.')
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
      const config = loadConfig({ file, env, flags: set ?? [] });
      const asked = listenForSignals(signals);
      try {
        const logger = pino({ base: null }, stderr);
        const starting = composeSystem(config, { logger });
        const system = await Promise.race([starting, asked.second]);
        if (system === undefined) return finish(exitCodes.failed);
        const { dataUrl, adminUrl } = system;
        stdout.write(
          json ? `${JSON.stringify({ dataUrl, adminUrl })}\n` : greeting(config, { dataUrl, adminUrl }),
        );
        await asked.first;
        stderr.write('weir: stopping\n');
        const longestStopMs = Math.max(leastStopMs, config.bounds.timeoutMs + closingMs);
        finish((await stopsInTime(system, asked.second, longestStopMs)) ? exitCodes.ok : exitCodes.failed);
      } finally {
        asked.end();
      }
    });
}

interface AskedToStop {
  readonly first: Promise<void>;
  readonly second: Promise<void>;
  end(): void;
}

/** A signal that comes while the system still starts is kept, and stops it as soon as it runs. */
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
  return {
    first: first.promise,
    second: second.promise,
    end: () => {
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
