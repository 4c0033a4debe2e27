import { lookup } from 'node:dns/promises';
import cassandra from 'cassandra-driver';
import type { Clock } from '../../core/ports.ts';
import { type ContactSettings, checkContactSettings, clientOptions } from './client-settings.ts';
import { startConnecting } from './connector.ts';
import { createSystemReader } from './system-queries.ts';

/** What someone who knows nothing but contact points can learn of a cluster. */
export interface ClusterSurvey {
  readonly nodes: readonly {
    /** `ip:port`. */
    readonly address: string;
    readonly datacenter: string;
    readonly rack: string;
  }[];
  /** Where the contact points stand; more than one where they differ. */
  readonly contactDatacenters: readonly string[];
  /** Without Cassandra's own keyspaces; sorted, at most 10,000. */
  readonly tables: readonly { readonly keyspace: string; readonly table: string }[];
}

/** Datacenters are found out before any is chosen, so none is connected to at first. */
const noDatacenter = 'unknown';
const ownKeyspaces = /^(system|system_.*|dse_.*|solr_admin|OpsCenter)$/;
const tableQuery = 'SELECT keyspace_name, table_name FROM system_schema.tables LIMIT 10000';

/** Connects twice, and leaves nothing open. Rejects with an `Error` whose message is a reason in words. */
export async function surveyCluster(
  settings: Omit<ContactSettings, 'datacenters'>,
  clock: Clock,
  timeoutMs: number,
): Promise<ClusterSurvey> {
  const endMs = clock.nowMs() + timeoutMs;
  const within = <Result>(
    datacenters: readonly string[],
    use: (client: cassandra.Client) => Promise<Result>,
  ): Promise<Result> => withClient({ ...settings, datacenters }, clock, endMs - clock.nowMs(), use);

  const nodes = await within([noDatacenter], async (client) =>
    client.hosts.values().map(({ address, datacenter, rack }) => ({ address, datacenter, rack })),
  );
  const contactDatacenters = await findContactDatacenters(settings.contactPoints, nodes);
  const [from = nodes[0]?.datacenter ?? noDatacenter] = contactDatacenters;
  const tables = await within([from], async (client) => {
    const { answers } = await createSystemReader(client, [from], from)([{ text: tableQuery }]);
    return (answers[0] ?? [])
      .map((row) => ({ keyspace: String(row['keyspace_name']), table: String(row['table_name']) }))
      .filter(({ keyspace }) => !ownKeyspaces.test(keyspace))
      .sort((a, b) => (`${a.keyspace}.${a.table}` < `${b.keyspace}.${b.table}` ? -1 : 1));
  });
  return { nodes, contactDatacenters, tables };
}

async function withClient<Result>(
  settings: ContactSettings,
  clock: Clock,
  timeoutMs: number,
  use: (client: cassandra.Client) => Promise<Result>,
): Promise<Result> {
  checkContactSettings(settings);
  const { promise, resolve, reject } = Promise.withResolvers<cassandra.Client>();
  let reason = 'no contact point answered in time';
  const cancel = clock.after(timeoutMs, () => reject(new Error(reason)));
  const stop = startConnecting({
    createClient: () => new cassandra.Client(clientOptions(settings)),
    clock,
    means: { hasCredentials: settings.credentials !== undefined, hasTls: settings.tls !== undefined },
    onConnected: resolve,
    onFailed: (failure) => {
      reason = failure.reason;
    },
  });
  try {
    return await use(await promise);
  } finally {
    cancel();
    await stop();
  }
}

/** A contact point may be a name, which stands for several addresses. One that no node goes by is left out. */
async function findContactDatacenters(
  contactPoints: readonly string[],
  nodes: ClusterSurvey['nodes'],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const point of contactPoints) {
    const host =
      /^\[([^\]]+)\]/.exec(point)?.[1] ?? (point.split(':').length > 2 ? point : (point.split(':')[0] ?? ''));
    const addresses = await lookup(host, { all: true }).catch(() => []);
    const known = new Set(addresses.map(({ address }) => address));
    for (const node of nodes) {
      if (known.has(node.address.replace(/:[0-9]+$/, ''))) found.add(node.datacenter);
    }
  }
  return [...found];
}
