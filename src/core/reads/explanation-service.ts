import type { ReadCache } from '../cache/row-cache.ts';
import type { Clock, Consistency, SchemaReader, Text } from '../ports.ts';
import type { CostModel } from '../routing/cost-model.ts';
import type { Ring } from '../routing/ring.ts';
import type { HedgeTiming } from '../speculation/hedge-timing.ts';
import { formatSpeculativeRetry, type SpeculativeRetry } from '../speculation/speculative-retry.ts';
import { type Token, tokenToDecimal } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import type { Explain, ExplainCall, ExplainedNode, Explanation } from './explanation.ts';
import { openTable } from './granted-table.ts';
import type { InFlight } from './in-flight.ts';
import { type BatchedKeys, batchKeys, type KeyBatch } from './key-batches.ts';
import { type PlanParts, planKeys, tokensOf } from './key-plan.ts';
import { parseLookUpRequest } from './look-up-request.ts';
import { messagesOf } from './messages.ts';
import { speculationOf } from './request-reader.ts';
import { createSelectionBook, type Selection } from './selection.ts';
import type { Bounds, TableSettings } from './settings.ts';

export interface ExplanationParts extends PlanParts {
  readonly schema: SchemaReader;
  readonly clock: Clock;
  readonly text: Text;
  readonly inFlight: Pick<InFlight, 'hasRoom'>;
  readonly costOf: (table: Selection['table']) => CostModel;
  readonly timingOf: (table: Selection['table']) => Pick<HedgeTiming, 'hedgeAfterMs'>;
  readonly cache: Pick<ReadCache, 'state'>;
  readonly bounds: Bounds;
  readonly settingsOf: (keyspace: string, table: string) => TableSettings;
}

/**
 * The way of a look-up as far as the plan, with the same parts and the same order; nothing is sent, and nothing is
 * counted as sent. A group whose keys the adapter has to ask for one by one takes more messages than are told here;
 * probes of sick nodes come on top of it, and joining reads of others may spare some of it.
 */
export function createExplain(parts: ExplanationParts): Explain {
  return async (call) => {
    const table = await openTable(parts, call, 'read');
    const settings = parts.settingsOf(call.keyspace, call.table);
    const request = parseLookUpRequest(call.body, table, settings, parts.bounds, parts.text);
    // A book of its own: what is only explained must not use up the column sets that may be prepared.
    const batched = batchKeys(request, table, createSelectionBook(), parts.text);
    const { keyspace, application } = call;
    const rule = speculationOf(application, settings);
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
      speculativeRetry: formatSpeculativeRetry(rule),
      hedgeBudget: settings.hedgeBudget,
      ...explainKeys(parts, { call, settings, consistency: request.consistency, rule }, batched),
      warnings: batched.warnings,
    };
  };
}

type ExplainedKey = Explanation['keys'][number];
type ExplainedGroup = Explanation['groups'][number];

/** What the batches of one request share. */
interface ExplainedRequest {
  readonly call: ExplainCall;
  readonly settings: TableSettings;
  readonly consistency: Consistency;
  readonly rule: SpeculativeRetry;
}

function explainKeys(
  parts: ExplanationParts,
  request: ExplainedRequest,
  { batches, places }: BatchedKeys,
): { keys: readonly ExplainedKey[]; groups: readonly ExplainedGroup[] } {
  const { application, keyspace } = request.call;
  const ring = parts.rings.ring(keyspace);
  const datacenters = orderDatacenters(parts, application.datacenters);
  const positions = positionsOf(batches, places);
  const keys: ExplainedKey[] = [];
  const groups: ExplainedGroup[] = [];
  const load = loadWithPlanned(parts.load);
  for (const [index, batch] of batches.entries()) {
    const tokens = tokensOf(batch.selection, batch.keys);
    const cached = explainCache(parts, request, batch);
    const missing = [...batch.keys.keys()].filter((key) => cached[key]?.state !== 'fresh');
    const planned = { ...batch, datacenters: application.datacenters, settings: request.settings };
    const plan = planKeys({ ...parts, load }, planned, tokens, missing, (node) => isUsable(parts, node));
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
        ...timesOf(parts, batch, request, messages),
      });
    }
    for (const [key, token] of tokens.entries()) {
      keys.push({
        positions: positions[index]?.[key] ?? [],
        token: tokenToDecimal(token),
        owners: ownersOf(ring, token, datacenters).map((node) => explainNode(parts, node)),
        cache: cached[key]?.state ?? 'off',
        cacheAgeMs: roundAge(cached[key]?.ageMs),
        group: groupOf.get(key) ?? null,
      });
    }
  }
  return { keys, groups };
}

function roundAge(ageMs: number | null | undefined): number | null {
  return ageMs === null || ageMs === undefined ? null : Math.round(ageMs);
}

/** By place in the batch. */
function explainCache(
  { cache }: ExplanationParts,
  { call, settings, consistency }: ExplainedRequest,
  { selection, keys }: KeyBatch,
): readonly ReturnType<ReadCache['state']>[] {
  const { datacenters, cacheUse } = call.application;
  const asked = { selection, settings, consistency, datacenters, cacheUse };
  return keys.map((key) => cache.state(asked, key));
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
function timesOf(
  { costOf, timingOf }: ExplanationParts,
  { selection }: KeyBatch,
  { settings, rule }: ExplainedRequest,
  messages: readonly (readonly number[])[],
): Pick<ExplainedGroup, 'expectedMs' | 'hedgeAfterMs'> {
  const timing = timingOf(selection.table);
  const cost = costOf(selection.table);
  const longestOf = (timeMs: (keys: number) => number | undefined): number | null => {
    const times = messages.flatMap((message) => timeMs(message.length) ?? []);
    return times.length === 0 ? null : Math.max(...times);
  };
  return {
    expectedMs: longestOf((keys) => cost.expectedMs(keys)),
    hedgeAfterMs: longestOf((keys) => timing.hedgeAfterMs(keys, [rule], settings.hedgeBudget)),
  };
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

function explainNode({ cluster, health }: ExplanationParts, node: ClusterNode): ExplainedNode {
  const { address, datacenter, rack } = node;
  const up = cluster.isConnectedTo(datacenter) ? cluster.isUp(node) : null;
  return { address, datacenter, rack, up, standing: health.standing(node) };
}
