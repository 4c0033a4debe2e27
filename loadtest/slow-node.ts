import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningNode } from '../topology/launcher/provider.ts';
import { DelayingProxy } from './delaying-proxy.ts';
import type { WeirMetrics } from './weir-metrics.ts';

/** Of a delay that a mean must reach: a timer may fire up to a millisecond early. */
const timerShare = 0.95;

/**
 * A node that answers late for those who reach it by the topology file of this object, and as ever for all others:
 * the file names a proxy as the node's private address.
 */
export class SlowNode {
  readonly #node: RunningNode;
  readonly #proxyAddress: string;
  readonly #delayMs: number;
  readonly #proxy: DelayingProxy;
  readonly #directory: string;
  readonly topologyFile: string;

  constructor(nodes: readonly RunningNode[], node: RunningNode, delayMs: number) {
    this.#node = node;
    this.#proxyAddress = addressBeside(node.address);
    this.#delayMs = delayMs;
    this.#proxy = new DelayingProxy({
      // Translation changes the address and keeps the port.
      listen: { address: this.#proxyAddress, port: node.port },
      target: node,
      delayMs,
    });
    this.#directory = mkdtempSync(join(tmpdir(), 'weir-loadtest-'));
    this.topologyFile = join(this.#directory, 'bench.topology');
    const lines = nodes.map(({ address, datacenter, rack }) => {
      const privateAddress = address === node.address ? this.#proxyAddress : address;
      return `${address}=${datacenter}:${rack}:${privateAddress}\n`;
    });
    writeFileSync(this.topologyFile, lines.join(''));
  }

  start(): Promise<void> {
    return this.#proxy.start();
  }

  /** Also when it was not started. */
  async stop(): Promise<void> {
    rmSync(this.#directory, { recursive: true, force: true });
    await this.#proxy.stop();
  }

  /** Throws unless a Weir has sent the node messages, all of them by way of the proxy, and found them as slow as that. */
  checkUsed(metrics: WeirMetrics): void {
    const total = (what: 'count' | 'sum', address: string): number =>
      metrics.sum(`weir_cassandra_request_duration_seconds_${what}`, {
        host: `${address}:${this.#node.port}`,
      });
    const around = total('count', this.#node.address);
    const through = total('count', this.#proxyAddress);
    const meanMs = (total('sum', this.#proxyAddress) / through) * 1_000;
    if (around === 0 && meanMs >= this.#delayMs * timerShare) return;
    throw new Error(
      `${this.#node.name}: ${through} messages went through the proxy and took ${meanMs.toFixed(1)} ms, ` +
        `${around} went around it`,
    );
  }
}

/** Another address of the machine, at which no node of the cluster is. */
export function addressBeside(address: string): string {
  const [first, second, third, last] = address.split('.').map(Number);
  return [first, second, ((third ?? 0) + 100) % 256, last].join('.');
}
