/** The composition root: a configuration in, a running system out. The only file that knows every layer. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { createCassandraCluster } from './adapters/cassandra/cassandra-cluster.ts';
import { createDemoCluster } from './adapters/embedded/demo-data.ts';
import { systemClock, systemRandom } from './adapters/node/clock.ts';
import { nodeText } from './adapters/node/text.ts';
import { createMetrics, type Metrics, type NodeGauges } from './adapters/prometheus/metrics.ts';
import { buildAdminApp } from './admin/app.ts';
import type { Config } from './config/config.ts';
import { operations } from './core/applications.ts';
import type { Cluster } from './core/ports.ts';
import type { Readiness } from './core/readiness.ts';
import { createReadPath, type ReadPath } from './core/reads/read-path.ts';
import { defaultTableSettings } from './core/reads/settings.ts';
import { buildDataApp } from './http/app.ts';
import { createAuthenticator } from './http/authenticate.ts';

export interface RunningSystem {
  readonly dataUrl: string;
  readonly adminUrl: string;
  /** Answers what is under way, then closes the ports and the connections to the cluster. */
  stop(): Promise<void>;
}

interface OpenCluster {
  readonly cluster: Cluster;
  readonly readiness: () => Readiness;
  readonly close: () => Promise<void>;
}

/** Listens on both ports before it returns. An unreachable cluster makes it unready, not fail. */
export async function composeSystem(
  config: Config,
  options: { readonly logger?: Logger } = {},
): Promise<RunningSystem> {
  const logger = options.logger ?? pino({ level: 'silent' });
  const open = openCluster(config, logger);
  let draining = false;
  const readiness = (): Readiness =>
    draining ? { ready: false, reasons: ['this instance is shutting down'] } : open.readiness();
  // The metrics read the ring when scraped, the read path reports to the metrics: one of them must come first.
  let path: ReadPath | undefined;
  const metrics = createMetrics({
    ...labelValues(config),
    version: version(),
    ringEpoch: () => path?.rings.epoch() ?? 0,
    nodes: () => nodeGauges(open.cluster, path),
    reportUnexpected: (error) => logger.error(describeFault(error), 'a fault of its own while reading'),
  });
  path = createReadPath({
    cluster: open.cluster,
    clock: systemClock,
    text: nodeText,
    telemetry: metrics,
    bounds: config.bounds,
    settingsOf: (keyspace, table) => config.tables.get(`${keyspace}.${table}`) ?? defaultTableSettings,
    ownRack: config.cassandra.rack,
  });
  const dataApp = buildData(config, path, readiness, metrics, logger);
  const adminApp = buildAdminApp({
    metricsText: () => metrics.exposition(),
    readiness,
    logger,
    hosts: config.admin.allowedHosts,
  });
  const stop = async (): Promise<void> => {
    draining = true;
    await dataApp.close();
    await adminApp.close();
    await open.close();
  };
  try {
    const dataUrl = await listen(dataApp, config.data);
    const adminUrl = await listen(adminApp, config.admin);
    return { dataUrl, adminUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function openCluster(config: Config, logger: Logger): OpenCluster {
  const { cassandra } = config;
  if (cassandra.kind === 'embedded') {
    const cluster = createDemoCluster({
      datacenters: cassandra.datacenters,
      seedRows: cassandra.seedRows,
      tokensPerNode: cassandra.tokensPerNode,
      clock: systemClock,
      random: systemRandom,
      text: nodeText,
    });
    return { cluster, readiness: () => ({ ready: true, reasons: [] }), close: async () => {} };
  }
  const datacenters = new Set(config.applications.flatMap(({ application }) => application.datacenters));
  const cluster = createCassandraCluster({
    contactPoints: cassandra.contactPoints,
    localDatacenter: cassandra.datacenter,
    datacenters: [...datacenters],
    ...(cassandra.login === undefined ? {} : { credentials: cassandra.login }),
    clock: systemClock,
    text: nodeText,
    onEvent: (event) => {
      const failed = event.kind === 'connect-failed' || event.kind === 'refresh-failed';
      if (failed) logger.warn(event, 'the cluster was not reached');
      else logger.info(event, 'the cluster changed');
    },
  });
  const readiness = (): Readiness => {
    const { ready, reason } = cluster.ready();
    return { ready, reasons: ready ? [] : [reason] };
  };
  return { cluster, readiness, close: () => cluster.close() };
}

function buildData(
  config: Config,
  path: ReadPath,
  readiness: () => Readiness,
  metrics: Metrics,
  logger: Logger,
): FastifyInstance {
  const { authentication, applications } = config;
  const authenticator = createAuthenticator(
    authentication.mode === 'keys'
      ? {
          mode: 'keys',
          keys: new Map(
            applications.flatMap(({ application, keyHashes }) =>
              keyHashes.map((hash) => [hash, application]),
            ),
          ),
        }
      : {
          mode: 'trusted',
          applications: new Map(applications.map(({ application }) => [application.name, application])),
          trustedProxies: authentication.trustedProxies,
        },
  );
  return buildDataApp({
    lookUp: path.lookUp,
    authenticator,
    clock: systemClock,
    bounds: config.bounds,
    readiness,
    metrics,
    logger,
  });
}

function labelValues(config: Config) {
  const applications = config.applications.map(({ application }) => application);
  return {
    applications: applications.map((application) => application.name),
    classes: applications.map((application) => application.className),
    operations: [...operations],
    tables: applications.flatMap((application) => [...application.grants.keys()]),
  };
}

function nodeGauges(cluster: Cluster, path: ReadPath | undefined): NodeGauges[] {
  const messages = path?.inFlight.messages();
  return cluster.state().nodes.map((node) => ({
    address: node.address,
    datacenter: node.datacenter,
    up: cluster.isUp(node),
    inFlight: messages?.get(node.id) ?? 0,
  }));
}

async function listen(
  app: FastifyInstance,
  at: { readonly host: string; readonly port: number },
): Promise<string> {
  await app.listen({ host: at.host, port: at.port });
  const { address, family, port } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Where a fault happened, without its message: that could carry a value. */
function describeFault(error: unknown): { readonly error: string; readonly at: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, at: frames.slice(0, 8).map((line) => line.trim()) };
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
