/** The composition root: a configuration in, a running system out. With `compose/`, all that knows every layer. */
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { systemClock } from './adapters/node/clock.ts';
import { buildAdminApp } from './admin/app.ts';
import { adminAccess } from './compose/admin-access.ts';
import { createAdministration } from './compose/administration.ts';
import { createEnding, type ProcessEnding } from './compose/ending.ts';
import { createGuardedHosts } from './compose/guarded-hosts.ts';
import { createJobSide, type JobSide } from './compose/job-side.ts';
import { closePort, listen, stopAccepting } from './compose/listening.ts';
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
import type { Readiness } from './core/readiness.ts';
import { buildDataApp } from './http/app.ts';
import { replaceIdentity } from './web/tls.ts';
import type { StopKind } from './workers/messages.ts';
import type { WorkerLink } from './workers/worker-link.ts';

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
   * what is still open after `shutdown.timeout` is cut. The same promise each time. `retire`: without a word of being
   * unready, since another worker has taken the place of this one; only new connections go there.
   */
  stop(how?: StopKind): Promise<void>;
}

export interface ComposeOptions {
  readonly logger?: Logger;
  /** What `loaded` was read from, to be read again; without it nothing is reloaded. */
  readonly sources?: ConfigSources;
  /** Of one worker among several; absent: this process is the whole instance. */
  readonly worker?: WorkerLink | undefined;
}

/** Listens on both ports before it returns. An unreachable cluster makes it unready, not fail. */
export async function composeSystem(
  loaded: LoadedConfig,
  { logger = silentLogger(), sources, worker }: ComposeOptions = {},
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
    if (applied.includes('log.level')) {
      logger.level = changed.log.level;
      worker?.logLevelChanged(changed.log.level);
    }
  });
  const reads = createReadSide(live, open.cluster, logger);
  const ending = createEnding();
  const cursorKey = worker?.orders.cursorKey;
  const jobs = createJobSide({ live, cluster: open.cluster, reads, ending, cursorKey });
  const system: Parts = { live, sources, open, logger, reads, jobs, ending, worker };
  const ports = createPorts(system);
  const stopWatching = live.watch();
  let stopping: Promise<void> | undefined;
  const stop = (how: StopKind, delayMs: number): Promise<void> => {
    if (stopping === undefined || how === 'drain') ports.beginEnding(how);
    stopWatching();
    stopping ??= shutDown(system, ports, how, delayMs);
    return stopping;
  };
  const longestStopMs = (): number => {
    const { delayMs, timeoutMs } = live.current().shutdown;
    const beforeMs = worker === undefined ? delayMs : Math.max(delayMs, retireMs);
    return beforeMs + timeoutMs + adminCloseMs + clusterCloseMs;
  };
  worker?.attend({
    readiness: ports.readiness,
    metrics: reads.metrics.snapshot,
    cache: () => reads.path.cache.stats(),
    reload: live.reload,
    drain: ports.drain,
    logger,
    longestStopMs,
  });
  try {
    await reads.limits.start();
    await worker?.mayListen(ports.readiness);
    const dataUrl = await listen(ports.dataApp, config.data);
    const adminUrl = await listen(ports.adminApp, config.admin);
    return {
      dataUrl,
      adminUrl,
      drainAsked: ports.drainAsked,
      reload: live.reload,
      longestStopMs,
      stop: (how = 'drain') => stop(how, live.current().shutdown.delayMs),
    };
  } catch (error) {
    await stop('drain', 0);
    throw error;
  }
}

interface Parts {
  readonly live: LiveConfig;
  readonly sources: ConfigSources | undefined;
  readonly open: OpenCluster;
  readonly reads: ReadSide;
  readonly jobs: JobSide;
  readonly ending: ProcessEnding;
  readonly logger: Logger;
  readonly worker: WorkerLink | undefined;
}

