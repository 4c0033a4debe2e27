import {
  createEmbeddedCluster,
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
} from '../../../src/adapters/embedded/embedded-cluster.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { ReplicaError, type ReplicaErrorName } from '../../../src/core/errors.ts';
import type { Consistency, KeyBytes, ReadStatement, ReplicaRow } from '../../../src/core/ports.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { buildRing } from '../../../src/core/routing/ring.ts';
import { tokenOfKey } from '../../../src/core/token/partition-key.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { schemaOf } from '../../support/embedded-fixture.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';

export const keyCount = 200;

/** 4 nodes in `front`, 2 in `back`, `shop.items` with RF 2 in `front` and 1 in `back`, keys `0` to `199`. */
export interface EmbeddedRing {
  readonly cluster: EmbeddedCluster;
  readonly clock: FakeClock;
  readonly statement: ReadStatement;
  key(name: number | string): KeyBytes;
  owners(key: KeyBytes, datacenter?: string): readonly ClusterNode[];
  /** A node of `front` that does not own the key. */
  stranger(key: KeyBytes): ClusterNode;
  read(node: ClusterNode, keys: readonly KeyBytes[], asking?: Asking): Promise<readonly ReplicaRow[]>;
  /** Runs the clock until the read ends; how, and when. */
  outcome(node: ClusterNode, keys: readonly KeyBytes[], asking?: Asking): Promise<Outcome>;
}

interface Asking {
  readonly consistency?: Consistency;
  readonly timeoutMs?: number;
}

interface Outcome {
  readonly result: number | ReplicaErrorName;
  readonly atMs: number;
}

export function openEmbeddedRing(options: Partial<EmbeddedClusterOptions> = {}): EmbeddedRing {
  const clock = createFakeClock();
  const cluster = createEmbeddedCluster({
    clock,
    random: createSeededRandom(42),
    text: nodeText,
    datacenters: [
      { name: 'front', nodes: 4, racks: 2 },
      { name: 'back', nodes: 2 },
    ],
    ...options,
  });
  const factors = new Map([
    ['front', 2],
    ['back', 1],
  ]);
  cluster.createKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
  const table = schemaOf({
    keyspace: 'shop',
    name: 'items',
    partitionKey: [{ name: 'k', type: 'text' }],
    columns: [{ name: 'v', type: 'int' }],
  });
  cluster.createTable(table);
  for (let number = 0; number < keyCount; number += 1) {
    cluster.insert('shop', 'items', [
      ['k', `${number}`],
      ['v', number],
    ]);
  }
  const statement = { table, keyColumns: table.partitionKey, columns: table.columns };
  const owners = (key: KeyBytes, datacenter = 'front'): readonly ClusterNode[] =>
    buildRing(cluster.state(), 'shop')?.owners(tokenOfKey(key), datacenter) ?? [];
  const read: EmbeddedRing['read'] = (node, keys, asking = {}) => {
    const { consistency = 'LOCAL_ONE', timeoutMs = 60_000 } = asking;
    return cluster.read({ node, statement, keys, consistency, timeoutMs });
  };
  return {
    cluster,
    clock,
    statement,
    key: (name) => [nodeText.utf8(`${name}`)],
    owners,
    stranger(key) {
      const own = new Set(owners(key).map((node) => node.id));
      const found = cluster.state().nodes.find((node) => node.datacenter === 'front' && !own.has(node.id));
      if (found === undefined) throw new Error('every node owns the key');
      return found;
    },
    read,
    async outcome(node, keys, asking) {
      const ending = read(node, keys, asking).then(
        (rows) => rows.length,
        (error: unknown) => {
          if (error instanceof ReplicaError) return error.kind;
          throw error;
        },
      );
      return { result: await clock.runUntil(ending), atMs: clock.nowMs() };
    },
  };
}

/** The first item; a test that has none is wrong. */
export function firstOf<Item>(items: readonly Item[]): Item {
  const [first] = items;
  if (first === undefined) throw new Error('there is none');
  return first;
}
