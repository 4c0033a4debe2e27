import { nodeText } from '../../src/adapters/node/text.ts';
import { murmur3Token } from '../../src/core/token/murmur3.ts';
import type { TestCluster } from './real-cluster.ts';

/** Who owns what, as the cluster itself says. */
export interface DescribedOwners {
  /** The addresses of the replicas of a key of one text column, in any order. */
  ofKey(key: string): readonly string[];
}

/** From `DESCRIBE CLUSTER`, which tells the replicas of each range by its end. */
export async function describedOwners(cluster: TestCluster, keyspace: string): Promise<DescribedOwners> {
  const node = cluster.nodes().find(({ pid }) => pid !== undefined);
  if (node === undefined) throw new Error('the cluster has nodes');
  const ranges = await cluster.withNodeClient(node, async (client) => {
    await client.execute(`USE ${keyspace}`);
    const row = (await client.execute('DESCRIBE CLUSTER')).first();
    return row?.['range_ownership'] as Record<string, readonly string[]>;
  });
  const address = (endpoint: string): string => endpoint.replace(/^.*\//, '').replace(/:\d+$/, '');
  const owners = new Map(Object.entries(ranges).map(([end, named]) => [BigInt(end), named.map(address)]));
  const ends = [...owners.keys()].sort((a, b) => (a < b ? -1 : 1));
  return {
    ofKey(key) {
      const token = murmur3Token(nodeText.utf8(key));
      const value = (BigInt(token.hi) << 32n) | BigInt(token.lo);
      const end = ends.find((candidate) => candidate >= value) ?? ends[0];
      return owners.get(end as bigint) ?? [];
    },
  };
}
