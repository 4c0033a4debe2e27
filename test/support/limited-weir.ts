/** Whole Weirs in this process that share limits through a real Redis, and what tests ask of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { createCredential } from '../../src/cli/credential.ts';
import { composeSystem } from '../../src/compose.ts';
import { loadConfigAndSettings } from '../../src/config/load.ts';
import { eventually } from './eventually.ts';
import { type ScrapedMetrics, scrapeMetrics } from './scraped-metrics.ts';
import type { ShownReadiness } from './weir-admin.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface KeysAnswer extends Answer {
  /** Keys that were found or missing: each was a unit, where it had to go to the cluster. */
  readonly admitted: number;
}

export interface Asking {
  readonly application?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface LimitedWeir {
  readonly dataUrl: string;
  readonly adminUrl: string;
  lookUp(keys: readonly string[], asking?: Asking): Promise<KeysAnswer>;
  /** Any request to the data port. */
  ask(method: string, address: string, body?: unknown, asking?: Asking): Promise<Answer>;
  /** As an operator. */
  admin(method: string, address: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  metrics(): Promise<ScrapedMetrics>;
  /** The condition `limiter`, and whether it is ready. */
  limiter(): Promise<{ readonly ready: boolean; readonly state: string }>;
  /** Log lines about limits, so far. */
  limitLines(): readonly string[];
  stop(): Promise<void>;
}

/** All instances of all tests have one operator. */
const operator = createCredential();

const base = {
  data: { host: '127.0.0.1', port: 0 },
  admin: { host: '127.0.0.1', port: 0, keyHashes: { operator: [operator.hash] } },
  auth: 'trusted',
  cassandra: { embedded: { datacenters: { 'us-east-1-frontend': 3 }, seedRows: 1_000 } },
  reload: { watch: false },
  // Clients of tests keep connections that they never used.
  shutdown: { timeout: '500ms' },
};

/** An application that may do everything, with these limits. */
export function limited(limits: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { class: 'frontend', tables: { 'shop.products': ['read', 'write', 'scan'] }, limits };
}

/**
 * On the embedded ring, with ports of its own; stopped with the test. `settings` as in a configuration file: redis,
 * applications and so on.
 */
export async function startLimitedWeir(settings: Readonly<Record<string, unknown>>): Promise<LimitedWeir> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-limited-'));
  const file = path.join(folder, 'weir.yaml');
  writeFileSync(file, stringify({ ...base, ...settings }));
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const started = composeSystem(loadConfigAndSettings({ file, env: {}, flags: [] }), { logger });
  const { dataUrl, adminUrl, stop } = await started.finally(() => rmSync(folder, { recursive: true }));
  const ask: LimitedWeir['ask'] = (
    method,
    address,
    body,
    { application = 'storefront', headers, signal } = {},
  ) => send(`${dataUrl}${address}`, method, body, { 'x-weir-app': application, ...headers }, signal);
  const admin: LimitedWeir['admin'] = (method, address, body, headers) =>
    send(`${adminUrl}${address}`, method, body, {
      authorization: `Bearer ${operator.credential}`,
      ...headers,
    });
  const weir: LimitedWeir = {
    dataUrl,
    adminUrl,
    ask,
    admin,
    async lookUp(keys, asking) {
      const answer = await ask('POST', '/v1/shop/products/lookup', { keys }, asking);
      const { found = 0, missing = 0 } = (answer.body['summary'] ?? {}) as Record<string, number>;
      return { ...answer, admitted: found + missing };
    },
    metrics: () => scrapeMetrics(adminUrl),
    async limiter() {
      const { ready, conditions } = (await admin('GET', '/readyz?verbose')).body as unknown as ShownReadiness;
      return { ready, state: conditions.find(({ name }) => name === 'limiter')?.state ?? 'absent' };
    },
    limitLines: () =>
      lines
        .map((line) => String((JSON.parse(line) as { readonly msg?: unknown }).msg))
        .filter((message) => message.includes('limits are')),
    stop: () => stop('drain'),
  };
  startedInThisTest.push(weir);
  onTestFinished(async () => {
    startedInThisTest.splice(0);
    await weir.stop();
  });
  return weir;
}

const startedInThisTest: LimitedWeir[] = [];
const mostAttempts = 3;

/**
 * Runs a body again, at most three times, where it failed and Redis was too slow for an instance meanwhile: on a machine
 * that stands still, an instance takes Redis for dead, rightly, and then other promises hold than those that are tested.
 * What fails while Redis answers in time has failed.
 */
export async function whileRedisAnswers(body: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const before = startedInThisTest.length;
    try {
      await body();
      return;
    } catch (error) {
      const started = startedInThisTest.slice(before);
      const waits = await Promise.all(started.map((weir) => timeoutsOf(weir).catch(() => 0)));
      if (attempt === mostAttempts || waits.every((count) => count === 0)) throw error;
    }
  }
}

async function timeoutsOf(weir: LimitedWeir): Promise<number> {
  const metrics = await weir.metrics();
  return metrics.sum('weir_limiter_store_duration_seconds_count', { outcome: 'timeout' });
}

async function send(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
  signal = AbortSignal.timeout(20_000),
): Promise<Answer> {
  const response =
    body === undefined
      ? await fetch(url, { method, headers, signal })
      : await fetch(url, {
          method,
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
          signal,
        });
  const text = await response.text();
  const parsed = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body: parsed };
}

let keys = 0;

/** Keys that nobody has asked for yet: each costs a unit. */
export function freshKeys(count: number): string[] {
  return Array.from({ length: count }, () => {
    keys += 1;
    return `fresh-${keys}`;
  });
}

/** Two instances of one fleet, which know of each other. */
export async function startPair(
  settings: Readonly<Record<string, unknown>>,
  settingsOfSecond = settings,
): Promise<readonly [LimitedWeir, LimitedWeir]> {
  const pair = [await startLimitedWeir(settings), await startLimitedWeir(settingsOfSecond)] as const;
  for (const weir of pair) {
    await eventually('a fleet of two', async () => {
      const instances = (await weir.metrics()).sum('weir_limiter_instances');
      return instances === 2 || undefined;
    });
  }
  return pair;
}

/** Within five seconds: so long it may take until all is as it was. */
export async function untilDegraded(weirs: readonly LimitedWeir[], isDegraded: 0 | 1): Promise<void> {
  for (const weir of weirs) {
    await eventually(
      `weir_limiter_degraded is ${isDegraded}`,
      async () => (await weir.metrics()).sum('weir_limiter_degraded') === isDegraded || undefined,
      { attempts: 100, pauseMs: 50 },
    );
  }
}
