import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { type Item, keyspace } from '../dataset.ts';
import { HttpClient } from '../http-client.ts';
import { jobHeaders, jobSettings } from '../scan-and-write-weir.ts';
import { WeirProcess } from '../weir-process.ts';
import type { WriteVariant } from './write-variant.ts';

export interface WriteWeirOptions {
  readonly name: string;
  readonly table: string;
  /** How rows become messages, as the configuration names it. */
  readonly grouping: 'row' | 'owner' | 'request';
  readonly connections: number;
}

/** A Weir of its own, asked over HTTP; without a cache on the table. */
export class WriteWeir implements WriteVariant {
  readonly name: string;
  readonly #table: string;
  readonly #process: WeirProcess;
  readonly #http: HttpClient;
  #firstFault: string | undefined;

  constructor(cluster: RunningCluster, options: WriteWeirOptions) {
    this.name = options.name;
    this.#table = options.table;
    const table = { writable: true, writeGrouping: options.grouping };
    this.#process = new WeirProcess({ settings: jobSettings(cluster, { [options.table]: table }) });
    this.#http = new HttpClient(options.connections);
  }

  get firstFault(): string | undefined {
    return this.#firstFault;
  }

  start(): Promise<void> {
    return this.#process.start();
  }

  async write(items: readonly Item[]): Promise<number> {
    const url = new URL(`/v1/${keyspace}/${this.#table}/write`, this.#process.dataUrl);
    const rows = items.map((values) => ({ values }));
    try {
      const request = JSON.stringify({ rows, consistency: 'LOCAL_QUORUM' });
      const { status, body } = await this.#http.post(url, jobHeaders, request);
      const text = body.toString();
      const failed = items.length - writtenRows(status, text);
      if (failed > 0) this.#firstFault ??= `status ${status}: ${text.slice(0, 500)}`;
      return failed;
    } catch (error) {
      this.#firstFault ??= error instanceof Error ? error.message : String(error);
      return items.length;
    }
  }

  proxyCpuSeconds(): number {
    return this.#process.cpuSeconds();
  }

  async stop(): Promise<void> {
    this.#http.close();
    await this.#process.stop();
  }
}

/** As the answer to a write says; found without parsing it, which would cost the client more than it costs Weir. */
export function writtenRows(status: number, answer: string): number {
  return status === 200 ? Number(/"summary":\{"written":(\d+)/.exec(answer)?.[1] ?? 0) : 0;
}
