import { availableParallelism } from 'node:os';
import type { LogLevel } from '../core/administration.ts';
import type { Application, Grant } from '../core/applications.ts';
import type { GuardSettings } from '../core/guard/guard.ts';
import type { Bounds, TableSettings } from '../core/reads/settings.ts';
import type { ScanBounds } from '../core/scans/scan.ts';
import type { LimitId } from '../core/throttle/limit.ts';
import type { WrittenLimit } from '../core/throttle/settings-changes.ts';
import { orderByDistance } from '../core/topology/distance.ts';
import type { Topology } from '../core/topology/topology.ts';
import { type ContactedCassandra, cassandraFrom, type EmbeddedCassandra } from './cassandra-config.ts';
import { checked } from './checked.ts';
import { isLoopback } from './cross-checks.ts';
import type { FileContents } from './file-contents.ts';
import { limitsFrom, type Reserves, reservesFrom } from './limit-config.ts';
import { type RedisConfig, redisFrom } from './redis-config.ts';
import { mostWorkers, type Settings } from './schema.ts';
import { speculativeRetryFrom, tablesFrom } from './table-config.ts';
import { parseDurationMs, parseSizeBytes } from './units.ts';

export type { ContactedCassandra, EmbeddedCassandra } from './cassandra-config.ts';
export type { RedisConfig } from './redis-config.ts';

/** What the system is built from: checked, complete, in plain units. */
export interface Config {
  readonly data: ListeningPort & {
    /** Names besides `localhost` by which the data port may be called where loopback is believed. */
    readonly allowedHosts: readonly string[];
  };
  readonly admin: ListeningPort & {
    /** Names besides loopback by which the admin port may be called. */
    readonly allowedHosts: readonly string[];
    /** Who may read the metrics; `viewer`: whoever may look at all. */
    readonly metrics: 'open' | 'viewer';
    /** SHA-256 of each key, 64 lower-case hex digits. */
    readonly keyHashes: { readonly operator: readonly string[]; readonly viewer: readonly string[] };
  };
  readonly cassandra: EmbeddedCassandra | ContactedCassandra;
  readonly topology?: Topology;
  readonly authentication: Authentication;
  readonly applications: readonly ConfiguredApplication[];
  /** Those of the file as they are written; by `storefront/read`, `class:backend/scan`, `fleet:all/read`. */
  readonly limits: ReadonlyMap<LimitId, WrittenLimit>;
  /** Of callers who would rather wait than be refused. */
  readonly waiting: { readonly callers: number; readonly longestMs: number };
  /** Absent: each process counts for itself. */
  readonly redis?: RedisConfig;
  /** Processes that serve; from 1 to 64, and 1 without Redis. */
  readonly workers: number;
  /** By `keyspace.table`; a table that is not here has the core's defaults. */
  readonly tables: ReadonlyMap<string, TableSettings>;
  readonly cache: {
    /** For all rows that this process keeps. */
    readonly sizeBytes: number;
    /** For so long after the start, at most so many messages are under way at once. */
    readonly warmUp: { readonly messages: number; readonly durationMs: number };
    /** What becomes of cached rows where invalidations of other instances were lost. */
    readonly onGap: 'expire' | 'drop';
  };
  /** Absent: limits stay as they are set. */
  readonly guard?: GuardSettings;
  /** What the fleet's limits keep for classes. */
  readonly reserves: Reserves;
  readonly scans: ScanBounds;
  /** Secrets that seal cursors, the first one those that are given; empty: the process makes one up. */
  readonly cursorKeys: readonly string[];
  readonly bounds: Bounds;
  readonly log: { readonly level: LogLevel };
  readonly shutdown: { readonly delayMs: number; readonly timeoutMs: number };
  /** Whether a change of the files is taken over by itself. */
  readonly watch: boolean;
}

interface ListeningPort {
  readonly host: string;
  readonly port: number;
  readonly tls?: Identity;
}

/** Who a port is: PEM texts that belong together. */
export interface Identity {
  /** The certificate, then the rest of its chain. */
  readonly cert: string;
  readonly key: string;
}

/** With `trusted`, addresses and CIDR ranges whose X-Weir-App is believed; loopback is among them where the data port listens on loopback. */
type Authentication =
  | { readonly mode: 'keys' }
  | { readonly mode: 'trusted'; readonly trustedProxies: readonly string[] };

interface ConfiguredApplication {
  readonly application: Application;
  /** SHA-256 of each credential, 64 lower-case hex digits. */
  readonly keyHashes: readonly string[];
}

