/** Whole Weirs that serve batch jobs on a real cluster. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { vi } from 'vitest';
import { stringify } from 'yaml';
import { createCredential } from '../../src/cli/credential.ts';
import { composeSystem, type RunningSystem } from '../../src/compose.ts';
import { loadConfigAndSettings } from '../../src/config/load.ts';
import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { eventually } from './eventually.ts';
import { backend, frontend } from './job-tables.ts';
import { type ScrapedMetrics, scrapeMetrics } from './scraped-metrics.ts';

export interface JobWeir extends RunningSystem {
  metrics(): Promise<ScrapedMetrics>;
  /** As an operator. */
  admin(method: string, address: string, body?: unknown): Promise<Record<string, unknown>>;
  /** What the log says of the scans that have ended, in that order; waits until there are so many. */
  scans(count: number): Promise<readonly ScanRecord[]>;
}

/** A scan in the log of requests. */
export interface ScanRecord {
  readonly rows: number;
  readonly pages: number;
  readonly retries: number;
  readonly outcome: string;
}

const operator = createCredential();
export const operatorHash = operator.hash;

/** `storefront` reads in front, `report` reads, writes and scans behind, `indexer` does all of it in front. */
export function jobSettings(
  cluster: RunningCluster,
  tables: Readonly<Record<string, object>>,
  further: object = {},
): Record<string, unknown> {
  const all = Object.fromEntries(Object.keys(tables).map((name) => [name, ['read', 'write', 'scan']]));
  return {
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0, keyHashes: { operator: [operator.hash] } },
    auth: 'trusted',
    cassandra: {
      contactPoints: cluster.nodes().map(({ address, port }) => `${address}:${port}`),
      datacenter: frontend,
    },
    classes: { frontend: { datacenters: [frontend] }, backend: { datacenters: [backend] } },
    applications: {
      storefront: { class: 'frontend', tables: all },
      indexer: { class: 'frontend', tables: all },
      report: { class: 'backend', tables: all },
    },
    tables,
    reload: { watch: false },
    shutdown: { timeout: '500ms' },
    ...further,
  };
}

/** In this process; ready when it resolves. */
export async function startJobWeir(settings: Record<string, unknown>): Promise<JobWeir> {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const started = withFile(settings, (file) =>
    composeSystem(loadConfigAndSettings({ file, env: {}, flags: [] }), { logger }),
  );
  const system = await started;
  const isReady = async (): Promise<void> => {
    const { status } = await fetch(`${system.dataUrl}/readyz`);
    if (status !== 200) throw new Error('not ready');
  };
  await vi.waitFor(isReady, { timeout: 60_000, interval: 50 });
  return {
    ...system,
    metrics: () => scrapeMetrics(system.adminUrl),
    admin: (method, address, body) => askAdmin(system.adminUrl, method, address, body),
    scans: (count) =>
      eventually(`${count} scans in the log`, () => {
        const ended = lines
          .map((line) => JSON.parse(line) as ScanRecord & { readonly msg?: string })
          .filter(({ msg, outcome }) => msg === 'request' && outcome !== undefined)
          .map(({ rows, pages, retries, outcome }) => ({ rows, pages, retries, outcome }));
        return ended.length >= count ? ended : undefined;
      }),
  };
}

/** Runs with the settings in a file, which is there until the promise settles. */
export async function withFile<Result>(
  settings: Record<string, unknown>,
  run: (file: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-jobs-'));
  try {
    const file = path.join(folder, 'weir.yaml');
    writeFileSync(file, stringify(settings));
    return await run(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function askAdmin(
  adminUrl: string,
  method: string,
  address: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${adminUrl}${address}`, {
    method,
    headers: {
      authorization: `Bearer ${operator.credential}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
  });
  return (await response.json()) as Record<string, unknown>;
}
