import { readFileSync } from 'node:fs';
import { announcedAddress } from '../../topology/launcher/cassandra-files.ts';
import { defaultClustersDirectory } from '../../topology/launcher/cluster-directory.ts';
import { defaultSpec } from '../../topology/launcher/cluster-spec.ts';
import { spawnGuardian } from '../../topology/launcher/guardian.ts';
import type { LocalCluster } from '../../topology/launcher/local-cluster.ts';
import { LocalProvider } from '../../topology/launcher/local-provider.ts';
import type { RunningNode } from '../../topology/launcher/provider.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { withNodeClient } from './real-cluster.ts';

/**
 * A cluster of one node in each of two datacenters that wants TLS and a password, and whose nodes announce addresses at
 * which nobody is. Away from the addresses of the shared test cluster.
 */
export interface SecuredCluster {
  readonly near: RunningNode;
  readonly far: RunningNode;
  /** The PEM text of the authority. */
  readonly ca: string;
  readonly login: { readonly username: string; readonly password: string };
  /** The name in every node's certificate. */
  readonly serverName: string;
  /** From what a node announces to where it is. */
  translate(address: string): string;
  announced(node: RunningNode): string;
  /** Connections that Weir holds to a node, as the node counts them. */
  connections(node: RunningNode): Promise<number>;
  readonly cluster: LocalCluster;
}

const network = '203.0.113';

export async function startSecuredCluster(): Promise<SecuredCluster> {
  const spec = {
    ...defaultSpec,
    name: `secured-${process.pid}`,
    datacenters: [
      { name: 'us-east-1-frontend', nodes: 1, racks: 1 },
      { name: 'us-west-2-frontend', nodes: 1, racks: 1 },
    ],
    firstAddress: '127.0.9.11',
    quickStart: true,
    password: true,
    tls: true,
    announces: network,
  };
  spawnGuardian(defaultClustersDirectory, spec.name);
  const cluster = await new LocalProvider(defaultClustersDirectory).start(spec);
  const [near, far] = cluster.nodes();
  const { login, caPath } = near?.access ?? {};
  if (near === undefined || far === undefined || login === undefined || caPath === undefined) {
    throw new Error('two nodes that let nobody in were started');
  }
  const replication =
    "{'class': 'NetworkTopologyStrategy', 'us-east-1-frontend': 1, 'us-west-2-frontend': 1}";
  await applySchema(
    `CREATE KEYSPACE shop WITH replication = ${replication};
     CREATE TABLE shop.products (sku text PRIMARY KEY, title text);
     INSERT INTO shop.products (sku, title) VALUES ('a', 'Lamp');`,
    near,
  );
  const announced = (node: RunningNode): string => announcedAddress(network, node.address);
  const addresses = new Map([near, far].map((node) => [announced(node), node.address]));
  return {
    near,
    far,
    ca: readFileSync(caPath, 'utf8'),
    login,
    serverName: `${spec.name}.test`,
    translate: (address) => addresses.get(address) ?? address,
    announced,
    connections: countConnections,
    cluster,
  };
}

async function countConnections(node: RunningNode): Promise<number> {
  return withNodeClient(node, async (client) => {
    const { rows } = await client.execute('SELECT client_options FROM system_views.clients');
    return rows.filter((row) => row['client_options']?.APPLICATION_NAME === 'weir').length;
  });
}
