import type { PageRead, ReplicaPage, ReplicaWrite } from '../../core/ports.ts';
import type { ClusterNode } from '../../core/topology/cluster-state.ts';
import type { CoordinatorParts, Task } from './coordinator.ts';
import type { EmbeddedTable } from './embedded-table.ts';
import { whenAllHaveCome } from './key-tasks.ts';
import { createReplicaChoice, createWriteChoice, type ReplicaChoice } from './replica-choice.ts';
import type { PreparedChange } from './table-changes.ts';
import { cutPage } from './table-pages.ts';

/** What a page asks of whom. It is read when it is planned, since only then is known how much work it is. */
export function planPage(
  parts: CoordinatorParts,
  request: PageRead,
): Task<ReplicaPage> | 'rejected' | 'unavailable' {
  const { keyspace, name } = request.statement.table;
  const table = parts.tables.find(keyspace, name);
  if (table === undefined) return 'rejected';
  const cut = cutPage(table, request, createReplicaChoice(choiceOf(parts, keyspace, request)));
  if (typeof cut === 'string') return cut;
  const shares = [...cut.rowsRead.values()].map(({ node, rows }) => ({ node, amount: rows }));
  return {
    kind: 'page',
    amount: cut.page.rows.length,
    shares,
    suffices: whenAllHaveCome(shares),
    content: () => cut.page,
    onTimeout: 'read-timeout',
  };
}

interface OpenChange {
  readonly table: EmbeddedTable;
  readonly change: PreparedChange;
  readonly replicas: ReadonlySet<string>;
  readonly counts: (node: ClusterNode) => boolean;
  /** Acknowledgements that it still waits for. */
  needed: number;
  isApplied: boolean;
}

/**
 * What a write asks of whom. There is one truth: the first replica that is done writes it for all, but for those that it
 * reaches late. Acknowledged when every change has as many replicas as the consistency needs.
 */
export function planWrite(
  parts: CoordinatorParts,
  request: ReplicaWrite,
): Task<undefined> | 'rejected' | 'unavailable' {
  const open: OpenChange[] = [];
  const shares = new Map<string, { node: ClusterNode; amount: number }>();
  for (const change of request.changes) {
    const { keyspace, name } = change.statement.table;
    const table = parts.tables.find(keyspace, name);
    const prepared = table?.prepare(change);
    if (table === undefined || prepared === undefined) return 'rejected';
    const chosen = createWriteChoice(choiceOf(parts, keyspace, request))(prepared.token);
    if (chosen === undefined) return 'unavailable';
    const { replicas, counts, needed } = chosen;
    const ids = new Set(replicas.map((node) => node.id));
    open.push({ table, change: prepared, replicas: ids, counts, needed, isApplied: false });
    for (const node of replicas) {
      const share = shares.get(node.id);
      if (share === undefined) shares.set(node.id, { node, amount: 1 });
      else share.amount += 1;
    }
  }
  if (open.length === 0) return 'rejected';
  return {
    kind: 'write',
    amount: open.length,
    shares: [...shares.values()],
    lateMs: (node) => parts.lags().get(node.id) ?? 0,
    onDone(node) {
      for (const each of open) {
        if (each.isApplied || !each.replicas.has(node.id)) continue;
        each.isApplied = true;
        each.table.change(each.change, parts.lags());
      }
    },
    suffices(node) {
      for (const each of open) if (each.replicas.has(node.id) && each.counts(node)) each.needed -= 1;
      return open.every(({ needed }) => needed <= 0);
    },
    content: () => undefined,
    onTimeout: 'write-timeout',
  };
}

function choiceOf(
  parts: CoordinatorParts,
  keyspace: string,
  { node, consistency }: Pick<PageRead, 'node' | 'consistency'>,
): ReplicaChoice {
  return {
    state: parts.state(),
    keyspace,
    ring: parts.rings.ring(keyspace),
    coordinator: node,
    consistency,
    isLive: parts.isUp,
  };
}
