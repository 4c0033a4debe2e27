import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { datacenter, nodesUnderTest } from '../bench-cluster.ts';
import { checkItems, type Item, keyspace, table } from '../dataset.ts';
import { HttpClient } from '../http-client.ts';
import { WeirProcess } from '../weir-process.ts';
import type { LookUpVariant } from './look-up-variant.ts';

export interface WeirVariantOptions {
  readonly name: string;
  /** Settings of the table, as the configuration file names them. */
  readonly table?: Readonly<Record<string, unknown>>;
  /** Arguments of the Node that runs Weir. */
  readonly nodeArguments?: readonly string[];
  readonly connections: number;
}

interface DebugAnswer {
  readonly results: readonly { readonly status: string; readonly rows: readonly Item[] }[];
  readonly meta: { readonly groups: number };
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
    this.#process = new WeirProcess({ settings: weirSettings(cluster, options.table ?? {}), nodeArguments });
    this.#http = new HttpClient(options.connections);
  }

  async start(): Promise<void> {
    await this.#process.start();
    this.#url = new URL(`/v1/${keyspace}/${table}/lookup`, this.#process.dataUrl);
  }

  /** Only a thorough one asks for the number of messages and parses the answer: both cost processor time. */
  async lookUp(keys: readonly string[], thorough: boolean): Promise<void> {
    if (this.#url === undefined) throw new Error(`${this.name} was not started`);
    const headers = {
      'content-type': 'application/json',
      'x-weir-app': application,
      'x-request-timeout-ms': String(timeoutMs),
      ...(thorough ? { 'x-debug': '1' } : {}),
    };
    const { status, body } = await this.#http.post(this.#url, headers, JSON.stringify({ keys }));
    if (status !== 200) throw new Error(`${this.name} answered ${status}: ${headOf(body)}`);
    if (!body.includes(`"summary":{"found":${keys.length},`)) {
      throw new Error(`${this.name} did not find all ${keys.length} keys`);
    }
    if (thorough) this.#check(keys, JSON.parse(body.toString()) as DebugAnswer);
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

  #check(keys: readonly string[], { results, meta }: DebugAnswer): void {
    checkItems(
      keys,
      results.map(({ rows }) => rows[0]),
    );
    this.#sampledLookUps += 1;
    this.#sampledMessages += meta.groups;
  }
}

function headOf(body: Buffer): string {
  return body.toString('utf8', 0, 500);
}

/** Everything but the table's settings is left at its default. */
function weirSettings(
  cluster: RunningCluster,
  tableSettings: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
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
    },
    classes: { frontend: { datacenters: [datacenter] } },
    applications: { [application]: { class: 'frontend', tables: { [name]: ['read'] } } },
    tables: { [name]: tableSettings },
  };
}
