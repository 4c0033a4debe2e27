import type { CqlValue } from '../../core/encoding/cql-value.ts';
import { ValueFault } from '../../core/encoding/value-fault.ts';
import type { KeyBytes, PageArea, PageRead, ReplicaPage } from '../../core/ports.ts';
import { murmur3Token } from '../../core/token/murmur3.ts';
import { tokenOfKey } from '../../core/token/partition-key.ts';
import type { Token } from '../../core/token/token.ts';
import type { ClusterNode } from '../../core/topology/cluster-state.ts';
import type { EmbeddedTable } from './embedded-table.ts';
import { packRow, unpackRow } from './packed-row.ts';
import { decodePosition, encodePosition, type PagePosition } from './page-position.ts';
import type { OrderedPartition } from './partition-order.ts';
import { packedOf, type StoredRow } from './stored-row.ts';

/**
 * A page, and how many of its rows each replica that was asked has read. Asked are those of the rows, and, where the page
 * is the last one, those of the end of the area.
 */
export interface CutPage {
  readonly page: ReplicaPage;
  readonly rowsRead: ReadonlyMap<string, { readonly node: ClusterNode; rows: number }>;
}

/**
 * One page of a table, in the order of the table. A full page always says how to go on, since nobody looks behind its
 * last row: the next one may be empty.
 */
export function cutPage(
  table: EmbeddedTable,
  request: PageRead,
  replicasOf: (token: Token) => readonly ClusterNode[] | undefined,
): CutPage | 'rejected' | 'unavailable' {
  const { statement, area, pageState } = request;
  const reader = table.layout.reader(statement, statement.columns);
  const from = pageState === undefined ? undefined : decodePosition(pageState);
  const isAsked = statement.area === area.kind && request.rows >= 1;
  if (reader === undefined || !isAsked || (pageState !== undefined && from === undefined)) return 'rejected';
  const partitions = partitionsOf(table, area, from);
  if (partitions === undefined) return 'rejected';
  const rowsRead = new Map<string, { node: ClusterNode; rows: number }>();
  const rows: (readonly CqlValue[])[] = [];
  let lastKey: KeyBytes | undefined;
  const ask = (token: Token): readonly ClusterNode[] | undefined => {
    const replicas = replicasOf(token);
    for (const node of replicas ?? []) if (!rowsRead.has(node.id)) rowsRead.set(node.id, { node, rows: 0 });
    return replicas;
  };
  for (const { identity, token } of partitions) {
    const replicas = ask(token);
    if (replicas === undefined) return 'unavailable';
    const left = rowsAfter(table, identity, table.rowsSeen(identity, replicas), from);
    if (left === undefined) return 'rejected';
    const key = componentsOf(identity, table.schema.partitionKey.length);
    for (const row of left) {
      const cells = table.liveCells(row);
      if (cells === undefined) continue;
      rows.push(reader(key, cells));
      lastKey = key;
      for (const node of replicas) (rowsRead.get(node.id) as { rows: number }).rows += 1;
      if (rows.length < request.rows) continue;
      const next = encodePosition({ identity, clustering: clusteringOf(table, row) });
      return { page: { rows, lastKey, pageState: next }, rowsRead };
    }
  }
  if (ask(endOf(area)) === undefined) return 'unavailable';
  return { page: { rows, lastKey, pageState: undefined }, rowsRead };
}

/** Undefined for a key that is none of the table. */
function partitionsOf(
  table: EmbeddedTable,
  area: PageArea,
  from: PagePosition | undefined,
): Iterable<OrderedPartition> | undefined {
  if (area.kind === 'partition') {
    if (area.key.length !== table.schema.partitionKey.length) return undefined;
    return [{ identity: table.layout.identity(area.key), token: tokenOfKey(area.key) }];
  }
  const end = table.order.countUpTo(area.upTo);
  const begin = table.order.countUpTo(area.after);
  if (from === undefined) return sliceOf(table, begin, end);
  const token = murmur3Token(Buffer.from(from.identity, 'latin1'));
  return sliceOf(table, Math.max(begin, table.order.countBefore({ identity: from.identity, token })), end);
}

function* sliceOf(table: EmbeddedTable, begin: number, end: number): Generator<OrderedPartition> {
  const all = table.order.all();
  for (let index = begin; index < end; index += 1) yield all[index] as OrderedPartition;
}

/** Those behind the position, where it is in this partition. Undefined for a position that cannot be in it. */
function rowsAfter(
  table: EmbeddedTable,
  identity: string,
  rows: readonly StoredRow[],
  from: PagePosition | undefined,
): readonly StoredRow[] | undefined {
  if (from?.identity !== identity) return rows;
  if (table.layout.clustering === 0) return [];
  try {
    const place = table.layout.find(rows, table.layout.clusteringOf(unpackRow(from.clustering)));
    return rows.slice(place.position + (place.exact ? 1 : 0));
  } catch (error) {
    if (error instanceof ValueFault || error instanceof RangeError) return undefined;
    throw error;
  }
}

function clusteringOf(table: EmbeddedTable, row: StoredRow): string {
  return packRow(unpackRow(packedOf(row)).slice(0, table.layout.clustering));
}

function endOf(area: PageArea): Token {
  return area.kind === 'range' ? area.upTo : tokenOfKey(area.key);
}

/** The reverse of `partitionKeyBytes`. */
function componentsOf(identity: string, count: number): KeyBytes {
  const bytes = new Uint8Array(Buffer.from(identity, 'latin1'));
  if (count === 1) return [bytes];
  const components: Uint8Array[] = [];
  for (let at = 0; components.length < count; ) {
    const length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    components.push(bytes.subarray(at + 2, at + 2 + length));
    at += length + 3;
  }
  return components;
}
