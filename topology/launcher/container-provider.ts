import { getContainerRuntimeClient, Network } from 'testcontainers';
import { type ClusterSpec, checkSpec, planNodes } from './cluster-spec.ts';
import { ContainerCluster } from './container-cluster.ts';
import { messageOf, UsageError } from './launcher-error.ts';
import type { ClusterProvider, Report } from './provider.ts';

/** Clusters of containers, one a node, from Cassandra's official image. They end with the process that started them. */
export class ContainerProvider implements ClusterProvider {
  readonly name = 'containers';
  readonly #report: Report;

  constructor(report: Report = () => undefined) {
    this.#report = report;
  }

  async unavailable(): Promise<string | undefined> {
    // Drivers follow the nodes' own addresses, which only Linux routes into a container network.
    if (process.platform !== 'linux') return 'addresses of containers are reachable from Linux only';
    try {
      await getContainerRuntimeClient();
      return undefined;
    } catch (error) {
      return `no container engine: ${messageOf(error)}`;
    }
  }

  async start(spec: ClusterSpec): Promise<ContainerCluster> {
    checkSpec(spec);
    if (spec.password || spec.tls)
      throw new UsageError('clusters of containers have neither passwords nor TLS');
    const network = await new Network().start();
    const cluster = new ContainerCluster(spec, network, this.#report);
    try {
      await cluster.found(planNodes(spec));
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }
}
