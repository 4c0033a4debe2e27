/**
 * In place of `createDemoCluster`, in a process that was started with `job-slow-nodes-hook.ts`: SIGUSR2 makes the nodes of
 * the front end slow, and fast again.
 */
import {
  createDemoCluster as createRealCluster,
  type DemoClusterOptions,
} from '../../src/adapters/embedded/demo-data.ts';
import type { EmbeddedCluster } from '../../src/adapters/embedded/embedded-cluster.ts';

const slowMs = Number(process.env['WEIR_TEST_SLOW_MS']);

export function createDemoCluster(options: DemoClusterOptions): EmbeddedCluster {
  const cluster = createRealCluster(options);
  let isSlow = false;
  process.on('SIGUSR2', () => {
    isSlow = !isSlow;
    for (const node of cluster.state().nodes) {
      if (node.datacenter.endsWith('-frontend')) {
        cluster.setServiceTime(node, { perMessageMs: isSlow ? slowMs : 0 });
      }
    }
  });
  return cluster;
}
