import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { withNodeClient } from './real-cluster.ts';

/** Pages that a node was asked for, and ranges that it has read from its own disk and memory, since it started. */
export interface ScanCounts {
  readonly name: string;
  readonly datacenter: string;
  readonly coordinated: number;
  readonly local: number;
}

/** From the nodes' own counters; a node that does not run, or whose counters cannot be read, has none. */
export async function nodeScans(
  cluster: RunningCluster,
  keyspace: string,
  table: string,
): Promise<readonly ScanCounts[]> {
  return Promise.all(
    cluster.nodes().map((node) =>
      withNodeClient(node, async (client) => {
        const count = async (view: string): Promise<number> => {
          const query = `SELECT count FROM system_views.${view} WHERE keyspace_name = ? AND table_name = ?`;
          const result = await client.execute(query, [keyspace, table], { prepare: true });
          return Number(result.first()?.['count'] ?? 0);
        };
        return {
          name: node.name,
          datacenter: node.datacenter,
          coordinated: await count('coordinator_scan_latency'),
          local: await count('local_scan_latency'),
        };
      }),
    ),
  );
}
