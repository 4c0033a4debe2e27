import type { Cluster, KeyBytes, Text } from '../ports.ts';
import type { LoadTracker } from '../routing/load-tracker.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import { type Grouping, type Plan, planGroups } from '../routing/plan.ts';
import type { RingBook } from '../routing/ring-book.ts';
import { tokenOfKey } from '../token/partition-key.ts';
import type { Token } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import type { ReadBatch } from './key-reader.ts';
import { canShareMessages } from './messages.ts';
import type { Selection } from './selection.ts';

export interface PlanParts {
  readonly cluster: Cluster;
  readonly rings: RingBook;
  readonly load: Pick<LoadTracker, 'load'>;
  readonly health: Pick<NodeHealth, 'rank' | 'standing'>;
  /** The rack that this process stands in. */
  readonly ownRack: string | undefined;
  readonly text: Text;
}

/** Up, and with room: the same for every key. */
export type IsUsable = (node: ClusterNode) => boolean;
/** `key` is a place among the keys of the batch. */
export type IsExcluded = (node: ClusterNode, key: number) => boolean;

/** The token of each key, by its partition key. */
export function tokensOf(selection: Selection, keys: readonly KeyBytes[]): readonly Token[] {
  const components = selection.table.partitionKey.length;
  return keys.map((key) => tokenOfKey(key.length === components ? key : key.slice(0, components)));
}

/**
 * Decides which node is asked for which of `keys`, places in `tokens` both here and in the plan, as the cluster
 * and its load are now. No place is given twice. Sends and counts nothing.
 */
export function planKeys(
  parts: PlanParts,
  batch: Pick<ReadBatch, 'selection' | 'datacenters' | 'settings' | 'keys'>,
  tokens: readonly Token[],
  keys: readonly number[],
  isUsable: IsUsable,
  isExcluded?: IsExcluded,
): Plan {
  const { cluster, rings, load, health, ownRack } = parts;
  const { selection, datacenters, settings } = batch;
  // Where every key of the batch is planned, the places of the plan are those of the batch.
  const isWhole = keys.length === tokens.length;
  const original = (position: number): number => keys[position] ?? 0;
  const plan = planGroups({
    ring: rings.ring(selection.table.keyspace),
    nodes: cluster.state().nodes,
    tokens: isWhole ? tokens : keys.map((key) => tokens[key] as Token),
    datacenters,
    grouping: groupingOf(batch, keys, parts.text),
    maxKeysPerGroup: settings.maxKeysPerGroup,
    isUsable,
    rank: (node) => health.rank(node),
    isExcluded: isWhole ? isExcluded : isExcluded && ((node, at) => isExcluded(node, original(at))),
    load: (node) => load.load(node),
    ownRack,
  });
  if (isWhole) return plan;
  return {
    groups: plan.groups.map(({ node, keys: positions }) => ({ node, keys: positions.map(original) })),
    unowned: plan.unowned.map(original),
    sick: plan.sick.map(({ node, key }) => ({ node, key: original(key) })),
  };
}

/**
 * Keys that can share no message gain nothing from a cover of few owners, and would only crowd them: each goes to the
 * least loaded of its own.
 */
function groupingOf(
  { selection, settings, keys: all }: Pick<ReadBatch, 'selection' | 'settings' | 'keys'>,
  keys: readonly number[],
  text: Text,
): Grouping {
  if (settings.grouping !== 'owner' || keys.length < 2) return settings.grouping;
  const inLast = selection.table.partitionKey.length - 1;
  const isAlone = !canShareMessages(keys, (key) => all[key] ?? [], inLast, text);
  return isAlone ? 'key' : 'owner';
}
