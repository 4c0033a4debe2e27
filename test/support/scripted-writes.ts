import { nodeText } from '../../src/adapters/node/text.ts';
import type { Invalidation } from '../../src/core/cache/invalidation.ts';
import type { InvalidationReach } from '../../src/core/cache/invalidation-follower.ts';
import { applyInvalidation } from '../../src/core/cache/invalidation-parts.ts';
import type { TableSchema } from '../../src/core/encoding/table-schema.ts';
import { ReplicaError, type ReplicaErrorName } from '../../src/core/errors.ts';
import type { ReplicaReadEvent, ReplicaWrite, RowChange } from '../../src/core/ports.ts';
import { createMessageBudget, type MessageBudget } from '../../src/core/reads/message-budget.ts';
import { defaultBounds, defaultTableSettings } from '../../src/core/reads/settings.ts';
import { createLoadTracker } from '../../src/core/routing/load-tracker.ts';
import type { NodeHealth } from '../../src/core/routing/node-health.ts';
import type { RefusedCall } from '../../src/core/throttle/refused-call.ts';
import { createSettlingPartitions } from '../../src/core/writes/settling-partitions.ts';
import type { WriteAccount, WriteCall } from '../../src/core/writes/write.ts';
import { createWrite } from '../../src/core/writes/write-service.ts';
import { openScriptedReads, type ScriptedReadsOptions } from './scripted-reads.ts';
import type { ScriptedThrottle } from './scripted-throttle.ts';

export interface ScriptedWritesOptions extends ScriptedReadsOptions {
  /** In place of one that watches the nodes. */
  readonly health?: NodeHealth;
  readonly throttle?: ScriptedThrottle;
  readonly retryBudget?: MessageBudget;
  /** Absent: no session is asked for. */
  readonly refusal?: RefusedCall;
  /** False: there is no cache anywhere. */
  readonly isCached?: boolean;
  /** How long the other instances take to be told, in ms. */
  readonly tellingMs?: number;
  readonly reach?: InvalidationReach;
}

export interface ScriptedWriteAnswer {
  readonly problem: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly account: WriteAccount;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at as its reader sees it
  readonly json: any;
}

/** A wall clock reads this when virtual time is 0. */
export const wallStartMicros = 1_767_225_600_000_000n;

/** Writes over a cluster whose acknowledgements the test writes, on the read path of `openScriptedReads` and its cache. */
export function openScriptedWrites(tables: readonly TableSchema[], options: ScriptedWritesOptions = {}) {
  // A message each: what becomes of a row is seen best then.
  const settings = {
    ...defaultTableSettings,
    writable: true,
    writeGrouping: 'row',
    ...options.settings,
  } as const;
  const reads = openScriptedReads(tables, { operations: ['read', 'write'], ...options, settings });
  const { clock, cluster } = reads;
  const sent: ReplicaWrite[] = [];
  const told: Invalidation[] = [];
  const counted: Record<string, number> = {};
  const messages: ReplicaReadEvent[] = [];
  const faults: unknown[] = [];
  const count = (what: string, rows: number): void => {
    counted[what] = (counted[what] ?? 0) + rows;
  };
  const telemetry = {
    rows: (_application: string, _keyspace: string, _table: string, outcome: string, rows: number) =>
      count(outcome, rows),
    retry: (result: string, rows: number) => count(`retry ${result}`, rows),
    unexpected: (error: unknown) => void faults.push(error),
  };
  const settling = createSettlingPartitions({
    clock,
    telemetry,
    async invalidate(invalidation) {
      applyInvalidation(reads.cache, invalidation);
      told.push(invalidation);
      const { tellingMs = 0, reach = 'fleet' } = options;
      if (tellingMs > 0) await new Promise<void>((resolve) => void clock.after(tellingMs, resolve));
      return reach;
    },
  });
  const scripted = {
    ...reads,
    sent,
    /** What caches were told, in order. */
    told,
    counted,
    messages,
    faults,
    settling,
    wallMicros: () => wallStartMicros + BigInt(Math.round(clock.nowMs() * 1_000)),
    /** What becomes of a message; each is acknowledged at once until the test says otherwise. */
    respond: async (_write: ReplicaWrite): Promise<void> => {},
    async write(table: string, body: unknown, change: Partial<WriteCall> = {}): Promise<ScriptedWriteAnswer> {
      const call = { ...reads.call(table), body, strict: false, sessionId: undefined, ...change };
      const answer = await write(call);
      if (answer.kind === 'refused') throw new Error(`refused: ${answer.problem}`);
      const { problem, retryAfterMs, account } = answer;
      return { problem, retryAfterMs, account, json: JSON.parse(answer.body) };
    },
    /** As the edge calls it. */
    plainWrite: (call: WriteCall) => write(call),
  };
  const write = createWrite({
    cluster: {
      write(request) {
        sent.push(request);
        return scripted.respond(request);
      },
      table: (keyspace, name) => cluster.table(keyspace, name),
      state: () => cluster.state(),
      isUp: (node) => cluster.isUp(node),
      isConnectedTo: () => true,
      onChange: (listener) => cluster.onChange(listener),
    },
    rings: reads.rings,
    health: options.health ?? reads.health,
    load: createLoadTracker(clock),
    inFlight: reads.inFlight,
    retryBudget: options.retryBudget ?? createMessageBudget(0.2, 20),
    clock,
    wallMicros: () => scripted.wallMicros(),
    text: nodeText,
    ownRack: undefined,
    bounds: { ...defaultBounds, ...options.bounds },
    settingsOf: () => settings,
    throttle: options.throttle,
    sessions: { refusalOf: () => options.refusal },
    settling: options.isCached === false ? undefined : settling,
    telemetry,
    readTelemetry: {
      replicaRead: (event) => void messages.push(event),
      unexpected: (error) => void faults.push(error),
    },
  });
  return scripted;
}

/** How a message ends: acknowledged, with an error, or never. */
export type WriteEnding = 'ok' | 'never' | ReplicaErrorName;

/** Ends messages as told, so many ms after they were sent; for `respond`. */
export function endWrites(
  clock: { after(delayMs: number, task: () => void): () => void },
  endingOf: (write: ReplicaWrite) => readonly [ending: WriteEnding, afterMs?: number],
): (write: ReplicaWrite) => Promise<void> {
  return (write) =>
    new Promise((resolve, reject) => {
      const [ending, afterMs = 0] = endingOf(write);
      if (ending === 'never') return;
      const end = ending === 'ok' ? resolve : () => reject(new ReplicaError(ending));
      clock.after(afterMs, end);
    });
}

/** `shop.products` rows with such keys. */
export function productRows(...skus: readonly string[]): { readonly rows: readonly object[] } {
  return { rows: skus.map((sku) => ({ values: { sku, title: `title of ${sku}` } })) };
}

/** The key of a change as text, its components joined by `|`. */
export function keyText({ key }: Pick<RowChange, 'key'>): string {
  return key.map((component) => nodeText.fromUtf8(component)).join('|');
}

/** So many keys, all different. */
export function skus(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `sku-${index}`);
}
