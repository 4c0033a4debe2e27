import type { Clock, SchemaReader, Text } from '../ports.ts';
import type { CostModel } from '../routing/cost-model.ts';
import type { Ring } from '../routing/ring.ts';
import { type Token, tokenToDecimal } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import type { Explain, ExplainCall, ExplainedNode, Explanation } from './explanation.ts';
import { openTable } from './granted-table.ts';
import type { InFlight } from './in-flight.ts';
import { type BatchedKeys, batchKeys, type KeyBatch } from './key-batches.ts';
import { type PlanParts, planKeys, tokensOf } from './key-plan.ts';
import { parseLookUpRequest } from './look-up-request.ts';
import { messagesOf } from './messages.ts';
import { createSelectionBook, type Selection } from './selection.ts';
import type { Bounds, TableSettings } from './settings.ts';

export interface ExplanationParts extends PlanParts {
  readonly schema: SchemaReader;
  readonly clock: Clock;
  readonly text: Text;
  readonly inFlight: Pick<InFlight, 'hasRoom'>;
  readonly costOf: (table: Selection['table']) => CostModel;
  readonly bounds: Bounds;
  readonly settingsOf: (keyspace: string, table: string) => TableSettings;
}

/**
 * The way of a look-up as far as the plan, with the same parts and the same order; nothing is sent, and nothing is
 * counted as sent. A group whose keys the adapter has to ask for one by one takes more messages than are told here.
 */
export function createExplain(parts: ExplanationParts): Explain {
  return async (call) => {
    const table = await openTable(parts, call, 'read');
    const settings = parts.settingsOf(call.keyspace, call.table);
    const request = parseLookUpRequest(call.body, table, settings, parts.bounds, parts.text);
    // A book of its own: what is only explained must not use up the column sets that may be prepared.
    const batched = batchKeys(request, table, createSelectionBook(), parts.text);
    const { keyspace, application } = call;
    return {
      keyspace,
      table: call.table,
      application: application.name,
      datacenters: application.datacenters,
      ringEpoch: parts.rings.epoch(),
      consistency: request.consistency,
      grouping: settings.grouping,
      maxKeysPerGroup: Number.isFinite(settings.maxKeysPerGroup) ? settings.maxKeysPerGroup : null,
      columns: batched.batches[0]?.selection.columns.map(({ name }) => name) ?? [],
      ...explainKeys(parts, call, settings, batched),
      warnings: batched.warnings,
    };
  };
}

type ExplainedKey = Explanation['keys'][number];
type ExplainedGroup = Explanation['groups'][number];

function explainKeys(
  parts: ExplanationParts,
  call: ExplainCall,
  settings: TableSettings,
  { batches, places }: BatchedKeys,
): { keys: readonly ExplainedKey[]; groups: readonly ExplainedGroup[] } {
  const ring = parts.rings.ring(call.keyspace);
  const datacenters = orderDatacenters(parts, call.application.datacenters);
  const positions = positionsOf(batches, places);
  const keys: ExplainedKey[] = [];
  const groups: ExplainedGroup[] = [];
  const load = loadWithPlanned(parts.load);
  for (const [index, batch] of batches.entries()) {
    const tokens = tokensOf(batch.selection, batch.keys);
    const all = batch.keys.map((_, key) => key);
    const planned = { ...batch, datacenters: call.application.datacenters, settings };
    const plan = planKeys({ ...parts, load }, planned, tokens, all, (node) => isUsable(parts, node));
    const firstKey = keys.length;
    const groupOf = new Map<number, number>();
    for (const { node, keys: members } of plan.groups) {
      const messages = messagesIn(batch, members, parts.text);
      for (const message of messages) load.plan(node, message.length);
      for (const key of members) groupOf.set(key, groups.length);
      groups.push({
        node: explainNode(parts, node),
        keys: members.map((key) => firstKey + key),
        messages: messages.length,
        expectedMs: expectedOf(parts.costOf(batch.selection.table), messages),
      });
    }
    for (const [key, token] of tokens.entries()) {
      keys.push({
        positions: positions[index]?.[key] ?? [],
        token: tokenToDecimal(token),
        owners: ownersOf(ring, token, datacenters).map((node) => explainNode(parts, node)),
        group: groupOf.get(key) ?? null,
      });
    }
  }
  return { keys, groups };
}

/** As the first send of a look-up has it. */
function isUsable({ cluster, inFlight }: ExplanationParts, node: ClusterNode): boolean {
  return cluster.isUp(node) && inFlight.hasRoom(node);
}

/** The load as it is, and on top of it what this explanation has planned: a second batch finds the first one under way. */
function loadWithPlanned(load: PlanParts['load']): PlanParts['load'] & {
  plan(node: ClusterNode, keys: number): void;
} {
  const planned = new Map<string, number>();
  return {
    load: (node) => load.load(node) + (planned.get(node.id) ?? 0),
    plan(node, keys) {
      planned.set(node.id, (planned.get(node.id) ?? 0) + keys + 1);
    },
  };
}

function messagesIn(
  { selection, keys }: KeyBatch,
  members: readonly number[],
  text: Text,
): readonly (readonly number[])[] {
  const inLast = selection.table.partitionKey.length - 1;
  return messagesOf(members, (key) => keys[key] ?? [], inLast, text);
}

/** The messages of a group are under way together: the longest one decides. */
function expectedOf(cost: CostModel, messages: readonly (readonly number[])[]): number | null {
  let longest: number | null = null;
  for (const message of messages) {
    const expectedMs = cost.expectedMs(message.length);
    if (expectedMs !== undefined) longest = Math.max(longest ?? 0, expectedMs);
  }
  return longest;
}

/** By batch and key: the places in the request. */
function positionsOf(
  batches: readonly KeyBatch[],
  places: BatchedKeys['places'],
): readonly (readonly (readonly number[])[])[] {
  const positions = batches.map(({ keys }) => keys.map((): number[] => []));
  for (const [asked, { batch, position }] of places.entries()) positions[batch]?.[position]?.push(asked);
  return positions;
}

/** The candidates first, then every other datacenter of the cluster by name. */
function orderDatacenters({ cluster }: ExplanationParts, candidates: readonly string[]): readonly string[] {
  const others = new Set(cluster.state().nodes.map(({ datacenter }) => datacenter));
  for (const candidate of candidates) others.delete(candidate);
  return [...candidates, ...[...others].sort()];
}

function ownersOf(
  ring: Ring | undefined,
  token: Token,
  datacenters: readonly string[],
): readonly ClusterNode[] {
  if (ring === undefined) return [];
  return datacenters.flatMap((datacenter) => ring.owners(token, datacenter));
}

function explainNode({ cluster }: ExplanationParts, node: ClusterNode): ExplainedNode {
  const { address, datacenter, rack } = node;
  const up = cluster.isConnectedTo(datacenter) ? cluster.isUp(node) : null;
  return { address, datacenter, rack, up };
}
