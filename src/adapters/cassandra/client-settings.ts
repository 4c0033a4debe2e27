import cassandra from 'cassandra-driver';
import { addressResolution } from './address-resolution.ts';
import { DatacenterPolicy } from './datacenter-policy.ts';
import { EntryList } from './entry-list.ts';
import { checkTlsSettings, type TlsSettings, tlsOptions } from './tls-settings.ts';

/** Where the cluster is and how to speak to it. */
export interface ContactSettings {
  /** `host`, `host:port` or `[ipv6]:port`; where a port is given, the whole cluster listens on the first one given. */
  readonly contactPoints: readonly string[];
  /** Nodes of these are connected to, others never. */
  readonly datacenters: readonly string[];
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly tls?: TlsSettings;
  /** From the address that a node announces to the one at which it is reached; contact points are taken as given. */
  readonly translate?: (address: string) => string;
  readonly connectionsPerNode?: number;
}

const defaultPort = 9042;
/** How long the driver waits for what it sends of its own accord, and for the answers to our system queries. */
export const systemTimeoutMs = 2_000;
const connectTimeoutMs = 3_000;
/** A connection silent for so long is asked whether it lives. */
const heartbeatMs = 5_000;
/** A node that is down is tried again at most so much later. */
const reconnection = { firstMs: 500, longestMs: 5_000 };

/** Refuses settings that could never work: the setting, the rule, the value. */
export function checkContactSettings(settings: ContactSettings): void {
  if (settings.contactPoints.length === 0)
    throw new RangeError('contactPoints: at least one is needed, got none');
  checkDatacenters(settings.datacenters);
  const { connectionsPerNode = 1 } = settings;
  if (!Number.isInteger(connectionsPerNode) || connectionsPerNode < 1) {
    throw new RangeError(`connectionsPerNode: a whole number from 1 is needed, got ${connectionsPerNode}`);
  }
  for (const point of settings.contactPoints) portOf(point);
  if (settings.tls !== undefined) checkTlsSettings(settings.tls);
}

export function checkDatacenters(datacenters: readonly string[]): void {
  if (datacenters.length === 0) throw new RangeError('datacenters: at least one is needed, got none');
}

/**
 * Everything that the driver would do by itself and Weir does better is off: retries, speculation, paging,
 * its own schema. No `localDataCenter`: the driver checks it only after connecting, and leaks a socket each time.
 */
export function clientOptions(settings: ContactSettings): cassandra.DseClientOptions {
  const { policies, types } = cassandra;
  const port = settings.contactPoints.map(portOf).find((given) => given !== undefined) ?? defaultPort;
  return {
    contactPoints: [...settings.contactPoints],
    applicationName: 'weir',
    protocolOptions: { port, maxVersion: 4 },
    policies: {
      loadBalancing: new DatacenterPolicy(settings.datacenters),
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(
        reconnection.firstMs,
        reconnection.longestMs,
      ),
      retry: new policies.retry.FallthroughRetryPolicy(),
      ...(settings.translate ? { addressResolution: addressResolution(settings.translate) } : {}),
    },
    pooling: {
      coreConnectionsPerHost: {
        [types.distance.local]: settings.connectionsPerNode ?? 1,
        [types.distance.remote]: 0,
        [types.distance.ignored]: 0,
      },
      maxRequestsPerConnection: 2_048,
      heartBeatInterval: heartbeatMs,
    },
    socketOptions: { connectTimeout: connectTimeoutMs, readTimeout: systemTimeoutMs },
    // With a page size an IN reads one partition after another.
    queryOptions: { fetchSize: 0, isIdempotent: true },
    // Rows are encoded as they arrive, so that nothing outlives the buffer it was received in.
    encoding: { map: EntryList, copyBuffer: false, useBigIntAsLong: true, useBigIntAsVarint: true },
    isMetadataSyncEnabled: false,
    prepareOnAllHosts: false,
    rePrepareOnUp: false,
    monitorReporting: { enabled: false },
    ...(settings.credentials ? { credentials: { ...settings.credentials } } : {}),
    ...(settings.tls ? { sslOptions: tlsOptions(settings.tls) } : {}),
  };
}

/** Undefined where none is given. An IPv6 address without brackets has no port. */
function portOf(contactPoint: string): number | undefined {
  const match = /^(?:\[[^\]]+\]|[^:[\]]+):([0-9]+)$/.exec(contactPoint);
  if (match === null) return undefined;
  const port = Number(match[1]);
  if (port < 1 || port > 65_535) {
    throw new RangeError(`contactPoints: a port from 1 to 65535 is needed, got ${contactPoint}`);
  }
  return port;
}
