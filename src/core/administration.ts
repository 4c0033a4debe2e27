/**
 * What the admin port shows and changes. The edge knows who asks and how it is written; what it does is handed
 * in by the composition root.
 */
import type { InvalidationReach } from './cache/invalidation-follower.ts';
import type { RowCacheStats } from './cache/row-cache.ts';
import type { GuardAdministration } from './guard/guard.ts';
import type { Explanation } from './reads/explanation.ts';
import type { LimitAdministration } from './throttle/limit-administration.ts';

export const roles = ['viewer', 'operator'] as const;
/** An operator may do what a viewer may. */
export type Role = (typeof roles)[number];

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Where a value of the configuration came from. */
export interface SettingOrigin {
  /** From the root, `tables.shop.products.grouping` as `['tables', 'shop.products', 'grouping']`. */
  readonly path: readonly string[];
  readonly source: 'default' | 'file' | 'environment' | 'flag';
  /** `weir.yaml:3:9`, `environment variable WEIR_DATA__PORT`, `flag --set data.port`; empty for a default. */
  readonly place: string;
  /** Whether a change takes effect without a restart. */
  readonly reloadable: boolean;
}

/** The configuration in force, in the file's own form, defaults filled in, secrets masked. */
export interface ConfigView {
  readonly settings: unknown;
  /** One a leaf, in the order of the settings. */
  readonly origins: readonly SettingOrigin[];
  /** Keys of the file that differ from what is in force and wait for a restart. */
  readonly pendingRestart: readonly string[];
  /** When it was taken over; RFC 3339. */
  readonly since: string;
}

/** One fault of a configuration, as it is told on the command line. */
export interface ConfigFault {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly path: readonly string[];
  readonly what: string;
  readonly why: string;
  readonly nearest?: string | undefined;
}

export type ReloadReport =
  | {
      readonly outcome: 'applied' | 'unchanged';
      /** Paths, `tables.shop.products.grouping`. */
      readonly applied: readonly string[];
      readonly pendingRestart: readonly string[];
    }
  | { readonly outcome: 'refused'; readonly faults: readonly ConfigFault[] };

/** The cluster as this instance sees it. */
export interface TopologyView {
  readonly ringEpoch: number;
  readonly ownDatacenter: string;
  readonly ownRack: string | null;
  readonly datacenters: readonly {
    readonly name: string;
    /** Null without a topology file. */
    readonly region: string | null;
    readonly distance: 'own' | 'same-region' | 'other-region' | null;
    readonly nodes: readonly {
      readonly address: string;
      readonly rack: string;
      /** Null: no application reads from the datacenter, so this instance does not connect to it. */
      readonly up: boolean | null;
      readonly inFlight: number;
      readonly tokens: number;
    }[];
  }[];
  readonly keyspaces: readonly { readonly name: string; readonly replication: string }[];
  readonly classes: readonly { readonly name: string; readonly datacenters: readonly string[] }[];
  /** What the topology file and the cluster do not agree on; empty without a file. */
  readonly lint: readonly string[];
}

/** The row cache of this instance. Where no table is cached it is there all the same, and empty. */
export interface CacheAdministration {
  readonly stats: () => RowCacheStats | Promise<RowCacheStats>;
  /**
   * Drops the rows of one table, or of those of its partitions that `keys` names, each in the form that a look-up
   * takes (a whole primary key drops its partition). The room of a whole table is used again as new rows come, not at
   * once. Rejects with a `RequestError`: `not-found` for a table that the cluster lacks, `invalid-request` with a fault
   * for each bad key, `not-ready` or `deadline-exceeded` where the schema cannot be read; nothing is dropped then, nor
   * later. Otherwise it is dropped here in any case, and `reach` tells whether every other instance of the fleet was told
   * to: `instance` also where there is no fleet.
   */
  readonly purge: (what: {
    readonly keyspace: string;
    readonly table: string;
    readonly keys?: unknown;
  }) => Promise<{ readonly partitions: number | 'all'; readonly reach: InvalidationReach }>;
}

export interface DrainReport {
  /** Requests of the data port that are under way. */
  readonly inFlight: number;
}

export interface Administration {
  readonly config: () => ConfigView;
  /** Checks a file without taking it over. */
  readonly validateConfig: (yaml: string) => readonly ConfigFault[];
  /** Rejects never; a refused file changes nothing. */
  readonly reloadConfig: () => Promise<ReloadReport>;
  readonly topology: () => TopologyView;
  /** Rejects with a `RequestError`; `not-found` for an unknown application. */
  readonly explain: (call: {
    readonly application: string;
    readonly keyspace: string;
    readonly table: string;
    readonly body: unknown;
  }) => Promise<Explanation>;
  readonly cache: CacheAdministration;
  readonly limits: LimitAdministration;
  readonly guard: GuardAdministration;
  readonly logLevel: { readonly get: () => LogLevel; readonly set: (level: LogLevel) => void };
  /** Begins the shutdown; returns at once, and does nothing the second time. */
  readonly drain: () => DrainReport | Promise<DrainReport>;
}
