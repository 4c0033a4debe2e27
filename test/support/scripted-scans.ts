import { nodeText } from '../../src/adapters/node/text.ts';
import type { Application } from '../../src/core/applications.ts';
import type { ReplicaReadEvent } from '../../src/core/ports.ts';
import { createInFlight } from '../../src/core/reads/in-flight.ts';
import { defaultTableSettings } from '../../src/core/reads/settings.ts';
import { createLoadTracker } from '../../src/core/routing/load-tracker.ts';
import { createRingBook } from '../../src/core/routing/ring-book.ts';
import type { CursorSeal, ScanCall, ScanEvent, ScanStream } from '../../src/core/scans/scan.ts';
import { createScan, type ScanParts } from '../../src/core/scans/scan-service.ts';
import type { ClusterState } from '../../src/core/topology/cluster-state.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { makeState } from './rings.ts';
import { createPagedCluster, type EventRow, type PagedCluster } from './scan-cluster.ts';
import { createScriptedHealth, type ScriptedHealth } from './scripted-health.ts';

/** Reverses the bytes and puts a mark in front: whoever changes it loses the mark. */
export const scriptedSeal: CursorSeal = {
  seal: (plain) => Uint8Array.from([7, ...plain.toReversed()]),
  open: (sealed) => (sealed[0] === 7 ? sealed.slice(1).toReversed() : undefined),
};

export function makeApplication(name = 'report', columns?: readonly string[]): Application {
  const grant = { operations: new Set(['scan'] as const), columns: columns && new Set(columns) };
  return {
    name,
    className: 'backend',
    datacenters: ['dc'],
    cacheUse: 'off',
    grants: new Map([
      ['shop.events', grant],
      ['shop.others', grant],
    ]),
  };
}

export interface ScanScene {
  readonly clock: FakeClock;
  /** As the configuration has them, by name: those in whose name a scan was called. */
  readonly applications: Map<string, Application>;
  readonly cluster: PagedCluster;
  readonly health: ScriptedHealth;
  readonly ended: ScanEvent[];
  readonly messages: ReplicaReadEvent[];
  /** Streams that began, and pages that were delivered. */
  readonly told: { begun: number; pages: number };
  readonly faults: unknown[];
  readonly inFlight: ReturnType<typeof createInFlight>;
  readonly bounds: { streams: number; maxDurationMs: number };
  /** The process is about to end. */
  end(): void;
  call(body: unknown, more?: Partial<ScanCall>): ReturnType<ReturnType<typeof createScan>>;
  /** A scan that is not refused. */
  open(body: unknown, more?: Partial<ScanCall>): Promise<ScanStream>;
}

/** A ring of six nodes in three racks, with three replicas of everything. */
export const sixNodes: ClusterState = makeState([
  { nodes: 6, racks: 3, replicationFactor: 3, tokensPerNode: 4, datacenter: 'dc' },
]);

export function setUpScans(
  rows: readonly EventRow[],
  {
    state = sixNodes,
    clock = createFakeClock(1_000_000),
    ...changes
  }: Partial<Omit<ScanParts, 'clock'>> & { readonly state?: ClusterState; readonly clock?: FakeClock } = {},
): ScanScene {
  const cluster = createPagedCluster(clock, state, rows);
  const health = createScriptedHealth(clock);
  const inFlight = createInFlight({ inFlightPerHost: 8, keysInFlight: 1_000 });
  const bounds = { streams: 16, maxDurationMs: 3_600_000 };
  const ended: ScanEvent[] = [];
  const messages: ReplicaReadEvent[] = [];
  const faults: unknown[] = [];
  const told = { begun: 0, pages: 0 };
  const applications = new Map<string, Application>();
  const endListeners = new Set<() => void>();
  const ending = {
    begun: false,
    onBegin(listener: () => void): () => void {
      if (ending.begun) listener();
      else endListeners.add(listener);
      return () => endListeners.delete(listener);
    },
  };
  const scan = createScan({
    cluster,
    rings: createRingBook(cluster),
    health,
    inFlight,
    load: createLoadTracker(clock),
    clock,
    text: nodeText,
    applicationNow: (name) => applications.get(name),
    seal: scriptedSeal,
    settingsOf: () => defaultTableSettings,
    bounds,
    ending,
    telemetry: {
      begun() {
        told.begun += 1;
      },
      page() {
        told.pages += 1;
      },
      ended: (event) => void ended.push(event),
      unexpected: (error) => void faults.push(error),
    },
    readTelemetry: {
      replicaRead: (event) => void messages.push(event),
      unexpected: (error) => void faults.push(error),
    },
    ownRack: undefined,
    ...changes,
  });
  const call: ScanScene['call'] = (body, { application = makeApplication(), ...more } = {}) => {
    applications.set(application.name, application);
    return scan({
      application,
      keyspace: 'shop',
      table: 'events',
      deadlineMs: clock.nowMs() + 1_000_000,
      body,
      sessionId: undefined,
      pageTimeoutMs: 2_000,
      ...more,
    });
  };
  return {
    clock,
    applications,
    cluster,
    health,
    ended,
    messages,
    told,
    faults,
    inFlight,
    bounds,
    end() {
      ending.begun = true;
      for (const listener of [...endListeners]) listener();
    },
    call,
    async open(body, more) {
      const begun = await clock.runUntil(call(body, more));
      if (begun.kind !== 'stream') throw new Error(`refused: ${begun.problem}`);
      return begun.stream;
    },
  };
}

export interface ScanLine {
  readonly row?: Record<string, unknown>;
  readonly unreadable?: { readonly columns: readonly string[]; readonly row: Record<string, unknown> };
  readonly checkpoint?: { readonly cursor: string; readonly rows: number };
  readonly end?: { readonly rows: number; readonly complete: boolean; readonly cursor?: string };
  readonly error?: {
    readonly type: string;
    readonly title: string;
    readonly cursor?: string;
    readonly restart?: unknown;
  };
}

export function linesOf(text: string | undefined): ScanLine[] {
  if (text === undefined) return [];
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as ScanLine);
}

/** All lines to the end; time moves as it has to. */
export async function readAll(clock: FakeClock, stream: ScanStream): Promise<ScanLine[]> {
  const lines: ScanLine[] = [];
  for (;;) {
    const text = await clock.runUntil(stream.next());
    if (text === undefined) return lines;
    lines.push(...linesOf(text));
  }
}

export function rowsOf(lines: readonly ScanLine[]): EventRow[] {
  return lines.flatMap(({ row }) => (row === undefined ? [] : [row as unknown as EventRow]));
}
