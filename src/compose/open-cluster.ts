import type { Logger } from 'pino';
import { createCassandraCluster } from '../adapters/cassandra/cassandra-cluster.ts';
import { createDemoCluster } from '../adapters/embedded/demo-data.ts';
import { systemClock, systemRandom } from '../adapters/node/clock.ts';
import { nodeText } from '../adapters/node/text.ts';
import type { Config } from '../config/config.ts';
import type { JobCluster } from '../core/ports.ts';
import type { ConditionReport } from '../core/readiness.ts';
import { createAddressTranslation } from '../core/topology/address-translation.ts';

/** The cluster of a configuration, connecting in the background for as long as it takes. */
export interface OpenCluster {
  readonly cluster: JobCluster;
  readonly condition: () => ConditionReport;
  /** Resolves to whether the cluster was reached in time. */
  readonly whenReady: (timeoutMs: number) => Promise<boolean>;
  /** The configuration has changed: other datacenters, other addresses. */
  readonly follow: (config: Config) => void;
  /** Called when other datacenters are connected to than before. */
  readonly onConnected: (listener: () => void) => void;
  readonly close: () => Promise<void>;
}

const pollMs = 50;

export function openCluster(config: Config, logger: Logger): OpenCluster {
  return config.cassandra.kind === 'embedded'
    ? openEmbedded(config.cassandra)
    : openContacted(config, config.cassandra, logger);
}

function openEmbedded(cassandra: Extract<Config['cassandra'], { kind: 'embedded' }>): OpenCluster {
  const cluster = createDemoCluster({
    datacenters: cassandra.datacenters,
    seedRows: cassandra.seedRows,
    tokensPerNode: cassandra.tokensPerNode,
    clock: systemClock,
    random: systemRandom,
    text: nodeText,
  });
  return {
    cluster,
    condition: () => ({ name: 'cluster', state: 'ok', reason: '' }),
    whenReady: async () => true,
    follow: () => {},
    onConnected: () => {},
    close: async () => {},
  };
}

function openContacted(
  config: Config,
  cassandra: Extract<Config['cassandra'], { kind: 'contact-points' }>,
  logger: Logger,
): OpenCluster {
  let wanted = readDatacenters(config);
  const listeners: (() => void)[] = [];
  const cluster = createCassandraCluster({
    contactPoints: cassandra.contactPoints,
    localDatacenter: cassandra.datacenter,
    datacenters: wanted,
    ...(cassandra.login === undefined ? {} : { credentials: cassandra.login }),
    ...(cassandra.tls === undefined ? {} : { tls: cassandra.tls }),
    translate: translationOf(config),
    lingerMs: Math.max(leastLingerMs, config.bounds.timeoutMs),
    clock: systemClock,
    text: nodeText,
    onEvent: (event) => {
      const failed = event.kind === 'connect-failed' || event.kind === 'refresh-failed';
      if (failed) logger.warn(event, 'the cluster was not reached');
      else if (event.kind === 'node-down') logger.warn(event, 'a node is down');
      else logger.info(event, 'the cluster changed');
      if (event.kind !== 'connected') return;
      for (const listener of listeners) listener();
      // Nobody reads from the others any more.
      cluster.useDatacenters(wanted);
    },
  });
  const missing = (): readonly string[] => wanted.filter((each) => !cluster.isConnectedTo(each));
  return {
    cluster,
    condition: () => conditionOf(cluster.ready(), missing()),
    whenReady: pollUntil(() => cluster.ready().ready),
    follow(changed) {
      const connected = wanted.filter((each) => cluster.isConnectedTo(each));
      wanted = readDatacenters(changed);
      cluster.useTranslation(translationOf(changed));
      // Those of before are left once the new ones are there: until then applications read where they did.
      cluster.useDatacenters(missing().length === 0 ? wanted : [...new Set([...wanted, ...connected])]);
    },
    onConnected: (listener) => void listeners.push(listener),
    close: () => cluster.close(),
  };
}

const leastLingerMs = 10_000;

function conditionOf(
  { ready, reason }: { readonly ready: boolean; readonly reason: string },
  missing: readonly string[],
): ConditionReport {
  const name = 'cluster';
  if (!ready) return { name, state: 'failed', reason };
  if (missing.length === 0) return { name, state: 'ok', reason: '' };
  return { name, state: 'warning', reason: `not connected yet to ${missing.join(', ')}` };
}

function translationOf({ topology, cassandra }: Config): (address: string) => string {
  return topology === undefined
    ? (address) => address
    : createAddressTranslation(topology, cassandra.datacenter);
}

/** Every datacenter that some application reads from. */
function readDatacenters(config: Config): readonly string[] {
  return [...new Set(config.applications.flatMap(({ application }) => application.datacenters))];
}

function pollUntil(isReady: () => boolean): (timeoutMs: number) => Promise<boolean> {
  return async (timeoutMs) => {
    const endMs = systemClock.nowMs() + timeoutMs;
    while (!isReady()) {
      if (systemClock.nowMs() >= endMs) return false;
      await new Promise<void>((resolve) => {
        systemClock.after(pollMs, resolve);
      });
    }
    return true;
  };
}
