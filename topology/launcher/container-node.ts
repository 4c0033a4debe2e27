import { GenericContainer, type StartedNetwork, type StartedTestContainer, Wait } from 'testcontainers';
import { type ClusterSpec, nativePort, type PlannedNode } from './cluster-spec.ts';

const image = 'cassandra:5.0';
const startTimeoutMs = 300_000;
const settingsPath = '/etc/cassandra/cassandra.yaml';

export interface ContainerLaunch {
  readonly spec: ClusterSpec;
  readonly node: PlannedNode;
  readonly network: StartedNetwork;
  /** Names on the network; those that do not answer are passed over. */
  readonly seeds: readonly string[];
  readonly bootstrap: boolean;
}

/** Starts a node's container; done when its log says that it serves. */
export function startContainer({
  spec,
  node,
  network,
  seeds,
  bootstrap,
}: ContainerLaunch): Promise<StartedTestContainer> {
  return new GenericContainer(image)
    .withNetwork(network)
    .withNetworkAliases(node.name)
    .withEnvironment({
      CASSANDRA_CLUSTER_NAME: spec.name,
      CASSANDRA_DC: node.datacenter,
      CASSANDRA_RACK: node.rack,
      CASSANDRA_ENDPOINT_SNITCH: 'GossipingPropertyFileSnitch',
      CASSANDRA_NUM_TOKENS: String(spec.tokensPerNode),
      CASSANDRA_SEEDS: seeds.join(','),
      MAX_HEAP_SIZE: `${spec.heapMiB}M`,
      HEAP_NEWSIZE: `${Math.floor(spec.heapMiB / 4)}M`,
      JVM_EXTRA_OPTS: javaOptions(spec, bootstrap),
    })
    .withEntrypoint(['bash', '-c', startScript(spec, bootstrap)])
    .withExposedPorts(nativePort)
    .withWaitStrategy(Wait.forLogMessage('Startup complete'))
    .withStartupTimeout(startTimeoutMs)
    .start();
}

/** The image takes most settings from the environment; these two only its settings file knows. */
function startScript(spec: ClusterSpec, bootstrap: boolean): string {
  const settings = `dynamic_snitch: ${spec.dynamicSnitch}\\nauto_bootstrap: ${bootstrap}\\n`;
  return [
    `sed -i -E '/^(dynamic_snitch|auto_bootstrap):/d' ${settingsPath}`,
    `printf '\\n${settings}' >> ${settingsPath}`,
    'exec docker-entrypoint.sh cassandra -f',
  ].join(' && ');
}

function javaOptions(spec: ClusterSpec, bootstrap: boolean): string {
  return [
    `-Dcassandra.ring_delay_ms=${bootstrap ? 8_000 : 2_000}`,
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    '-Dcassandra.superuser_setup_delay_ms=0',
    ...(spec.quickStart ? ['-XX:TieredStopAtLevel=1'] : []),
  ].join(' ');
}
