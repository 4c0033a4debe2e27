import { Client } from 'cassandra-driver';
import { describe, inject } from 'vitest';
import { LocalCluster } from '../../topology/launcher/local-cluster.ts';
import { type NodeClientOptions, nodeClient } from '../../topology/launcher/node-client.ts';
import type { RunningCluster, RunningNode } from '../../topology/launcher/provider.ts';

/** What the global setup hands to the test files: a cluster to attach to, or why there is none. */
export type RealClusterDescription =
  | { readonly name: string; readonly directory: string }
  | { readonly unavailable: string };

declare module 'vitest' {
  interface ProvidedContext {
    realCluster: RealClusterDescription;
  }
}

/** A running cluster with the drivers that tests want. */
export interface TestCluster extends RunningCluster {
  /** Runs `task` with a driver that asks this one node and no other, paging off. */
  withNodeClient<T>(
    node: RunningNode,
    task: (client: Client) => Promise<T>,
    options?: NodeClientOptions,
  ): Promise<T>;
  /** Runs `task` with a driver that asks any node of the first datacenter, paging off. */
  withClient<T>(task: (client: Client) => Promise<T>): Promise<T>;
}

/**
 * The shared cluster. Whoever hurts it heals it: the next file expects it as it was. Throws when there is none;
 * `describeWithCluster` keeps tests from coming here then.
 */
export function realCluster(): TestCluster {
  const description = inject('realCluster');
  if ('unavailable' in description) throw new Error(`no real cluster: ${description.unavailable}`);
  const cluster = LocalCluster.attach(description.directory, description.name);
  return Object.assign(cluster, {
    withNodeClient,
    withClient: <T>(task: (client: Client) => Promise<T>) => withConnected(datacenterClient(cluster), task),
  });
}

/**
 * `describe` for tests that need the shared cluster. Where there is none the group is skipped under a title that
 * says why.
 */
export function describeWithCluster(title: string, define: () => void): void {
  const description = inject('realCluster');
  if ('unavailable' in description) describe.skip(`${title} (skipped: ${description.unavailable})`, define);
  else describe(title, define);
}

/** The node by name. Throws when there is none. */
export function nodeNamed(cluster: RunningCluster, name: string): RunningNode {
  const node = cluster.nodes().find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`there is no node ${name}`);
  return node;
}

/** Like the method of `TestCluster`, for a cluster of any provider. */
export function withNodeClient<T>(
  node: RunningNode,
  task: (client: Client) => Promise<T>,
  options: NodeClientOptions = {},
): Promise<T> {
  return withConnected(nodeClient(node, options), task);
}

function datacenterClient(cluster: RunningCluster): Client {
  const nodes = cluster.nodes();
  const datacenter = nodes[0]?.datacenter ?? '';
  const near = nodes.filter((node) => node.datacenter === datacenter && node.pid !== undefined);
  return new Client({
    contactPoints: near.map(({ address, port }) => `${address}:${port}`),
    localDataCenter: datacenter,
    protocolOptions: { maxVersion: 4 },
    queryOptions: { fetchSize: 0, prepare: true },
    socketOptions: { readTimeout: 30_000 },
  });
}

async function withConnected<T>(client: Client, task: (client: Client) => Promise<T>): Promise<T> {
  try {
    await client.connect();
    return await task(client);
  } finally {
    await client.shutdown();
  }
}
