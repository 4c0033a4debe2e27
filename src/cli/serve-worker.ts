import type { ConfigSources, LoadedConfig } from '../config/load.ts';
import type { PortSettings } from '../workers/messages.ts';
import type { WorkerLink } from '../workers/worker-link.ts';
import { CliError } from './cli-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { listenFailure } from './listen-failure.ts';
import type { ComposeSystem, ServedSystem } from './serve.ts';
import { openLog } from './service-log.ts';
import type { SignalSource, Surroundings } from './surroundings.ts';

/** The whole system as one worker of several. Does what the primary says, and tells it instead of people. */
export async function serveAsWorker(
  link: WorkerLink,
  sources: ConfigSources,
  { signals, stderr }: Surroundings,
  composeSystem: ComposeSystem,
): Promise<ExitCode> {
  leaveSignalsToThePrimary(signals);
  try {
    const loaded = await loadAtPorts(sources, link.orders.ports);
    const { number } = link.orders;
    const { logger, lines } = await openLog(loaded.loaded.config.log.level, stderr, {
      worker: number,
      pid: process.pid,
    });
    try {
      const starting = composeSystem(loaded.loaded, { logger, sources: loaded.sources, worker: link });
      const system = await Promise.race([
        starting.catch((error: unknown) => {
          throw listenFailure(error, loaded.loaded.config) ?? error;
        }),
        link.stopAsked.then(() => undefined),
      ]);
      if (system === undefined) return exitCodes.ok;
      link.listening(system);
      const stopped = await stopsInTime(system, system.stop(await link.stopAsked));
      await link.leave();
      return stopped ? exitCodes.ok : exitCodes.failed;
    } finally {
      lines.end();
    }
  } catch (error) {
    await link.failed(error instanceof Error ? error.message : 'something failed', exitCodeOf(error));
    return exitCodes.failed;
  }
}

/** They come to the whole group of processes where somebody presses Ctrl-C or a service is stopped. */
function leaveSignalsToThePrimary(signals: SignalSource): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) signals.on(signal, () => {});
}

/** The configuration as it is now, at the ports that the others have: a file may have changed them meanwhile. */
async function loadAtPorts(
  sources: ConfigSources,
  ports: PortSettings,
): Promise<{ readonly loaded: LoadedConfig; readonly sources: ConfigSources }> {
  const { loadConfigAndSettings } = await import('../config/load.ts');
  const loaded = loadConfigAndSettings(sources);
  const moved = (['data', 'admin'] as const).flatMap((section) =>
    (['host', 'port'] as const).flatMap((key) => {
      const value = ports[section][key];
      return loaded.config[section][key] === value ? [] : [`${section}.${key}=${value}`];
    }),
  );
  if (moved.length === 0) return { loaded, sources };
  const kept = { ...sources, flags: [...(sources.flags ?? []), ...moved] };
  return { loaded: loadConfigAndSettings(kept), sources: kept };
}

async function stopsInTime(system: ServedSystem, stopping: Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(late.resolve, system.longestStopMs(), false);
  try {
    return await Promise.race([stopping.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  return error instanceof Error && error.name === 'ConfigError' ? exitCodes.usage : exitCodes.failed;
}
