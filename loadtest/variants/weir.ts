import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { datacenter, nodesUnderTest } from '../bench-cluster.ts';
import { checkItems, type Item, keyspace, table } from '../dataset.ts';
import { HttpClient } from '../http-client.ts';
import { WeirMetrics } from '../weir-metrics.ts';
import { WeirProcess } from '../weir-process.ts';
import type { LookUpVariant } from './look-up-variant.ts';

type Settings = Readonly<Record<string, unknown>>;

export interface WeirVariantOptions {
  readonly name: string;
  /** Settings of the table, as the configuration file names them. */
  readonly table?: Settings;
  /** Of the section `cassandra`, beside the contact points and the datacenter. */
  readonly cassandra?: Settings;
  /** The section `cache`. */
  readonly cache?: Settings;
  /** Arguments of the Node that runs Weir. */
  readonly nodeArguments?: readonly string[];
  readonly connections: number;
}

interface Answer {
  readonly results: readonly { readonly status: string; readonly rows: readonly Item[] }[];
  /** Where it was asked for. */
  readonly meta?: { readonly groups: number };
}

/** As the admin port tells it, of which this is what is needed. */
export interface CacheFigures {
  readonly partitions: number;
  readonly bytes: number;
  readonly evictions: number;
}

const application = 'bench';
const contactPoints = 3;
/** A look-up that is slow counts as slow; it must not count as failed. */
const timeoutMs = 10_000;

/** A Weir of its own, asked over HTTP. */
export class WeirVariant implements LookUpVariant {
  readonly name: string;
  readonly share = 1;
  readonly #process: WeirProcess;
  readonly #http: HttpClient;
  #url: URL | undefined;
  #sampledLookUps = 0;
  #sampledMessages = 0;

  constructor(cluster: RunningCluster, options: WeirVariantOptions) {
    this.name = options.name;
    const { nodeArguments = [] } = options;
    this.#process = new WeirProcess({ settings: weirSettings(cluster, options), nodeArguments });
    this.#http = new HttpClient(options.connections);
  }

  async start(): Promise<void> {
    await this.#process.start();
    this.#url = new URL(`/v1/${keyspace}/${table}/lookup`, this.#process.dataUrl);
  }

  /** Only a thorough one asks for the number of messages and parses the answer: both cost processor time. */
  async lookUp(keys: readonly string[], thorough: boolean): Promise<void> {
    const body = await this.ask(keys, thorough ? { 'x-debug': '1' } : {});
    if (!thorough) return;
    const { results, meta } = parseAnswer(body);
    checkResults(keys, results);
    this.#sampledLookUps += 1;
    this.#sampledMessages += meta?.groups ?? 0;
  }

  /** The answer, which says of itself that it has a row for every key; `checkAnswer` sees whether they are the right ones. */
  async ask(keys: readonly string[], extraHeaders: Readonly<Record<string, string>> = {}): Promise<Buffer> {
    if (this.#url === undefined) throw new Error(`${this.name} was not started`);
    const headers = {
      'content-type': 'application/json',
      'x-weir-app': application,
      'x-request-timeout-ms': String(timeoutMs),
      ...extraHeaders,
    };
    const { status, body } = await this.#http.post(this.#url, headers, JSON.stringify({ keys }));
    if (status !== 200) throw new Error(`${this.name} answered ${status}: ${headOf(body)}`);
    if (!body.includes(`"summary":{"found":${keys.length},`)) {
      throw new Error(`${this.name} did not find all ${keys.length} keys`);
    }
    return body;
  }

  async metrics(): Promise<WeirMetrics> {
    return new WeirMetrics(await this.#readAdmin('/metrics'));
  }

  async cacheFigures(): Promise<CacheFigures> {
    return JSON.parse(await this.#readAdmin('/admin/v1/cache')) as CacheFigures;
  }

  messagesPerLookUp(): number | undefined {
    return this.#sampledLookUps === 0 ? undefined : this.#sampledMessages / this.#sampledLookUps;
  }

  proxyCpuSeconds(): number {
    return this.#process.cpuSeconds();
  }

  async stop(): Promise<void> {
    this.#http.close();
    await this.#process.stop();
  }

  async #readAdmin(path: string): Promise<string> {
    const { status, body } = await this.#http.get(new URL(path, this.#process.adminUrl));
    if (status !== 200) throw new Error(`${this.name}: ${path} answered ${status}: ${headOf(body)}`);
    return body.toString();
  }
}

/** Throws unless the answer has exactly the rows of `keys`, in that order. */
export function checkAnswer(keys: readonly string[], body: Buffer): void {
  checkResults(keys, parseAnswer(body).results);
}

function checkResults(keys: readonly string[], results: Answer['results']): void {
  checkItems(
    keys,
    results.map(({ rows }) => rows[0]),
  );
}

function parseAnswer(body: Buffer): Answer {
  return JSON.parse(body.toString()) as Answer;
}

function headOf(body: Buffer): string {
  return body.toString('utf8', 0, 500);
}

/** Everything that is not told is left at its default. */
function weirSettings(
  cluster: RunningCluster,
  options: Pick<WeirVariantOptions, 'table' | 'cassandra' | 'cache'>,
): Settings {
  const name = `${keyspace}.${table}`;
  return {
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    auth: 'trusted',
    cassandra: {
      contactPoints: nodesUnderTest(cluster)
        .slice(0, contactPoints)
        .map(({ address, port }) => `${address}:${port}`),
      datacenter,
      ...options.cassandra,
    },
    classes: { frontend: { datacenters: [datacenter] } },
    applications: { [application]: { class: 'frontend', tables: { [name]: ['read'] } } },
    tables: { [name]: options.table ?? {} },
    ...(options.cache === undefined ? {} : { cache: options.cache }),
  };
}
