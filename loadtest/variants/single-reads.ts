import { Client, type policies } from 'cassandra-driver';
import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { checkItems } from '../dataset.ts';
import { driverOptions, roundRobin, tokenAware } from '../driver-options.ts';
import { itemFromRow, readRows, selectItems } from './driver-item.ts';
import type { LookUpVariant } from './look-up-variant.ts';

/** The driver with one read a key, all of them at once. */
class SingleReadsVariant implements LookUpVariant {
  readonly name: string;
  readonly share: number;
  readonly #client: Client;
  #lookUps = 0;
  #messages = 0;

  constructor(
    name: string,
    share: number,
    cluster: RunningCluster,
    loadBalancing: policies.loadBalancing.LoadBalancingPolicy,
  ) {
    this.name = name;
    this.share = share;
    this.#client = new Client(driverOptions(cluster, loadBalancing));
  }

  start(): Promise<void> {
    return this.#client.connect();
  }

  async lookUp(keys: readonly string[], thorough: boolean): Promise<void> {
    this.#lookUps += 1;
    this.#messages += keys.length;
    const rows = await Promise.all(
      keys.map(async (key) => (await readRows(this.#client, `${selectItems} = ?`, key)).first()),
    );
    const missing = rows.filter((row) => row === null).length;
    if (missing > 0) throw new Error(`no rows for ${missing} of ${keys.length} keys`);
    if (thorough) {
      checkItems(
        keys,
        rows.map((row) => itemFromRow(row)),
      );
    }
  }

  messagesPerLookUp(): number | undefined {
    return this.#lookUps === 0 ? undefined : this.#messages / this.#lookUps;
  }

  proxyCpuSeconds(): number {
    return 0;
  }

  stop(): Promise<void> {
    return this.#client.shutdown();
  }
}

/** Each read goes to an owner of its key. */
export function singleTokenAware(cluster: RunningCluster): LookUpVariant {
  return new SingleReadsVariant('single-token-aware', 1, cluster, tokenAware());
}

/** Each read goes to the next node, whoever owns its key. */
export function singleRoundRobin(cluster: RunningCluster): LookUpVariant {
  return new SingleReadsVariant('single-round-robin', 0.5, cluster, roundRobin());
}
