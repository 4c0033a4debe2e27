import { hash } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { type Logger, pino } from 'pino';
import type { AdminAccess } from '../../src/admin/access.ts';
import { type AdminAppOptions, buildAdminApp } from '../../src/admin/app.ts';
import type { Administration, ConfigView, LogLevel, TopologyView } from '../../src/core/administration.ts';
import type { RowCacheStats } from '../../src/core/cache/row-cache.ts';
import type { Explanation } from '../../src/core/reads/explanation.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createGuardAdministration } from './admin-guard-fixture.ts';
import { createLimitAdministration } from './admin-limits-fixture.ts';

export const operatorKey = 'operator-key-of-the-test';
export const viewerKey = 'viewer-key-of-the-test';
export const operatorPrefix = digestOf(operatorKey).slice(0, 8);
export const viewerPrefix = digestOf(viewerKey).slice(0, 8);

/** Everything needs a key. */
export const closedAccess: AdminAccess = {
  operator: new Set([digestOf(operatorKey)]),
  viewer: new Set([digestOf(viewerKey)]),
  openMetrics: false,
  openViewing: false,
};

export const configView: ConfigView = {
  settings: { data: { port: 8080 }, tables: { 'shop.products': { grouping: 'owner' } } },
  origins: [
    { path: ['data', 'port'], source: 'default', place: '', reloadable: false },
    {
      path: ['tables', 'shop.products', 'grouping'],
      source: 'file',
      place: 'weir.yaml:3:9',
      reloadable: true,
    },
  ],
  pendingRestart: [],
  since: '2026-11-21T10:00:00.000Z',
};

export const topologyView: TopologyView = {
  ringEpoch: 4,
  ownDatacenter: 'us-east-1-frontend',
  ownRack: null,
  datacenters: [
    {
      name: 'us-east-1-frontend',
      region: 'us-east-1',
      distance: 'own',
      nodes: [{ address: '10.0.0.1:9042', rack: 'us-east-1a', up: true, inFlight: 2, tokens: 16 }],
    },
    { name: 'eu-west-1-frontend', region: null, distance: null, nodes: [] },
  ],
  keyspaces: [{ name: 'shop', replication: 'us-east-1-frontend: 3' }],
  classes: [{ name: 'frontend', datacenters: ['us-east-1-frontend'] }],
  lint: [],
};

const node = {
  address: '10.0.0.1:9042',
  datacenter: 'us-east-1-frontend',
  rack: 'us-east-1a',
  up: true,
  standing: 'suspect',
} as const;

export const explanation: Explanation = {
  keyspace: 'shop',
  table: 'products',
  application: 'storefront',
  datacenters: ['us-east-1-frontend'],
  ringEpoch: 4,
  consistency: 'LOCAL_ONE',
  grouping: 'owner',
  maxKeysPerGroup: null,
  columns: ['title'],
  speculativeRetry: 'MIN(99p,15ms)',
  hedgeBudget: 0.1,
  keys: [
    {
      positions: [0, 2],
      token: '-4069959284402364209',
      owners: [node],
      cache: 'stale',
      cacheAgeMs: 12,
      group: 0,
    },
    { positions: [1], token: '7', owners: [], cache: 'off', cacheAgeMs: null, group: null },
  ],
  groups: [{ node, keys: [0], messages: 1, expectedMs: null, hedgeAfterMs: 15 }],
  warnings: [],
};

export const cacheStats: RowCacheStats = {
  partitions: 7,
  missingPartitions: 1,
  bytes: 4_096,
  missingBytes: 100,
  maxBytes: 1_048_576,
  evictions: 2,
  hits: 30,
  stale: 1,
  misses: 20,
  joined: 3,
  droppedFills: 4,
  invalidations: 5,
  gaps: 1,
};

export interface AdminAppFixture {
  readonly app: FastifyInstance;
  readonly clock: FakeClock;
  /** All log lines. */
  readonly log: () => string;
  readonly audit: () => readonly Record<string, unknown>[];
  /** How often each change was carried out. */
  readonly logger: Logger;
  readonly changes: {
    reload: number;
    logLevel: number;
    purge: number;
    limits: number;
    pause: number;
    guard: number;
    drain: number;
  };
  /** A request with the key of an operator; `key: undefined` sends none. */
  readonly ask: (
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS',
    url: string,
    options?: Pick<InjectOptions, 'headers' | 'payload'> & { readonly key?: string | undefined },
  ) => Promise<LightMyRequestResponse>;
}

export interface AdminAppSetup extends Partial<Omit<AdminAppOptions, 'administration'>> {
  readonly administration?: Partial<Administration>;
  readonly logLevel?: string;
}

/** An admin port that needs a key for everything, in front of an administration that answers as above. */
export function createAdminApp(setup: AdminAppSetup = {}): AdminAppFixture {
  const { administration, logLevel = 'info', ...overrides } = setup;
  const clock = createFakeClock();
  const lines: string[] = [];
  const changes = { reload: 0, logLevel: 0, purge: 0, limits: 0, pause: 0, guard: 0, drain: 0 };
  const logger = pino({ level: logLevel }, { write: (line: string) => lines.push(line) });
  const app = buildAdminApp({
    administration: { ...createAdministration(changes), ...administration },
    metricsText: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'weir_ring_epoch 4\n' }),
    readiness: () => ({ ready: changes.drain === 0, conditions: [] }),
    logger,
    clock,
    version: '1.2.3',
    hosts: () => new Set(),
    access: () => closedAccess,
    ...overrides,
  });
  return {
    app,
    clock,
    logger,
    log: () => lines.join(''),
    audit: () =>
      lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => line['audit'] === true),
    changes,
    ask: (method, url, options = {}) => {
      const { headers, ...rest } = options;
      const key = 'key' in options ? options.key : operatorKey;
      const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
      return app.inject({ method, url, headers: { ...authorization, ...headers }, ...rest });
    },
  };
}

function createAdministration(changes: AdminAppFixture['changes']): Administration {
  let level: LogLevel = 'info';
  return {
    config: () => configView,
    validateConfig: () => [],
    reloadConfig: async () => {
      changes.reload += 1;
      return { outcome: 'unchanged', applied: [], pendingRestart: [] };
    },
    topology: () => topologyView,
    explain: async () => explanation,
    cache: {
      stats: () => cacheStats,
      purge: async ({ keys }) => {
        changes.purge += 1;
        return { partitions: Array.isArray(keys) ? keys.length : 'all', reach: 'fleet' };
      },
    },
    limits: createLimitAdministration(changes),
    guard: createGuardAdministration(changes),
    logLevel: {
      get: () => level,
      set: (next) => {
        changes.logLevel += 1;
        level = next;
      },
    },
    drain: () => {
      changes.drain += 1;
      return { inFlight: 3 };
    },
  };
}

export function digestOf(key: string): string {
  return hash('sha256', key, 'hex');
}
