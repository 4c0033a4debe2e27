import { parseCqlType } from '../../core/encoding/cql-type-parser.ts';
import type { Column, TableSchema } from '../../core/encoding/table-schema.ts';
import type { Clock, Random, Text } from '../../core/ports.ts';
import { createSeededRandom } from '../../core/random.ts';
import { exponentialDelay } from './delay.ts';
import { createEmbeddedCluster, type EmbeddedCluster, type EmbeddedDatacenter } from './embedded-cluster.ts';
import type { RowValues } from './embedded-table.ts';

export interface DemoClusterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly text: Text;
  readonly datacenters: readonly EmbeddedDatacenter[];
  /** Products in `shop.products`, `sku-1` to `sku-<seedRows>`; about 0.25 KB of memory each. */
  readonly seedRows: number;
  readonly tokensPerNode?: number;
}

/** An embedded cluster with a shop to look into, and with about the delays of nodes that have their rows in memory. */
export function createDemoCluster(options: DemoClusterOptions): EmbeddedCluster {
  const { seedRows, ...clusterOptions } = options;
  const cluster = createEmbeddedCluster({
    ...clusterOptions,
    serviceTime: { delay: exponentialDelay(0.3), perKeyMs: 0.05, perRowMs: 0.005 },
  });
  const factors = new Map(options.datacenters.map(({ name, nodes }) => [name, Math.min(3, nodes)]));
  cluster.createKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
  cluster.createTable(products);
  for (let number = 1; number <= seedRows; number += 1) cluster.insert('shop', 'products', product(number));
  return cluster;
}

const sku = makeColumn('sku', 'text', 'partition');

/** As in `topology/schema.cql`. */
const products: TableSchema = {
  keyspace: 'shop',
  name: 'products',
  partitionKey: [sku],
  clusteringKey: [],
  columns: [
    sku,
    makeColumn('attributes', 'map<text, text>'),
    makeColumn('price', 'decimal'),
    makeColumn('stock', 'int'),
    makeColumn('tags', 'set<text>'),
    makeColumn('title', 'text'),
    makeColumn('updated_at', 'timestamp'),
  ],
};

function makeColumn(name: string, cqlType: string, kind: Column['kind'] = 'regular'): Column {
  return { name, kind, type: parseCqlType(cqlType), cqlType };
}

const styles = ['Plain', 'Folding', 'Tall', 'Small', 'Round', 'Light', 'Heavy', 'Quiet'] as const;
const things = [
  'lamp',
  'chair',
  'table',
  'kettle',
  'clock',
  'basket',
  'mirror',
  'shelf',
  'stool',
  'vase',
] as const;
const materials = ['oak', 'steel', 'glass', 'linen', 'brass', 'clay'] as const;
const colours = ['black', 'white', 'green', 'blue', 'red'] as const;
const tags = ['bestseller', 'gift', 'new', 'outdoor', 'repaired', 'sale'] as const;
/** 2026-01-01T00:00:00Z. */
const firstUpdateMs = 1_767_225_600_000;

/** What stands in a row follows from its number alone. A few products have no stock yet, and some no tags. */
function product(number: number): RowValues {
  const random = createSeededRandom(number);
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random.next() * items.length)] as Item;
  const whole = (below: number): number => Math.floor(random.next() * below);
  const material = pick(materials);
  return [
    ['sku', `sku-${number}`],
    ['title', `${pick(styles)} ${material} ${pick(things)} no. ${number}`],
    ['price', { unscaled: BigInt(99 + whole(50_000)), scale: 2 }],
    ['stock', number % 50 === 0 ? null : whole(1_000)],
    ['tags', tags.filter(() => random.next() < 0.3)],
    [
      'attributes',
      [
        ['colour', pick(colours)],
        ['material', material],
      ],
    ],
    ['updated_at', BigInt(firstUpdateMs + whole(15_000_000_000))],
  ];
}
