import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { withNodeClient } from './real-cluster.ts';

/** How many keys a node has read from its own disk and memory, and how many it has coordinated, since it started. */
export interface ReadCounts {
  readonly name: string;
  readonly datacenter: string;
  readonly local: number;
  readonly coordinator: number;
}

/** From the nodes' own counters, each asked through a client pinned to it. */
export async function nodeReads(
  cluster: RunningCluster,
  keyspace: string,
  table: string,
): Promise<ReadCounts[]> {
  const counts: ReadCounts[] = [];
  for (const node of cluster.nodes()) {
    counts.push(
      await withNodeClient(node, async (client) => {
        const count = async (view: string): Promise<number> => {
          const query = `SELECT count FROM system_views.${view} WHERE keyspace_name = ? AND table_name = ?`;
          const result = await client.execute(query, [keyspace, table], { prepare: true });
          return Number(result.first()?.['count'] ?? 0);
        };
        return {
          name: node.name,
          datacenter: node.datacenter,
          local: await count('local_read_latency'),
          coordinator: await count('coordinator_read_latency'),
        };
      }),
    );
  }
  return counts;
}
