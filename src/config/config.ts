import type { Application } from '../core/applications.ts';
import type { Bounds, TableSettings } from '../core/reads/settings.ts';
import { isLoopback } from './cross-checks.ts';
import type { Settings } from './schema.ts';
import { parseDurationMs, parseSizeBytes } from './units.ts';

/** What the system is built from: checked, complete, in plain units. */
export interface Config {
  readonly data: { readonly host: string; readonly port: number };
  readonly admin: {
    readonly host: string;
    readonly port: number;
    /** Names besides loopback by which the admin port may be called. */
    readonly allowedHosts: readonly string[];
  };
  readonly cassandra: EmbeddedCassandra | ContactedCassandra;
  readonly authentication: Authentication;
  readonly applications: readonly ConfiguredApplication[];
  /** By `keyspace.table`; a table that is not here has the core's defaults. */
  readonly tables: ReadonlyMap<string, TableSettings>;
  readonly bounds: Bounds;
}

export interface EmbeddedCassandra {
  readonly kind: 'embedded';
  /** Where this instance stands. */
  readonly datacenter: string;
  readonly rack?: string;
  readonly datacenters: readonly EmbeddedDatacenter[];
  /** Products in `shop.products`: `sku-1` to `sku-<seedRows>`. */
  readonly seedRows: number;
  readonly tokensPerNode: number;
}

interface EmbeddedDatacenter {
  readonly name: string;
  readonly nodes: number;
  /** At most one a node. */
  readonly racks: number;
}

interface ContactedCassandra {
  readonly kind: 'contact-points';
  /** `host` or `host:port`. */
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
  readonly rack?: string;
  readonly login?: { readonly username: string; readonly password: string };
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

/** Builds the configuration from settings without faults; `password` is what `cassandra.passwordFile` held. */
export function configFromSettings(settings: Settings, password: string | undefined): Config {
  const { data, admin, bounds } = settings;
  const cassandra = cassandraFrom(settings.cassandra, password);
  return {
    data: { host: data.host, port: data.port },
    admin: { host: admin.host, port: admin.port, allowedHosts: admin.allowedHosts },
    cassandra,
    authentication: authenticationFrom(settings),
    applications: applicationsFrom(settings, cassandra.datacenter),
    tables: new Map(
      Object.entries(settings.tables ?? {}).map(([name, { grouping, maxKeysPerGroup, consistency }]) => [
        name,
        {
          grouping,
          maxKeysPerGroup: maxKeysPerGroup === 'unbounded' ? Number.POSITIVE_INFINITY : maxKeysPerGroup,
          defaultConsistency: consistency.default,
          allowedConsistencies: consistency.allowed,
        },
      ]),
    ),
    bounds: {
      keys: bounds.keys,
      rows: bounds.rows,
      bodyBytes: checked(parseSizeBytes(bounds.bodySize)),
      answerBytes: checked(parseSizeBytes(bounds.answerSize)),
      timeoutMs: checked(parseDurationMs(bounds.timeout)),
      inFlightPerHost: bounds.inFlightPerHost,
      keysInFlight: bounds.keysInFlight,
    },
  };
}

function cassandraFrom(
  cassandra: Settings['cassandra'],
  password: string | undefined,
): EmbeddedCassandra | ContactedCassandra {
  const { embedded, contactPoints, rack, username } = cassandra;
  const standsIn = rack === undefined ? {} : { rack };
  if (embedded !== undefined) {
    const datacenters = Object.entries(embedded.datacenters).map(([name, nodes]) => ({
      name,
      nodes,
      racks: Math.min(nodes, embedded.racks),
    }));
    return {
      kind: 'embedded',
      datacenter: checked(cassandra.datacenter ?? datacenters[0]?.name),
      ...standsIn,
      datacenters,
      seedRows: embedded.seedRows,
      tokensPerNode: embedded.tokensPerNode,
    };
  }
  return {
    kind: 'contact-points',
    contactPoints: checked(contactPoints),
    datacenter: checked(cassandra.datacenter),
    ...standsIn,
    ...(username === undefined ? {} : { login: { username, password: checked(password) } }),
  };
}

function authenticationFrom({ auth, trustedProxies, data }: Settings): Authentication {
  if (auth === 'keys') return { mode: 'keys' };
  const loopback = isLoopback(data.host) ? ['127.0.0.0/8', '::1'] : [];
  return { mode: 'trusted', trustedProxies: [...loopback, ...trustedProxies] };
}

function applicationsFrom(
  { applications, classes }: Settings,
  ownDatacenter: string,
): readonly ConfiguredApplication[] {
  return Object.entries(applications).map(([name, entry]) => ({
    application: {
      name,
      className: entry.class,
      datacenters: classes?.[entry.class]?.datacenters ?? [ownDatacenter],
      grants: new Map(Object.entries(entry.tables).map(([table, granted]) => [table, new Set(granted)])),
    },
    keyHashes: (entry.keyHashes ?? []).map((hash) => hash.slice('sha256:'.length)),
  }));
}

/** The checks before have made sure of the value; without them this is a fault of the program. */
function checked<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the configuration was used without having been checked');
  return value;
}
