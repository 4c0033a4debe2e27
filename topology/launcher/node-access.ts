import { join } from 'node:path';
import type { ClusterSpec } from './cluster-spec.ts';

/** What a driver needs, besides the address, to be let in. */
export interface NodeAccess {
  readonly login?: { readonly username: string; readonly password: string };
  /** The authority that signed the nodes' certificates, in PEM; present: drivers must speak TLS. */
  readonly caPath?: string;
}

/** The role that Cassandra makes by itself, and its password; known to everybody, like the clusters it is for. */
const superuser = { username: 'cassandra', password: 'cassandra' } as const;

export function caPathIn(clusterDirectory: string): string {
  return join(clusterDirectory, 'ca.pem');
}

/** Undefined when everybody is let in. */
export function accessOf(spec: ClusterSpec, clusterDirectory: string): NodeAccess | undefined {
  if (!spec.password && !spec.tls) return undefined;
  return {
    ...(spec.password ? { login: superuser } : {}),
    ...(spec.tls ? { caPath: caPathIn(clusterDirectory) } : {}),
  };
}
