/** The composition root: a configuration in, a running system out. With `compose/`, all that knows every layer. */
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { systemClock } from './adapters/node/clock.ts';
import { buildAdminApp } from './admin/app.ts';
import { adminAccess } from './compose/admin-access.ts';
import { createAdministration } from './compose/administration.ts';
import { createGuardedHosts } from './compose/guarded-hosts.ts';
import { closePort, listen } from './compose/listening.ts';
import { createLiveAuthenticator } from './compose/live-authenticator.ts';
import { liveBounds } from './compose/live-bounds.ts';
import { createLiveConfig, type LiveConfig, type ReloadCause } from './compose/live-config.ts';
import { type OpenCluster, openCluster } from './compose/open-cluster.ts';
import { createReadSide, type ReadSide } from './compose/read-side.ts';
import { createReadiness } from './compose/readiness.ts';
import { createLint } from './compose/topology-view.ts';
import { countUnderWay } from './compose/under-way.ts';
import { unknownDatacenters } from './compose/unknown-datacenters.ts';
import { version } from './compose/version.ts';
import { type ConfigSources, type LoadedConfig, loadConfigAndSettings } from './config/load.ts';
import type { ReloadReport } from './core/administration.ts';
import { buildDataApp } from './http/app.ts';
import { replaceIdentity } from './web/tls.ts';

export interface RunningSystem {
  readonly dataUrl: string;
  readonly adminUrl: string;
  /** Resolves when the admin port is asked to drain: whoever runs the system is to stop it then. */
  readonly drainAsked: Promise<void>;
  reload(cause: ReloadCause): ReloadReport;
  /** What `stop` takes at most, if nothing hangs. */
  longestStopMs(): number;
  /**
   * Unready first, and still serving for `shutdown.delay`; then what is under way is answered, the ports close, and
   * what is still open after `shutdown.timeout` is cut. The same promise each time.
   */
  stop(): Promise<void>;
}

export interface ComposeOptions {
  readonly logger?: Logger;
  /** What `loaded` was read from, to be read again; without it nothing is reloaded. */
  readonly sources?: ConfigSources;
}

/** Listens on both ports before it returns. An unreachable cluster makes it unready, not fail. */
export async function composeSystem(
  loaded: LoadedConfig,
  { logger = silentLogger(), sources }: ComposeOptions = {},
): Promise<RunningSystem> {
  const { config } = loaded;
  const open = openCluster(config, logger);
  const live = createLiveConfig({
    initial: loaded,
    load: sources && (() => loadConfigAndSettings({ ...sources, again: true })),
    objections: (before, after) => unknownDatacenters(open.cluster.state(), before, after),
    logger,
  });
  live.onApplied((changed, applied) => {
    open.follow(changed);
    // Only where the file changed it: an operator may have set another one meanwhile.
    if (applied.includes('log.level')) logger.level = changed.log.level;
  });
  const system: Parts = { live, sources, open, logger, reads: createReadSide(live, open.cluster, logger) };
  const ports = createPorts(system);
  const stopWatching = live.watch();
  let stopping: Promise<void> | undefined;
  const stop = (delayMs: number): Promise<void> => {
    ports.beginDraining();
    stopWatching();
    stopping ??= shutDown(system, ports, delayMs);
    return stopping;
  };
  try {
    const dataUrl = await listen(ports.dataApp, config.data);
    const adminUrl = await listen(ports.adminApp, config.admin);
    return {
      dataUrl,
      adminUrl,
      drainAsked: ports.drainAsked,
      reload: live.reload,
      longestStopMs: () => {
        const { delayMs, timeoutMs } = live.current().shutdown;
        return delayMs + timeoutMs + adminCloseMs + clusterCloseMs;
      },
      stop: () => stop(live.current().shutdown.delayMs),
    };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

interface Parts {
  readonly live: LiveConfig;
  readonly sources: ConfigSources | undefined;
  readonly open: OpenCluster;
  readonly reads: ReadSide;
  readonly logger: Logger;
}

interface Ports {
  readonly dataApp: FastifyInstance;
  readonly adminApp: FastifyInstance;
  readonly drainAsked: Promise<void>;
  beginDraining(): void;
}

function createPorts({ live, sources, open, reads, logger }: Parts): Ports {
  const { data, admin } = live.current();
  const { path, metrics } = reads;
  const lint = createLint();
  const drainAsked = Promise.withResolvers<void>();
  let draining = false;
  const shared = {
    readiness: createReadiness(open, live, lint, () => draining),
    logger,
    clock: systemClock,
    version: version(),
  };
  const underWay = countUnderWay(metrics);
  const { authenticator, follow } = createLiveAuthenticator(live.current(), (datacenter) =>
    open.cluster.isConnectedTo(datacenter),
  );
  open.onConnected(() => follow(live.current()));
  const dataApp = buildDataApp({
    ...shared,
    lookUp: path.lookUp,
    readRow: path.readRow,
    describe: path.describe,
    authenticator,
    bounds: liveBounds(live),
    metrics: underWay.metrics,
    ...(data.tls === undefined ? {} : { tls: data.tls }),
    draining: () => draining,
    allowedHosts: createGuardedHosts(live.current),
  });
  const drain = (): number => {
    draining = true;
    drainAsked.resolve();
    return underWay.count();
  };
  const cluster = open.cluster;
  const adminApp = buildAdminApp({
    ...shared,
    administration: createAdministration({ live, sources, cluster, path, lint, drain, ...shared }),
    metricsText: () => metrics.exposition(),
    hosts: () => new Set(live.current().admin.allowedHosts),
    access: () => adminAccess(live.current()),
    ...(admin.tls === undefined ? {} : { tls: admin.tls }),
  });
  live.onApplied((changed) => {
    follow(changed);
    if (changed.data.tls !== undefined) replaceIdentity(dataApp, changed.data.tls);
    if (changed.admin.tls !== undefined) replaceIdentity(adminApp, changed.admin.tls);
  });
  const beginDraining = (): void => {
    draining = true;
  };
  return { dataApp, adminApp, drainAsked: drainAsked.promise, beginDraining };
}

async function shutDown({ live, open }: Parts, ports: Ports, delayMs: number): Promise<void> {
  const { timeoutMs } = live.current().shutdown;
  // Load balancers are given time to see that it is not ready, and are served meanwhile.
  if (delayMs > 0) await new Promise<void>((resolve) => void systemClock.after(delayMs, resolve));
  await closePort(ports.dataApp, timeoutMs, systemClock);
  await closePort(ports.adminApp, adminCloseMs, systemClock);
  // A contact point that is silent just then must not turn a good end into a bad one.
  await Promise.race([open.close(), new Promise<void>((end) => void systemClock.after(clusterCloseMs, end))]);
}

/** Nothing on the admin port takes long; a scrape that hangs does not hold up the end. */
const adminCloseMs = 1_000;
/** For the connections to the cluster. */
const clusterCloseMs = 4_000;

/** Also what is written at every level, as audit lines are, goes nowhere. */
function silentLogger(): Logger {
  return pino({ level: 'silent' }, { write: () => {} });
}
