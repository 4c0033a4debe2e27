import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCredential } from '../../src/cli/credential.ts';
import { eventually } from './eventually.ts';
import { type ServedWeir, serveWeir } from './served-weir.ts';

/** A line of the log of any of the processes. */
export type LogLine = Readonly<Record<string, unknown>>;

interface AdminRequest {
  readonly method?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** A `weir serve` with two workers on the embedded ring. */
export interface ServedWorkers extends ServedWeir {
  lines(): LogLine[];
  /** By number, of those that serve now. */
  pids(): ReadonlyMap<number, number>;
  /** Only to the process that leads the workers, not to the whole group. */
  signalPrimary(name: NodeJS.Signals): void;
  /** Replaces a text in the configuration file. */
  edit(before: string, after: string): void;
  lookUp(): Promise<Response>;
  admin(address: string, request?: AdminRequest): Promise<Response>;
}

/** Listens on `dataPort`, by default on one that is free. */
export async function serveWorkers(redisUrl: string, dataPort = 0): Promise<ServedWorkers> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-workers-'));
  const file = path.join(folder, 'weir.yaml');
  const { credential, hash } = createCredential();
  writeFileSync(file, configText(redisUrl, hash));
  const weir = await serveWeir(['--config', file, '--set', `data.port=${dataPort}`]).catch((error) => {
    rmSync(folder, { recursive: true });
    throw error;
  });
  const lines = (): LogLine[] =>
    weir
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  const pids = () => {
    const serving = lines().filter(({ msg }) => msg === 'a worker serves');
    return new Map(serving.map(({ worker, workerPid }) => [worker as number, workerPid as number]));
  };
  await eventually('both workers have said that they serve', () => pids().size === 2 || undefined);
  return {
    ...weir,
    lines,
    pids,
    signalPrimary: (name) => void process.kill(weir.pid, name),
    edit: (before, after) => writeFileSync(file, readFileSync(file, 'utf8').replace(before, after)),
    lookUp: () => lookUp(weir.dataUrl),
    admin: (address, { method = 'GET', body, signal = AbortSignal.timeout(10_000) } = {}) => {
      const headers = { authorization: `Bearer ${credential}`, connection: 'close' };
      const url = `${weir.adminUrl}${address}`;
      if (body === undefined) return fetch(url, { method, signal, headers });
      const withType = { ...headers, 'content-type': 'application/json' };
      return fetch(url, { method, signal, headers: withType, body: JSON.stringify(body) });
    },
    async stop() {
      const code = await weir.stop();
      rmSync(folder, { recursive: true });
      return code;
    },
  };
}

/** A connection for each, so that they go round the workers. One that is lost at the very end is given up. */
function lookUp(dataUrl: string): Promise<Response> {
  return fetch(`${dataUrl}/v1/shop/products/lookup`, {
    method: 'POST',
    signal: AbortSignal.timeout(5_000),
    headers: { 'x-weir-app': 'storefront', 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ keys: ['sku-1', 'sku-2'] }),
  });
}

function configText(redisUrl: string, hash: string): string {
  return `admin: { host: 127.0.0.1, port: 0, keyHashes: { operator: [${hash}] } }
data: { host: 127.0.0.1, port: 0 }
workers: 2
redis: { url: '${redisUrl}' }
cassandra: { embedded: { datacenters: { us-east-1-frontend: 3 }, seedRows: 100 } }
auth: trusted
applications:
  storefront: { class: frontend, tables: { shop.products: [read] } }
tables:
  shop.products: { cache: { ttl: 60s } }
bounds: { keys: 100 }
reload: { watch: false }
`;
}
