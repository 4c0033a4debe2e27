import { nodeText } from '../../src/adapters/node/text.ts';
import type { TableSchema } from '../../src/core/encoding/table-schema.ts';
import { ReplicaError, type ReplicaErrorName } from '../../src/core/errors.ts';
import type {
  Clock,
  ClusterWatcher,
  PageRead,
  PageReader,
  ReplicaPage,
  SchemaReader,
} from '../../src/core/ports.ts';
import { tokenOfKey } from '../../src/core/token/partition-key.ts';
import { compareTokens, type Token } from '../../src/core/token/token.ts';
import type { ClusterState } from '../../src/core/topology/cluster-state.ts';
import { makeTable } from './scripted-cluster.ts';

/** `shop.events (device, at, note)`: wide partitions. */
export const events: TableSchema = makeTable('events', ['device'], ['at'], ['note']);

export interface EventRow {
  readonly device: string;
  readonly at: string;
  readonly note: string;
}

interface StoredRow extends EventRow {
  readonly token: Token;
}

/** What becomes of one page: its rows at once, an error, or nothing at all. */
export type PageFate = ReplicaErrorName | 'never' | undefined;

/** All nodes have all rows; who is asked, and for what, is kept. A page state is refused with another area than its own. */
export interface PagedCluster extends PageReader, SchemaReader, ClusterWatcher {
  readonly asked: PageRead[];
  readonly down: Set<string>;
  schema: TableSchema | undefined;
  fate: (request: PageRead) => PageFate;
  /** What an answer takes, in ms. */
  delayMs: number;
  publish(state: ClusterState): void;
}

export function createPagedCluster(
  clock: Clock,
  initial: ClusterState,
  rows: readonly EventRow[],
): PagedCluster {
  const listeners = new Set<() => void>();
  let state = initial;
  const stored = rows
    .map((row) => ({ ...row, token: tokenOfKey([nodeText.utf8(row.device)]) }))
    .sort(inTableOrder);
  const cluster: PagedCluster = {
    asked: [],
    down: new Set(),
    schema: events,
    fate: () => undefined,
    delayMs: 0,
    readPage(request) {
      cluster.asked.push(request);
      const fate = cluster.fate(request);
      return new Promise((resolve, reject) => {
        if (fate === 'never') return;
        const answer = (): void => {
          if (fate === undefined) resolve(pageOf(stored, request));
          else reject(new ReplicaError(fate));
        };
        if (cluster.delayMs === 0) answer();
        else clock.after(cluster.delayMs, answer);
      });
    },
    table: async () => cluster.schema,
    state: () => state,
    isUp: (node) => !cluster.down.has(node.id),
    isConnectedTo: () => true,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish(next) {
      state = next;
      for (const listener of listeners) listener();
    },
  };
  return cluster;
}

function inTableOrder(a: StoredRow, b: StoredRow): number {
  return (
    compareTokens(a.token, b.token) ||
    (a.device < b.device ? -1 : a.device > b.device ? 1 : 0) ||
    (a.at < b.at ? -1 : 1)
  );
}

function pageOf(stored: readonly StoredRow[], { area, pageState, rows, statement }: PageRead): ReplicaPage {
  const matching = rowsIn(stored, area);
  const name = areaName(area);
  const [ownName, start = '0'] = pageState === undefined ? [name] : nodeText.fromUtf8(pageState).split('#');
  if (ownName !== name) throw new Error('a page state of another area');
  const from = Number(start);
  const page = matching.slice(from, from + rows);
  const last = page.at(-1);
  const isEnd = from + page.length >= matching.length;
  return {
    rows: page.map((row) => statement.columns.map((column) => row[column.name as keyof EventRow])),
    lastKey: last && [nodeText.utf8(last.device)],
    pageState: isEnd ? undefined : nodeText.utf8(`${name}#${from + page.length}`),
  };
}

/** The rows of an area in their order, found by halves: there may be many, and many pages of them. */
function rowsIn(stored: readonly StoredRow[], area: PageRead['area']): readonly StoredRow[] {
  if (area.kind === 'range') return stored.slice(countUpTo(stored, area.after), countUpTo(stored, area.upTo));
  const device = nodeText.fromUtf8(area.key[0] ?? new Uint8Array());
  return stored.filter((row) => row.device === device);
}

function countUpTo(stored: readonly StoredRow[], token: Token): number {
  let low = 0;
  let high = stored.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareTokens((stored[middle] as StoredRow).token, token) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function areaName(area: PageRead['area']): string {
  if (area.kind === 'partition') return area.key.map(nodeText.binary).join();
  return JSON.stringify([area.after, area.upTo]);
}

export function makeRows(devices: number, rowsEach: number): EventRow[] {
  return Array.from({ length: devices * rowsEach }, (_, index) => ({
    device: `device-${Math.floor(index / rowsEach)}`,
    at: String(index % rowsEach).padStart(5, '0'),
    note: `note ${index}`,
  }));
}

/** In the order of the table, as a scan of all of it gives them. */
export function inOrder(rows: readonly EventRow[]): EventRow[] {
  return rows
    .map((row) => ({ ...row, token: tokenOfKey([nodeText.utf8(row.device)]) }))
    .sort(inTableOrder)
    .map(({ device, at, note }) => ({ device, at, note }));
}
