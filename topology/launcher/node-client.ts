import { readFileSync } from 'node:fs';
import { Client, type ClientOptions, policies } from 'cassandra-driver';
import type { NodeAccess } from './node-access.ts';

/** Where a client of one node connects. */
export interface NodeAddress {
  readonly address: string;
  readonly port: number;
  readonly datacenter: string;
  readonly access?: NodeAccess;
}

export interface NodeClientOptions {
  readonly keyspace?: string;
  readonly readTimeoutMs?: number;
}

/**
 * A driver that asks this one node and no other, with paging off. Not connected yet; whoever makes it shuts
 * it down.
 */
export function nodeClient(
  node: NodeAddress,
  { keyspace, readTimeoutMs = 12_000 }: NodeClientOptions = {},
): Client {
  const { AllowListPolicy, DCAwareRoundRobinPolicy } = policies.loadBalancing;
  const endpoint = `${node.address}:${node.port}`;
  return new Client({
    contactPoints: [endpoint],
    localDataCenter: node.datacenter,
    ...(keyspace === undefined ? {} : { keyspace }),
    protocolOptions: { maxVersion: 4 },
    policies: {
      loadBalancing: new AllowListPolicy(new DCAwareRoundRobinPolicy(node.datacenter), [endpoint]),
      retry: new policies.retry.FallthroughRetryPolicy(),
    },
    queryOptions: { fetchSize: 0, prepare: true },
    socketOptions: { connectTimeout: 5_000, readTimeout: readTimeoutMs },
    ...accessOptions(node.access),
  });
}

/** The driver's options for being let in. */
function accessOptions(access: NodeAccess | undefined): Pick<ClientOptions, 'credentials' | 'sslOptions'> {
  return {
    ...(access?.login ? { credentials: { ...access.login } } : {}),
    ...(access?.caPath === undefined
      ? {}
      : { sslOptions: { ca: readFileSync(access.caPath, 'utf8'), rejectUnauthorized: true } }),
  };
}