interface Ports {
  readonly dataApp: FastifyInstance;
  readonly adminApp: FastifyInstance;
  readonly drainAsked: Promise<void>;
  /** Of this process alone. */
  readonly readiness: () => Readiness;
  /** As the admin port does it; how many requests are under way. */
  readonly drain: () => number;
  beginEnding(how: StopKind): void;
}

function createPorts({ live, sources, open, reads, jobs, ending, logger, worker }: Parts): Ports {
  const { data, admin } = live.current();
  const { path, metrics, limits, publish } = reads;
  const lint = createLint();
  const drainAsked = Promise.withResolvers<void>();
  let draining = false;
  let retiring = false;
  const readiness = createReadiness(open, live, lint, limits.condition, () => draining);
  const shared = {
    readiness: worker === undefined ? readiness : () => worker.readinessOf(readiness()),
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
    standing: (application, operation) => limits.throttle.standing(application, operation),
    limits: limits.ownLimits,
    sessions: limits.sessions,
    permits: limits.permits,
    scan: jobs.scan,
    tellSplits: jobs.splits,
    write: jobs.write,
    authenticator,
    bounds: liveBounds(live),
    metrics: underWay.metrics,
    ...(data.tls === undefined ? {} : { tls: data.tls }),
    draining: () => draining || retiring,
    allowedHosts: createGuardedHosts(live.current),
  });
  const drain = (): number => {
    draining = true;
    drainAsked.resolve();
    return underWay.count();
  };
  const cluster = open.cluster;
  const alone = createAdministration({
    live,
    sources,
    cluster,
    path,
    lint,
    limits: limits.administration,
    guard: limits.guardAdministration,
    publish,
    drain,
    ...shared,
  });
  const adminApp = buildAdminApp({
    ...shared,
    administration: worker?.forAll(alone) ?? alone,
    metricsText: () => worker?.metricsText() ?? metrics.exposition(),
    hosts: () => new Set(live.current().admin.allowedHosts),
    access: () => adminAccess(live.current()),
    ...(admin.tls === undefined ? {} : { tls: admin.tls }),
  });
  live.onApplied((changed) => {
    follow(changed);
    if (changed.data.tls !== undefined) replaceIdentity(dataApp, changed.data.tls);
    if (changed.admin.tls !== undefined) replaceIdentity(adminApp, changed.admin.tls);
  });
  const beginEnding = (how: StopKind): void => {
    if (how === 'retire') retiring = true;
    else draining = true;
    ending.begin();
  };
  return { dataApp, adminApp, drainAsked: drainAsked.promise, readiness, drain, beginEnding };
}

async function shutDown(
  { live, open, reads, jobs }: Parts,
  ports: Ports,
  how: StopKind,
  delayMs: number,
): Promise<void> {
  const { timeoutMs } = live.current().shutdown;
  if (how === 'retire') {
    const { dataApp, adminApp } = ports;
    await Promise.all([dataApp, adminApp].map((app) => stopAccepting(app, retireMs, systemClock)));
  }
  // Load balancers are given time to see that it is not ready, and are served meanwhile.
  else if (delayMs > 0) await new Promise<void>((resolve) => void systemClock.after(delayMs, resolve));
  await closePort(ports.dataApp, timeoutMs, systemClock);
  await closePort(ports.adminApp, adminCloseMs, systemClock);
  // A contact point that is silent just then must not turn a good end into a bad one.
  const closed = jobs.close().then(() => Promise.all([open.close(), reads.limits.close()]));
  await Promise.race([closed, new Promise<void>((end) => void systemClock.after(clusterCloseMs, end))]);
}

/** Nothing on the admin port takes long; a scrape that hangs does not hold up the end. */
const adminCloseMs = 1_000;
/** For callers who keep their connections and send now and then: the answer closes them. */
const retireMs = 5_000;
/** For the connections to the cluster. */
const clusterCloseMs = 4_000;

/** Also what is written at every level, as audit lines are, goes nowhere. */
function silentLogger(): Logger {
  return pino({ level: 'silent' }, { write: () => {} });
}
