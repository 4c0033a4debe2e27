/** Who asks, and what it may do. Built from the configuration; names of applications are metric labels. */

import type { SpeculativeRetry } from './speculation/speculative-retry.ts';

export const operations = ['read', 'write', 'scan'] as const;
export type Operation = (typeof operations)[number];

/** `fill`: reads the cache and fills it; `read`: as a batch job, which must not push out what front ends need; `off`: neither. */
export type CacheUse = 'fill' | 'read' | 'off';

export interface Application {
  readonly name: string;
  /** `frontend`, `backend` or another class of the configuration. */
  readonly className: string;
  /** Where this application's class reads: the nearest datacenter first, then its fallbacks in order. */
  readonly datacenters: readonly string[];
  readonly cacheUse: CacheUse;
  /** In place of the table's; undefined: the table's. */
  readonly speculativeRetry?: SpeculativeRetry | undefined;
  /** By `keyspace.table`. */
  readonly grants: ReadonlyMap<string, Grant>;
}

/** What an application may do on one table. */
export interface Grant {
  readonly operations: ReadonlySet<Operation>;
  /** Columns that it may see; undefined: all. The columns of the key may be asked by in any case. */
  readonly columns: ReadonlySet<string> | undefined;
}

/** What is granted on a table; undefined where nothing is: such a table is to look as if it did not exist. */
export function grantOn(application: Application, keyspace: string, table: string): Grant | undefined {
  const grant = application.grants.get(`${keyspace}.${table}`);
  return grant === undefined || grant.operations.size === 0 ? undefined : grant;
}
