import {
  ClusterDirectory,
  clusterNames,
  defaultClustersDirectory,
} from '../topology/launcher/cluster-directory.ts';
import { type ClusterSpec, defaultSpec } from '../topology/launcher/cluster-spec.ts';
import { spawnGuardian } from '../topology/launcher/guardian.ts';
import { UsageError } from '../topology/launcher/launcher-error.ts';
import { LocalCluster } from '../topology/launcher/local-cluster.ts';
import { LocalProvider } from '../topology/launcher/local-provider.ts';
import { nodeClient } from '../topology/launcher/node-client.ts';
import type { RunningCluster, RunningNode } from '../topology/launcher/provider.ts';
import type { Teardown } from './teardown.ts';

export interface ClusterChoice {
  /** Attach to this one and leave it running; without it a cluster is started. */
  readonly attachTo?: string;
  readonly nodes: number;
  /** Leave the started cluster running. */
  readonly keep: boolean;
}

/** Where the nodes under test stand; Weir and every driver read from there. */
export const datacenter = 'us-east-1-frontend';
export const racks = 3;
export const replicationFactor = 3;
const clusterName = 'bench';
const firstAddress = '127.0.51.11';

export function benchSpec(nodes: number): ClusterSpec {
  const datacenters = [{ name: datacenter, nodes, racks }];
  return { ...defaultSpec, name: clusterName, datacenters, firstAddress };
}

/** A cluster to measure on: as asked for, and not set up in a way that would spoil the figures. */
export async function openCluster(
  choice: ClusterChoice,
  teardown: Teardown,
  report: (line: string) => void,
): Promise<RunningCluster> {
  if (choice.attachTo !== undefined) return attach(choice.attachTo, report);
  const spec = benchSpec(choice.nodes);
  if (new ClusterDirectory(defaultClustersDirectory, spec.name).read()?.phase === 'ready') {
    throw new UsageError(
      `cluster ${spec.name} is still there: use it with --cluster ${spec.name}, or end it with ` +
        `npm run cluster -- down --name ${spec.name}`,
    );
  }
  teardown.add(`cluster ${spec.name}`, () => endUnlessKept(spec.name, choice.keep, report));
  if (!choice.keep) spawnGuardian(defaultClustersDirectory, spec.name);
  return new LocalProvider(defaultClustersDirectory, report).start(spec);
}

/** A start that did not succeed is not worth keeping. */
async function endUnlessKept(name: string, keep: boolean, report: (line: string) => void): Promise<void> {
  const directory = new ClusterDirectory(defaultClustersDirectory, name);
  const state = directory.read();
  if (state === undefined) return;
  if (keep && state.phase === 'ready') {
    report(`cluster ${name} is left running; use it again with --cluster ${name}`);
    return;
  }
  await LocalCluster.attach(defaultClustersDirectory, name, report).stop();
}

function attach(name: string, report: (line: string) => void): RunningCluster {
  const state = new ClusterDirectory(defaultClustersDirectory, name).read();
  if (state === undefined) {
    const names = clusterNames(defaultClustersDirectory);
    throw new UsageError(`there is no cluster ${name}; there is ${names.join(', ') || 'none at all'}`);
  }
  const fault = whyUnfit(state.spec);
  if (fault !== undefined) throw new UsageError(`cluster ${name} ${fault}`);
  const cluster = LocalCluster.attach(defaultClustersDirectory, name, report);
  const down = cluster.status().find(({ condition }) => condition !== 'running');
  if (down !== undefined) throw new UsageError(`cluster ${name}: ${down.name} is ${down.condition}`);
  return cluster;
}

/** What would make figures worthless. */
export function whyUnfit(spec: ClusterSpec): string | undefined {
  if (spec.quickStart) return 'was started with --quick-start: only the quick compiler works there';
  if (spec.dynamicSnitch) return 'has the dynamic snitch on: it forwards local reads on a busy machine';
  const own = spec.datacenters.find(({ name }) => name === datacenter);
  if (own === undefined) return `has no datacenter ${datacenter}`;
  if (own.nodes < replicationFactor) return `has fewer than ${replicationFactor} nodes in ${datacenter}`;
  return undefined;
}

/** The nodes that the load goes to. */
export function nodesUnderTest(cluster: RunningCluster): readonly RunningNode[] {
  return cluster.nodes().filter((node) => node.datacenter === datacenter);
}

/** For the record of a measurement. */
export async function describeCluster(cluster: RunningCluster): Promise<object> {
  const { spec } = new ClusterDirectory(defaultClustersDirectory, cluster.name).require();
  const [node] = nodesUnderTest(cluster);
  if (node === undefined) throw new Error(`cluster ${cluster.name} has no nodes in ${datacenter}`);
  const client = nodeClient(node);
  try {
    await client.connect();
    const { rows } = await client.execute('SELECT release_version FROM system.local');
    return { ...spec, cassandra: String(rows[0]?.['release_version']), replicationFactor };
  } finally {
    await client.shutdown();
  }
}
