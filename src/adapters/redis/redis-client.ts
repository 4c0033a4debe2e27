import type { ConnectionOptions } from 'node:tls';
import { type RedisOptions as ClientOptions, Cluster, Redis } from 'ioredis';
import type { RedisOptions } from './redis-options.ts';
import { isFromAnotherThanTheMaster } from './store-errors.ts';

export type RedisClient = Redis | Cluster;

/** Whether its commands are answered at once, or may wait on the server. */
export type ClientUse = 'commands' | 'waiting';

/** No byte for so long while an answer is due: Redis is frozen, and the connection is given up. */
const silenceMs: Record<ClientUse, number> = { commands: 2_000, waiting: 10_000 };
const connectTimeoutMs = 1_000;
export const disconnectTimeoutMs = 200;
const firstPauseMs = 50;
const longestPauseMs = 500;

/** Before the attempt of this number, the first being 1. For ever: Redis may be away for long. */
export function pauseBefore(attempt: number): number {
  return Math.min(firstPauseMs * 2 ** Math.min(attempt - 1, 10), longestPauseMs);
}

/**
 * A client that sends each command at most once, and at once or not at all; ioredis would otherwise queue and repeat
 * them. It connects at once and goes on trying, but for one: with Sentinels its status becomes `end` where none of them
 * names a master, and then `connect` must be called again. (ioredis has a strategy for that too, and with it a chain of
 * promises that grows with each attempt.)
 */
export function createRedisClient(options: RedisOptions, use: ClientUse): RedisClient {
  const { servers } = options;
  const settings = clientSettings(options, use);
  switch (servers.kind) {
    case 'single':
      return new Redis({
        ...settings,
        ...servers.address,
        db: servers.database,
        enableOfflineQueue: false,
        retryStrategy: pauseBefore,
        reconnectOnError: isFromAnotherThanTheMaster,
      });
    case 'sentinel':
      return new Redis({
        ...settings,
        ...sentinelSettings(options),
        sentinels: servers.sentinels.map((address) => ({ ...address })),
        name: servers.master,
        enableOfflineQueue: false,
        retryStrategy: pauseBefore,
        reconnectOnError: isFromAnotherThanTheMaster,
      });
    case 'cluster':
      return createCluster(servers.nodes, settings, use);
  }
}

export function tlsSettings({ tls }: RedisOptions): ConnectionOptions | undefined {
  return tls && { ...(tls.ca === undefined ? {} : { ca: tls.ca }) };
}

/** What a single connection has, and each one to a node of a cluster. */
function clientSettings(options: RedisOptions, use: ClientUse) {
  const { username, password } = options;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    tls: tlsSettings(options),
    connectionName: 'weir',
    // With version 3 some replies have other shapes, and a Redis before 6 needs a second attempt.
    protocol: 2,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: disconnectTimeoutMs,
    socketTimeout: silenceMs[use],
    keepAlive: 10_000,
    // Ends all calls of a connection with it.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // While Redis loads its file: how often it is asked whether it has.
    maxLoadingRetryTime: 200,
    enableAutoPipelining: use === 'commands',
  } satisfies ClientOptions;
}

function sentinelSettings(options: RedisOptions) {
  const tls = tlsSettings(options);
  return {
    ...(options.sentinelPassword === undefined ? {} : { sentinelPassword: options.sentinelPassword }),
    ...(tls === undefined ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    sentinelCommandTimeout: connectTimeoutMs,
    sentinelRetryStrategy: () => null,
  } satisfies ClientOptions;
}

function createCluster(
  nodes: readonly { readonly host: string; readonly port: number }[],
  settings: ReturnType<typeof clientSettings>,
  use: ClientUse,
): Cluster {
  return new Cluster(
    nodes.map((node) => ({ ...node })),
    {
      redisOptions: settings,
      enableAutoPipelining: use === 'commands',
      enableOfflineQueue: false,
      clusterRetryStrategy: pauseBefore,
      clusterNodeRetryStrategy: pauseBefore,
      // After a lost connection ioredis would send the command again, though it may have run. `ClusterReach` looks for
      // the new master instead.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      retryDelayOnTryAgain: firstPauseMs,
      maxRedirections: 4,
      // Certificates bear names: they are looked up by whoever connects.
      dnsLookup: (address, callback) => callback(null, address),
    },
  );
}
