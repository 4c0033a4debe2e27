import { Agent } from 'node:http';
import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { runClosedLoop } from '../closed-loop.ts';
import { type Item, itemColumns, keyspace } from '../dataset.ts';
import { HttpClient } from '../http-client.ts';
import { jobHeaders, jobSettings } from '../scan-and-write-weir.ts';
import { readScan } from '../scan-lines.ts';
import type { ScanTally } from '../scan-tally.ts';
import { WeirMetrics } from '../weir-metrics.ts';
import { WeirProcess } from '../weir-process.ts';
import { pageSize, type ScanVariant, type TokenSplit } from './scan-variant.ts';

export interface ScanWeirOptions {
  readonly name: string;
  readonly table: string;
  /** Splits that are asked for. */
  readonly target: number;
  /** Splits that are scanned at the same time, each over a connection of its own. */
  readonly atOnce: number;
}

/** A Weir of its own: its splits, scanned over HTTP. */
export class ScanWeir implements ScanVariant {
  readonly name: string;
  readonly #options: ScanWeirOptions;
  readonly #process: WeirProcess;
  readonly #http = new HttpClient(1);
  readonly #agent: Agent;
  #splits: readonly TokenSplit[] = [];
  #scans = 0;

  constructor(cluster: RunningCluster, options: ScanWeirOptions) {
    this.name = options.name;
    this.#options = options;
    this.#process = new WeirProcess({ settings: jobSettings(cluster, { [options.table]: {} }) });
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.atOnce });
  }

  async start(): Promise<void> {
    await this.#process.start();
    this.#splits = await this.tellSplits();
  }

  async tellSplits(): Promise<readonly TokenSplit[]> {
    const url = this.#url(`splits?target=${this.#options.target}`);
    const { status, body } = await this.#http.get(url, jobHeaders);
    const text = body.toString();
    if (status !== 200) throw new Error(`${this.name}: splits were answered with ${status}: ${text}`);
    return (JSON.parse(text) as { splits: readonly TokenSplit[] }).splits;
  }

  async scan(tally: ScanTally): Promise<void> {
    await this.scanFirst(this.#splits.length, tally);
    this.#scans += 1;
  }

  /** So many splits of the table, from its beginning on. */
  async scanFirst(splits: number, tally: ScanTally): Promise<void> {
    const url = this.#url('scan');
    await runClosedLoop({ count: splits, inFlight: this.#options.atOnce }, async (index) => {
      const { start, end } = this.#splits[index] ?? {};
      const body = JSON.stringify({ range: { start, end }, columns: itemColumns, pageSize });
      await readScan<Item>(this.#agent, url, jobHeaders, body, (row) => tally.take(row.id, () => row));
    });
  }

  async pagesPerScan(): Promise<number> {
    return (await this.metrics()).sum('weir_scan_pages_total') / this.#scans;
  }

  async metrics(): Promise<WeirMetrics> {
    const { status, body } = await this.#http.get(new URL('/metrics', this.#process.adminUrl));
    if (status !== 200) throw new Error(`${this.name}: /metrics answered ${status}`);
    return new WeirMetrics(body.toString());
  }

  get scanUrl(): URL {
    return this.#url('scan');
  }

  get pid(): number {
    return this.#process.pid;
  }

  proxyCpuSeconds(): number {
    return this.#process.cpuSeconds();
  }

  async stop(): Promise<void> {
    this.#http.close();
    this.#agent.destroy();
    await this.#process.stop();
  }

  #url(rest: string): URL {
    return new URL(`/v1/${keyspace}/${this.#options.table}/${rest}`, this.#process.dataUrl);
  }
}
