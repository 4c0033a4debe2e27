import { nodeText } from '../../src/adapters/node/text.ts';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import type { Column } from '../../src/core/encoding/table-schema.ts';
import { bytesFromValue } from '../../src/core/encoding/value-bytes.ts';
import type {
  Consistency,
  KeyBytes,
  PageArea,
  ReplicaPage,
  ReplicaWrite,
  RowChange,
  ScanStatement,
  TokenRange,
} from '../../src/core/ports.ts';
import { buildRing } from '../../src/core/routing/ring.ts';
import { compareTokens, largestToken, smallestToken } from '../../src/core/token/token.ts';
import type { ClusterNode } from '../../src/core/topology/cluster-state.ts';
import type { ClusterProbe, ProbedTable } from './cluster-probe.ts';

export const timeoutMs = 20_000;
export const wholeRing: PageArea = { kind: 'range', after: smallestToken, upTo: largestToken };

export interface Paging {
  /** Those that are not of the key when absent. */
  readonly columns?: readonly string[];
  /** Of each page; 100 when absent. */
  readonly rows?: number;
  /** Asked in turn, one a page; the first node of the cluster when absent. */
  readonly nodes?: readonly ClusterNode[];
}

export function scanStatement(table: ProbedTable, area: PageArea, { columns }: Paging = {}): ScanStatement {
  const wanted = columns?.map((name) => columnOf(table, name));
  return {
    table: table.schema,
    columns: wanted ?? table.schema.columns.filter((column) => column.kind === 'regular'),
    area: area.kind,
  };
}

/** All pages of the area. Fails where one has more rows than asked for, or where they do not end. */
export async function pagesOf(
  probe: ClusterProbe,
  table: ProbedTable,
  area: PageArea,
  paging: Paging = {},
): Promise<readonly ReplicaPage[]> {
  const { cluster } = probe.fixture;
  const { rows = 100, nodes = cluster.state().nodes.slice(0, 1) } = paging;
  const statement = scanStatement(table, area, paging);
  const pages: ReplicaPage[] = [];
  let pageState: Uint8Array | undefined;
  do {
    const node = nodes[pages.length % nodes.length];
    if (node === undefined) throw new Error('there is no node to ask');
    const page = await cluster.readPage({
      node,
      statement,
      area,
      pageState,
      rows,
      consistency: 'LOCAL_ONE',
      timeoutMs,
    });
    if (page.rows.length > rows) throw new Error(`a page of ${page.rows.length} rows`);
    pages.push(page);
    pageState = page.pageState;
    if (pages.length > 1_000) throw new Error('the pages do not end');
  } while (pageState !== undefined);
  return pages;
}

export async function rowsOf(
  probe: ClusterProbe,
  table: ProbedTable,
  area: PageArea,
  paging: Paging = {},
): Promise<readonly (readonly CqlValue[])[]> {
  return (await pagesOf(probe, table, area, paging)).flatMap((page) => page.rows);
}

/** What the tokens of the nodes cut the ring into, in token order and cut at the seam, and who owns it, in each datacenter. */
export function ownedRanges(
  probe: ClusterProbe,
): readonly { readonly range: TokenRange; readonly owners: readonly ClusterNode[] }[] {
  const state = probe.fixture.cluster.state();
  const ring = buildRing(state, probe.keyspace);
  if (ring === undefined) throw new Error('the keyspace has no ring');
  const datacenters = [...new Set(state.nodes.map((node) => node.datacenter))];
  const ranges = Array.from({ length: ring.ranges() }, (_, index) => ({
    range: { after: ring.rangeStart(index), upTo: ring.rangeEnd(index) },
    owners: datacenters.flatMap((name) => ring.ownersOfRange(index, name)),
  }));
  return ranges.flatMap(({ range, owners }) => {
    if (compareTokens(range.after, range.upTo) < 0) return [{ range, owners }];
    return [
      { range: { after: smallestToken, upTo: range.upTo }, owners },
      { range: { after: range.after, upTo: largestToken }, owners },
    ];
  });
}

export interface Changing {
  readonly timestampMicros: bigint;
  readonly ttlSeconds?: number;
}

/** As INSERT; a column that is not named stays absent, so does one that is undefined. */
export function upsertOf(
  table: ProbedTable,
  key: KeyBytes,
  cells: Readonly<Record<string, CqlValue | undefined>>,
  { timestampMicros, ttlSeconds }: Changing,
): RowChange {
  const { partitionKey, clusteringKey } = table.schema;
  const columns = Object.keys(cells).map((name) => columnOf(table, name));
  return {
    statement: {
      kind: 'upsert',
      table: table.schema,
      keyColumns: [...partitionKey, ...clusteringKey],
      columns,
    },
    key,
    cells: Object.values(cells).map((value, at) =>
      value === null || value === undefined
        ? value
        : bytesFromValue((columns[at] as Column).type, value, nodeText),
    ),
    ttlSeconds,
    timestampMicros,
  };
}

/** Of the row, or of the partition where the key is no longer than that of one. */
export function deletionOf(table: ProbedTable, key: KeyBytes, timestampMicros: bigint): RowChange {
  const { partitionKey, clusteringKey } = table.schema;
  const isRow = key.length > partitionKey.length;
  const keyColumns = isRow ? [...partitionKey, ...clusteringKey] : partitionKey;
  return {
    statement: {
      kind: isRow ? 'delete-row' : 'delete-partition',
      table: table.schema,
      keyColumns,
      columns: [],
    },
    key,
    cells: [],
    ttlSeconds: undefined,
    timestampMicros,
  };
}

/** To an owner of the first row, at every replica when it is acknowledged; unless told otherwise. */
export function write(
  probe: ClusterProbe,
  table: ProbedTable,
  changes: readonly RowChange[],
  asking: Partial<Pick<ReplicaWrite, 'node' | 'timeoutMs'>> & { readonly consistency?: Consistency } = {},
): Promise<void> {
  const node = asking.node ?? table.owners(changes[0]?.key ?? [])[0];
  if (node === undefined) throw new Error('nobody owns the row');
  return probe.fixture.cluster.write({ consistency: 'ALL', timeoutMs, ...asking, node, changes });
}

function columnOf(table: ProbedTable, name: string): Column {
  const column = table.schema.columns.find((each) => each.name === name);
  if (column === undefined) throw new Error(`the table has no column ${name}`);
  return column;
}
