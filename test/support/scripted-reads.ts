import { nodeText } from '../../src/adapters/node/text.ts';
import type { Application, Grant, Operation } from '../../src/core/applications.ts';
import type { TableSchema } from '../../src/core/encoding/table-schema.ts';
import { RequestError } from '../../src/core/errors.ts';
import type { LookUpEvent, ReadTelemetry } from '../../src/core/ports.ts';
import type { LookUpCall } from '../../src/core/reads/look-up.ts';
import { createReadPath, type ReadPath } from '../../src/core/reads/read-path.ts';
import {
  type Bounds,
  defaultBounds,
  defaultTableSettings,
  type TableSettings,
} from '../../src/core/reads/settings.ts';
import type { ClusterState } from '../../src/core/topology/cluster-state.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createMapRowStore } from './map-row-store.ts';
import { makeState } from './rings.ts';
import { createScriptedCluster, type ScriptedCluster } from './scripted-cluster.ts';
import type { ScriptedThrottle } from './scripted-throttle.ts';
import { silentTelemetry } from './silent-telemetry.ts';

/** The whole read path over a cluster whose answers the test writes. */
export interface ScriptedReads extends ReadPath {
  readonly clock: FakeClock;
  readonly cluster: ScriptedCluster;
  readonly events: LookUpEvent[];
  readonly application: Application;
  /** A call of the application on `shop.<table>`, with a second to go. */
  call(table: string): Pick<LookUpCall, 'application' | 'keyspace' | 'table' | 'deadlineMs'>;
  /** Asks, and parses the answer. */
  ask(table: string, body: unknown, change?: Partial<LookUpCall>): Promise<ScriptedAnswer>;
}

export interface ScriptedAnswer {
  readonly problem: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at as its reader sees it
  readonly json: any;
}

export interface ScriptedReadsOptions {
  readonly operations?: readonly Operation[];
  readonly columns?: readonly string[];
  readonly datacenters?: readonly string[];
  /** With `cache`, rows are kept. */
  readonly settings?: Partial<TableSettings>;
  readonly bounds?: Partial<Bounds>;
  readonly state?: ClusterState;
  /** Absent: nobody is limited. */
  readonly throttle?: ScriptedThrottle;
}

export function openScriptedReads(
  tables: readonly TableSchema[],
  options: ScriptedReadsOptions = {},
): ScriptedReads {
  const { operations = ['read'], columns, datacenters = ['front'] } = options;
  const state =
    options.state ?? makeState([{ nodes: 6, racks: 3, replicationFactor: 3, datacenter: 'front' }]);
  const clock = createFakeClock();
  const cluster = createScriptedCluster(state, tables);
  const events: LookUpEvent[] = [];
  const telemetry: ReadTelemetry = {
    ...silentTelemetry,
    lookUp: (event) => void events.push(event),
  };
  const settings = { ...defaultTableSettings, ...options.settings };
  const path = createReadPath({
    cluster,
    clock,
    text: nodeText,
    telemetry,
    bounds: { ...defaultBounds, ...options.bounds },
    settingsOf: () => settings,
    rowStore: settings.cache === undefined ? undefined : createMapRowStore(),
    ownRack: undefined,
    throttle: options.throttle,
  });
  const grant = grantOf(operations, columns);
  const grants = new Map(tables.map(({ keyspace, name }) => [`${keyspace}.${name}`, grant]));
  const application: Application = {
    name: 'storefront',
    className: 'frontend',
    datacenters,
    cacheUse: 'fill',
    grants,
  };
  const call = (table: string) => ({
    application,
    keyspace: 'shop',
    table,
    deadlineMs: clock.nowMs() + 1_000,
  });
  return {
    ...path,
    clock,
    cluster,
    events,
    application,
    call,
    async ask(table, body, change = {}) {
      const answer = await path.lookUp({ ...call(table), body, strict: false, debug: false, ...change });
      return { problem: answer.problem, json: JSON.parse(answer.body) };
    },
  };
}

export function grantOf(operations: readonly Operation[], columns?: readonly string[]): Grant {
  return { operations: new Set(operations), columns: columns && new Set(columns) };
}

/** The refusal of what must be refused. */
export async function refusalOf(work: Promise<unknown>): Promise<RequestError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RequestError) return error;
  throw new Error('there was no refusal', { cause: error });
}
