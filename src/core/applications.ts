/** Who asks, and what it may do. Built from the configuration; names of applications are metric labels. */

export const operations = ['read', 'write', 'scan'] as const;
export type Operation = (typeof operations)[number];

export interface Application {
  readonly name: string;
  /** `frontend`, `backend` or another class of the configuration. */
  readonly className: string;
  /** Where this application's class reads: the nearest datacenter first, then its fallbacks in order. */
  readonly datacenters: readonly string[];
  /** By `keyspace.table`. */
  readonly grants: ReadonlyMap<string, ReadonlySet<Operation>>;
}

/**
 * - `granted`
 * - `other-operation`: something is granted on the table, this is not (403)
 * - `hidden`: nothing is granted; the table is to look as if it did not exist (404)
 */
export type Access = 'granted' | 'other-operation' | 'hidden';

export function accessTo(
  application: Application,
  keyspace: string,
  table: string,
  operation: Operation,
): Access {
  const granted = application.grants.get(`${keyspace}.${table}`);
  if (granted === undefined || granted.size === 0) return 'hidden';
  return granted.has(operation) ? 'granted' : 'other-operation';
}
