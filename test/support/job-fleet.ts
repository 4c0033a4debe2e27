/** Processes of one fleet, each on an embedded ring whose front end can be slow, and with look-ups to it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { GuardView } from '../../src/core/guard/guard.ts';
import { eventually } from './eventually.ts';
import { type JobCalls, jobCalls } from './job-calls.ts';
import { askAdmin, operatorHash, withFile } from './job-weir.ts';
import { type ScrapedMetrics, scrapeMetrics } from './scraped-metrics.ts';
import { type ServedWeir, serveWeir } from './served-weir.ts';

export interface FleetMember {
  readonly name: string;
  readonly process: ServedWeir;
  readonly job: JobCalls;
  guard(): Promise<GuardView>;
  override(factor: number | null): Promise<unknown>;
  metrics(): Promise<ScrapedMetrics>;
  /** Stopped or ended: nobody asks it anything. */
  isAway: boolean;
}

export interface GuardedFleet {
  readonly members: readonly FleetMember[];
  /** Makes the front end's nodes slow, or fast again, for all of them. */
  toggleSlowness(): void;
  /** Those that are not away. */
  present(): readonly FleetMember[];
  stop(): Promise<void>;
}

/** Rows a second of the job, and at once. */
export const scanLimit = { rate: 2_000, burst: 200 };
export const writeLimit = { rate: 100, burst: 50 };
/** Look-ups a second of each instance. */
const lookUpsPerSecond = 20;

function settings(redisUrl: string, targetMs: number): Record<string, unknown> {
  return {
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0, keyHashes: { operator: [operatorHash] } },
    auth: 'trusted',
    redis: { url: redisUrl },
    cassandra: {
      embedded: { datacenters: { 'us-east-1-frontend': 3, 'us-east-1-backend': 2 }, seedRows: 2_000 },
      sickNodes: 'ignore',
    },
    guard: { target: `${targetMs}ms` },
    classes: {
      frontend: { datacenters: ['us-east-1-frontend'] },
      backend: { datacenters: ['us-east-1-backend'] },
    },
    applications: {
      storefront: { class: 'frontend', tables: { 'shop.products': ['read'] } },
      report: {
        class: 'backend',
        tables: { 'shop.products': ['write', 'scan'] },
        limits: { scan: { ...scanLimit, onOver: 'wait' }, write: writeLimit },
      },
    },
    tables: { 'shop.products': { speculativeRetry: 'NONE', writable: true } },
    reload: { watch: false },
    log: { level: 'warn' },
    shutdown: { timeout: '500ms' },
  };
}

/** Resolves when all of them agree on a leader. */
export async function startGuardedFleet(
  redisUrl: string,
  { size, targetMs, slowMs }: { readonly size: number; readonly targetMs: number; readonly slowMs: number },
): Promise<GuardedFleet> {
  const options = {
    program: [process.execPath, '--import', './test/support/job-slow-nodes-hook.ts', 'src/main.ts'],
    env: { ...process.env, WEIR_TEST_SLOW_MS: String(slowMs) },
  };
  const served = await withFile(settings(redisUrl, targetMs), (file) =>
    Promise.all(Array.from({ length: size }, () => serveWeir(['--config', file], options))),
  );
  const members = served.map((process, index) => memberOf(process, `instance ${index + 1}`));
  const present = (): readonly FleetMember[] => members.filter(({ isAway }) => !isAway);
  let isOver = false;
  const loads = members.map((member) => lookUpOnAndOn(member, () => isOver));
  await eventually('they have one leader', async () => {
    const views = await Promise.all(members.map(({ guard }) => guard()));
    const leaders = new Set(views.map(({ leader }) => leader));
    return (leaders.size === 1 && !leaders.has(null)) || undefined;
  });
  return {
    members,
    toggleSlowness() {
      for (const { process } of present()) process.signal('SIGUSR2');
    },
    present,
    async stop() {
      isOver = true;
      for (const { process } of members) process.signal('SIGCONT');
      await Promise.all(members.map(({ process }) => process.stop()));
      await Promise.all(loads);
    },
  };
}

function memberOf(process: ServedWeir, name: string): FleetMember {
  const admin = (method: string, body?: unknown) =>
    askAdmin(process.adminUrl, method, '/admin/v1/guard', body);
  return {
    name,
    process,
    job: jobCalls(process.dataUrl, 'report', 'shop/products'),
    guard: async () => (await admin('GET')) as unknown as GuardView,
    override: (factor) => admin('PUT', { factor }),
    metrics: () => scrapeMetrics(process.adminUrl),
    isAway: false,
  };
}

/** Open loop: what is slow does not make them fewer. */
async function lookUpOnAndOn(member: FleetMember, isOver: () => boolean): Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  while (!isOver()) {
    await delay(1_000 / lookUpsPerSecond);
    if (member.isAway || underWay.size > 100) continue;
    const asked = fetch(`${member.process.dataUrl}/v1/shop/products/lookup`, {
      method: 'POST',
      headers: {
        'x-weir-app': 'storefront',
        'content-type': 'application/json',
        'x-request-timeout-ms': '5000',
      },
      body: JSON.stringify({ keys: ['sku-1', 'sku-2', 'sku-3'] }),
      signal: AbortSignal.timeout(6_000),
    })
      .then((response) => response.arrayBuffer())
      // It may have been stopped or ended just now.
      .catch(() => undefined)
      .finally(() => underWay.delete(asked));
    underWay.add(asked);
  }
  await Promise.all(underWay);
}
