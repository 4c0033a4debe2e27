import fc from 'fast-check';
import { createEmbeddedCluster } from '../../src/adapters/embedded/embedded-cluster.ts';
import { systemClock } from '../../src/adapters/node/clock.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import type { Application } from '../../src/core/applications.ts';
import type { CqlType } from '../../src/core/encoding/cql-type.ts';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import { jsonFromValue } from '../../src/core/encoding/json-from-value.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { createReadPath } from '../../src/core/reads/read-path.ts';
import { defaultBounds, defaultTableSettings } from '../../src/core/reads/settings.ts';
import { createAuthenticator } from '../../src/http/authenticate.ts';
import { silentTelemetry } from '../support/silent-telemetry.ts';
import { scalarNames, valuesOf } from '../unit/encoding/arbitrary-values.ts';
import { createDataApp, type DataAppFixture } from './data-app-fixture.ts';

const scalar = (kind: (typeof scalarNames)[number]): CqlType => ({ kind });

const address: CqlType = {
  kind: 'udt',
  keyspace: 'shop',
  name: 'address',
  fields: [
    { name: 'street', type: scalar('text') },
    { name: 'house "no."', type: scalar('int') },
  ],
};

/** By the name of a table whose key has this type. Cassandra takes no counter and no duration in a key. */
export const keyTypes: ReadonlyMap<string, CqlType> = new Map<string, CqlType>([
  ...scalarNames
    .filter((name) => name !== 'counter' && name !== 'duration')
    .map((name) => [`by_${name}`, scalar(name)] as const),
  ['by_list', { kind: 'list', element: scalar('text') }],
  ['by_set', { kind: 'set', element: scalar('int') }],
  ['by_text_map', { kind: 'map', key: scalar('text'), value: scalar('bigint') }],
  ['by_int_map', { kind: 'map', key: scalar('int'), value: scalar('text') }],
  ['by_tuple', { kind: 'tuple', elements: [scalar('int'), scalar('text')] }],
  ['by_vector', { kind: 'vector', element: scalar('float'), dimension: 3 }],
  ['by_address', address],
]);

export function keyTypeOf(table: string): CqlType {
  const type = keyTypes.get(table);
  if (type === undefined) throw new Error(`there is no table ${table}`);
  return type;
}

export interface KeyTypePort {
  readonly port: DataAppFixture;
  /** By table, the keys of its rows as JSON; also what the row's `echo` says. */
  readonly stored: ReadonlyMap<string, readonly string[]>;
}

/** A whole data port on the embedded ring, with a table for each key type; a row's `echo` is its key. */
export function openKeyTypePort(): KeyTypePort {
  const random = createSeededRandom(1);
  const datacenters = [{ name: 'us-east-1-frontend', nodes: 6, racks: 3 }];
  const cluster = createEmbeddedCluster({ clock: systemClock, text: nodeText, random, datacenters });
  const factors = new Map([['us-east-1-frontend', 3]]);
  cluster.createKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
  const stored = new Map<string, readonly string[]>();
  for (const [name, type] of keyTypes) {
    const key = { name: 'key', kind: 'partition', type, cqlType: type.kind } as const;
    const echo = { name: 'echo', kind: 'regular', type: scalar('text'), cqlType: 'text' } as const;
    const columns = [key, echo];
    cluster.createTable({ keyspace: 'shop', name, partitionKey: [key], clusteringKey: [], columns });
    const rows: string[] = [];
    for (const value of fc.sample(valuesOf(type), { numRuns: 60, seed: 5 })) {
      const json = value === '' ? undefined : attempt(() => jsonFromValue(type, value));
      if (json === undefined || json === 'null' || json === '"0x"') continue;
      insert(cluster, name, value, json);
      rows.push(json);
    }
    stored.set(name, rows);
  }
  return { port: openPort(cluster), stored };
}

function insert(
  cluster: ReturnType<typeof createEmbeddedCluster>,
  table: string,
  key: CqlValue,
  echo: string,
) {
  cluster.insert('shop', table, [
    ['key', key],
    ['echo', echo],
  ]);
}

function openPort(cluster: ReturnType<typeof createEmbeddedCluster>): DataAppFixture {
  const grant = { operations: new Set(['read'] as const), columns: undefined };
  const application: Application = {
    name: 'storefront',
    className: 'frontend',
    datacenters: ['us-east-1-frontend'],
    cacheUse: 'fill',
    grants: new Map([...keyTypes.keys()].map((table) => [`shop.${table}`, grant])),
  };
  const telemetry = silentTelemetry;
  const { lookUp, readRow, describe } = createReadPath({
    cluster,
    clock: systemClock,
    text: nodeText,
    telemetry,
    bounds: defaultBounds,
    settingsOf: () => defaultTableSettings,
    ownRack: undefined,
  });
  const authenticator = createAuthenticator({
    mode: 'trusted',
    applications: new Map([['storefront', application]]),
    trustedProxies: ['127.0.0.1'],
  });
  return createDataApp(lookUp, { clock: systemClock, authenticator, readRow, describe });
}

/** Undefined for what cannot be written, such as a timestamp too far away. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
