import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'cassandra-driver';
import type { PlannedNode } from './cluster-spec.ts';
import { LauncherError, messageOf } from './launcher-error.ts';
import { nodeClient } from './node-client.ts';

const pollMs = 200;
const viewQueries = [
  'SELECT peer, tokens FROM system.peers_v2',
  'SELECT address, generation, rpc_ready FROM system_views.gossip_info',
  "SELECT schema_version FROM system.local WHERE key = 'local'",
];

/** What one node knows. */
interface View {
  /** Addresses of the other nodes whose tokens it has. */
  readonly peers: ReadonlySet<string>;
  /** Of the nodes that serve drivers, itself among them: in which of its lives each is. */
  readonly generations: ReadonlyMap<string, number>;
  readonly schemaVersion: string;
}

/**
 * Done when each of the nodes lists all the others with their tokens and in their present life, none lists a
 * node of `gone`, and all have the same schema. Until then a node plans reads with a ring that lacks peers, or
 * waits for one that it holds for dead.
 */
export async function waitForRingAgreement(
  nodes: readonly PlannedNode[],
  timeoutMs: number,
  gone: readonly string[] = [],
): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  const clients = nodes.map((node) => nodeClient(node, { readTimeoutMs: 5_000 }));
  try {
    for (;;) {
      const disagreement = await findDisagreement(nodes, clients, gone);
      if (disagreement === undefined) return;
      if (Date.now() > giveUpAt)
        throw new LauncherError(`no agreement after ${timeoutMs / 1000} s: ${disagreement}`);
      await delay(pollMs);
    }
  } finally {
    await Promise.allSettled(clients.map((client) => client.shutdown()));
  }
}

async function findDisagreement(
  nodes: readonly PlannedNode[],
  clients: readonly Client[],
  gone: readonly string[],
): Promise<string | undefined> {
  const views = await Promise.all(clients.map((client) => viewOf(client)));
  const versions = new Set<string>();
  for (const [index, node] of nodes.entries()) {
    const view = views[index];
    if (view === undefined || view instanceof Error)
      return `${node.name} does not answer (${messageOf(view)})`;
    const missing = nodes.find((other) => other !== node && !view.peers.has(other.address));
    if (missing !== undefined) return `${node.name} does not list ${missing.name}`;
    const stale = nodes.find(
      (other, place) => generationIn(view, other) !== generationIn(views[place], other),
    );
    if (stale !== undefined) return `${node.name} does not know yet that ${stale.name} serves`;
    const lingering = gone.find((address) => view.peers.has(address));
    if (lingering !== undefined) return `${node.name} still lists ${lingering}`;
    versions.add(view.schemaVersion);
  }
  return versions.size > 1 ? 'the nodes have different schemas' : undefined;
}

function generationIn(view: View | Error | undefined, node: PlannedNode): number | undefined {
  return view === undefined || view instanceof Error ? undefined : view.generations.get(node.address);
}

async function viewOf(client: Client): Promise<View | Error> {
  try {
    await client.connect();
    const [peers, gossip, local] = await Promise.all(
      viewQueries.map((query) => client.execute(query, [], { prepare: false })),
    );
    return {
      peers: new Set(peers?.rows.filter((row) => row['tokens'] !== null).map((row) => String(row['peer']))),
      generations: new Map(
        gossip?.rows
          .filter((row) => row['rpc_ready'] === 'true')
          .map((row) => [String(row['address']), Number(row['generation'])]),
      ),
      schemaVersion: String(local?.first()['schema_version']),
    };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
