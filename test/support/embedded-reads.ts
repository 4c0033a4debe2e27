import { createEmbeddedCluster, type EmbeddedCluster } from '../../src/adapters/embedded/embedded-cluster.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import type { Application } from '../../src/core/applications.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { createReadPath, type ReadPath } from '../../src/core/reads/read-path.ts';
import { defaultBounds, defaultTableSettings } from '../../src/core/reads/settings.ts';
import type { TableDefinition } from '../contract/cluster-fixture.ts';
import { schemaOf } from './embedded-fixture.ts';
import { createFakeClock } from './fake-clock.ts';
import { grantOf } from './scripted-reads.ts';
import { silentTelemetry } from './silent-telemetry.ts';

/** The whole read path over the embedded ring, with one table of the keyspace `shop`. */
export interface EmbeddedReads extends ReadPath {
  readonly cluster: EmbeddedCluster;
  /** The results of a look-up. */
  ask(body: unknown): Promise<readonly EmbeddedResult[]>;
  /** The row that a query addresses. */
  row(parameters: Readonly<Record<string, string>>): Promise<unknown>;
}

export interface EmbeddedResult {
  readonly status: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly truncated?: true;
}

export function openEmbeddedReads(table: Omit<TableDefinition, 'keyspace'>): EmbeddedReads {
  const clock = createFakeClock();
  const cluster = createEmbeddedCluster({
    clock,
    text: nodeText,
    random: createSeededRandom(1),
    datacenters: [{ name: 'front', nodes: 6, racks: 3 }],
  });
  const factors = new Map([['front', 3]]);
  cluster.createKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
  const descending = (table.clusteringKey ?? []).filter((column) => column.descending);
  cluster.createTable(schemaOf({ ...table, keyspace: 'shop' }), {
    descending: new Set(descending.map(({ name }) => name)),
  });
  const path = createReadPath({
    cluster,
    clock,
    text: nodeText,
    telemetry: silentTelemetry,
    bounds: defaultBounds,
    settingsOf: () => defaultTableSettings,
    ownRack: undefined,
  });
  const application: Application = {
    name: 'storefront',
    className: 'frontend',
    datacenters: ['front'],
    cacheUse: 'fill',
    grants: new Map([[`shop.${table.name}`, grantOf(['read'])]]),
  };
  const call = { application, keyspace: 'shop', table: table.name, deadlineMs: 1_000 };
  return {
    ...path,
    cluster,
    async ask(body) {
      const answer = await path.lookUp({ ...call, body, strict: false, debug: false });
      return JSON.parse(answer.body).results;
    },
    async row(parameters) {
      return JSON.parse((await path.readRow({ ...call, parameters: Object.entries(parameters) })).body);
    },
  };
}