/** Builds the configuration from settings and files that have been checked. */
export function configFromSettings(
  settings: Settings,
  contents: FileContents,
  topology: Topology | undefined,
): Config {
  const { data, admin, cache, log, shutdown, reload } = settings;
  const cassandra = cassandraFrom(settings.cassandra, contents);
  return {
    data: {
      host: data.host,
      port: data.port,
      allowedHosts: data.allowedHosts,
      ...identityOf('data', contents),
    },
    admin: {
      host: admin.host,
      port: admin.port,
      allowedHosts: admin.allowedHosts,
      metrics: admin.metrics,
      keyHashes: {
        operator: admin.keyHashes.operator.map(bareHash),
        viewer: admin.keyHashes.viewer.map(bareHash),
      },
      ...identityOf('admin', contents),
    },
    cassandra,
    ...(topology === undefined ? {} : { topology }),
    authentication: authenticationFrom(settings),
    applications: applicationsFrom(settings, cassandra.datacenter, topology),
    limits: limitsFrom(settings),
    waiting: {
      callers: settings.waiting.callers,
      longestMs: checked(parseDurationMs(settings.waiting.longest)),
    },
    ...(settings.redis === undefined ? {} : { redis: redisFrom(settings.redis, contents) }),
    workers: settings.workers === 'auto' ? Math.min(mostWorkers, availableParallelism()) : settings.workers,
    tables: tablesFrom(settings.tables),
    cache: {
      sizeBytes: checked(parseSizeBytes(cache.size)),
      warmUp: {
        messages: cache.warmUp.messages,
        durationMs: checked(parseDurationMs(cache.warmUp.duration)),
      },
      onGap: cache.onGap,
    },
    ...(settings.guard === undefined ? {} : { guard: guardFrom(settings.guard) }),
    reserves: reservesFrom(settings),
    scans: {
      streams: settings.scans.streams,
      maxDurationMs: checked(parseDurationMs(settings.scans.maxDuration)),
    },
    cursorKeys: (settings.cursorKeyFiles ?? []).map((_, index) =>
      checked(contents.get(`cursorKeyFiles.${index}`)),
    ),
    bounds: boundsFrom(settings.bounds),
    log: { level: log.level },
    shutdown: {
      delayMs: checked(parseDurationMs(shutdown.delay)),
      timeoutMs: checked(parseDurationMs(shutdown.timeout)),
    },
    watch: reload.watch,
  };
}

function identityOf(section: 'data' | 'admin', contents: FileContents): { tls?: Identity } {
  const cert = contents.get(`${section}.tls.certFile`);
  const key = contents.get(`${section}.tls.keyFile`);
  return cert === undefined || key === undefined ? {} : { tls: { cert, key } };
}

function authenticationFrom({ auth, trustedProxies, data }: Settings): Authentication {
  if (auth === 'keys') return { mode: 'keys' };
  const loopback = isLoopback(data.host) ? ['127.0.0.0/8', '::1'] : [];
  return { mode: 'trusted', trustedProxies: [...loopback, ...trustedProxies] };
}

function applicationsFrom(
  { applications, classes }: Settings,
  ownDatacenter: string,
  topology: Topology | undefined,
): readonly ConfiguredApplication[] {
  return Object.entries(applications).map(([name, entry]) => {
    const listed = new Map(Object.entries(classes ?? {})).get(entry.class);
    const written = listed?.datacenters ?? [ownDatacenter];
    return {
      application: {
        name,
        className: entry.class,
        datacenters: topology === undefined ? written : orderByDistance(topology, ownDatacenter, written),
        cacheUse: listed?.cache ?? (entry.class === 'backend' ? 'read' : 'fill'),
        ...(entry.speculativeRetry === undefined
          ? {}
          : { speculativeRetry: speculativeRetryFrom(entry.speculativeRetry) }),
        grants: new Map(Object.entries(entry.tables).map(([table, granted]) => [table, grantFrom(granted)])),
      },
      keyHashes: (entry.keyHashes ?? []).map(bareHash),
    };
  });
}

type WrittenGrant = Settings['applications'][string]['tables'][string];

function grantFrom(granted: WrittenGrant): Grant {
  if (Array.isArray(granted)) return { operations: new Set(granted), columns: undefined };
  const { operations, columns } = granted as Exclude<WrittenGrant, readonly unknown[]>;
  return { operations: new Set(operations), columns: columns === undefined ? undefined : new Set(columns) };
}

function guardFrom({ target, min, protects, slows }: NonNullable<Settings['guard']>): GuardSettings {
  return { targetMs: checked(parseDurationMs(target)), min, protects, slows };
}

function boundsFrom(bounds: Settings['bounds']): Bounds {
  const timeoutMs = checked(parseDurationMs(bounds.timeout));
  return {
    keys: bounds.keys,
    rows: bounds.rows,
    bodyBytes: checked(parseSizeBytes(bounds.bodySize)),
    answerBytes: checked(parseSizeBytes(bounds.answerSize)),
    timeoutMs,
    defaultTimeoutMs: Math.min(timeoutMs, checked(parseDurationMs(bounds.defaultTimeout))),
    inFlightPerHost: bounds.inFlightPerHost,
    keysInFlight: bounds.keysInFlight,
    writeRows: bounds.writeRows,
  };
}

function bareHash(hash: string): string {
  return hash.slice('sha256:'.length);
}
