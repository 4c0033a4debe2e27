/**
 * Global setup of the projects `integration` and `e2e`: one real cluster for all their files. Six front-end nodes in
 * three racks, two back-end nodes in two, and in another region a second front end of two nodes.
 *
 * WEIR_TEST_CLUSTER=NAME uses a running cluster of the launcher instead and leaves it running.
 * WEIR_REQUIRE=cassandra makes it a failure when there can be no cluster; otherwise its tests are skipped.
 */
import type { TestProject } from 'vitest/node';
import { defaultClustersDirectory } from '../../topology/launcher/cluster-directory.ts';
import { type ClusterSpec, defaultSpec, planNodes } from '../../topology/launcher/cluster-spec.ts';
import { spawnGuardian } from '../../topology/launcher/guardian.ts';
import { LocalCluster } from '../../topology/launcher/local-cluster.ts';
import { LocalProvider } from '../../topology/launcher/local-provider.ts';
import { whyTaken } from '../../topology/launcher/network-port.ts';
import type { RealClusterDescription } from './real-cluster.ts';
import { isRequired } from './requirements.ts';

const farFrontend = { name: 'us-west-2-frontend', nodes: 2, racks: 2 };
const addressBlocks = [1, 2, 3, 4].map((block) => `127.0.${block}.11`);

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const existing = process.env['WEIR_TEST_CLUSTER'];
  if (existing !== undefined && existing !== '') {
    LocalCluster.attach(defaultClustersDirectory, existing);
    provide(project, { name: existing, directory: defaultClustersDirectory });
    return async () => undefined;
  }
  const provider = new LocalProvider(defaultClustersDirectory, talk);
  const reason = await provider.unavailable();
  if (reason !== undefined) {
    if (isRequired('cassandra')) throw new Error(`WEIR_REQUIRE asks for Cassandra: ${reason}`);
    talk(`tests on a real cluster are skipped: ${reason}`);
    provide(project, { unavailable: reason });
    return async () => undefined;
  }
  const spec = await testSpec();
  spawnGuardian(defaultClustersDirectory, spec.name);
  const cluster = await provider.start(spec);
  // Global setups run one after another in one process: the next project uses this cluster.
  process.env['WEIR_TEST_CLUSTER'] = spec.name;
  provide(project, { name: spec.name, directory: defaultClustersDirectory });
  return () => cluster.stop();
}

/** Away from the addresses of a user's own cluster, and of another run of the tests. */
async function testSpec(): Promise<ClusterSpec> {
  const datacenters = [...defaultSpec.datacenters, farFrontend];
  const spec = { ...defaultSpec, datacenters, name: `test-${process.pid}`, quickStart: true };
  const reasons: string[] = [];
  for (const firstAddress of addressBlocks) {
    const candidate = { ...spec, firstAddress };
    const taken = await firstTaken(candidate);
    if (taken === undefined) return candidate;
    reasons.push(taken);
  }
  throw new Error(`no free addresses for the test cluster: ${reasons.join('; ')}`);
}

async function firstTaken(spec: ClusterSpec): Promise<string | undefined> {
  for (const { address, port } of planNodes(spec)) {
    const reason = await whyTaken(address, port);
    if (reason !== undefined) return `${address}:${port} ${reason}`;
  }
  return undefined;
}

function provide(project: TestProject, description: RealClusterDescription): void {
  project.provide('realCluster', description);
}

function talk(line: string): void {
  process.stderr.write(`[cluster] ${line}\n`);
}
