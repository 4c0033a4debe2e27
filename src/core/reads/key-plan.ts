import type { Cluster, KeyBytes, Text } from '../ports.ts';
import type { LoadTracker } from '../routing/load-tracker.ts';
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
  /** The rack that this process stands in. */
  readonly ownRack: string | undefined;
  readonly text: Text;
}

/** `key` is a place among the keys of the batch. */
export type IsUsable = (node: ClusterNode, key: number) => boolean;

/** The token of each key, by its partition key. */
export function tokensOf(selection: Selection, keys: readonly KeyBytes[]): readonly Token[] {
  const components = selection.table.partitionKey.length;
  return keys.map((key) => tokenOfKey(key.length === components ? key : key.slice(0, components)));
}

/**
 * Decides which node is asked for which of `keys`, places in `tokens` both here and in the plan, as the cluster
 * and its load are now. Sends and counts nothing.
 */
export function planKeys(
  parts: PlanParts,
  batch: Pick<ReadBatch, 'selection' | 'datacenters' | 'settings' | 'keys'>,
  tokens: readonly Token[],
  keys: readonly number[],
  isUsable: IsUsable,
): Plan {
  const { cluster, rings, load, ownRack } = parts;
  const { selection, datacenters, settings } = batch;
  const original = (position: number): number => keys[position] ?? 0;
  const plan = planGroups({
    ring: rings.ring(selection.table.keyspace),
    nodes: cluster.state().nodes,
    tokens: keys.map((key) => tokens[key] as Token),
    datacenters,
    grouping: groupingOf(batch, keys, parts.text),
    maxKeysPerGroup: settings.maxKeysPerGroup,
    isUsable: (node, position) => isUsable(node, original(position)),
    load: (node) => load.load(node),
    ownRack,
  });
  return {
    groups: plan.groups.map(({ node, keys: positions }) => ({ node, keys: positions.map(original) })),
    unowned: plan.unowned.map(original),
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
