import cassandra from 'cassandra-driver';

const { distance } = cassandra.types;

/**
 * Holds connections to the nodes of some datacenters and to no others. Reads are pinned to their node; the
 * plan only serves what the driver sends of its own accord: preparing a statement, and its control connection.
 */
export class DatacenterPolicy extends cassandra.policies.loadBalancing.LoadBalancingPolicy {
  readonly #datacenters: ReadonlySet<string>;
  #hosts: cassandra.HostMap | undefined;
  #next = 0;

  constructor(datacenters: readonly string[]) {
    super();
    this.#datacenters = new Set(datacenters);
  }

  override init(
    _client: cassandra.Client,
    hosts: cassandra.HostMap,
    callback: cassandra.EmptyCallback,
  ): void {
    this.#hosts = hosts;
    // The driver's types ask for an error where its code takes none.
    (callback as () => void)();
  }

  override getDistance(host: cassandra.Host): cassandra.types.distance {
    return this.#datacenters.has(host.datacenter) ? distance.local : distance.ignored;
  }

  override newQueryPlan(
    _keyspace: string,
    _options: cassandra.ExecutionOptions,
    callback: (error: Error, plan: Iterator<cassandra.Host>) => void,
  ): void {
    const hosts = this.#hosts?.values().filter((host) => this.#datacenters.has(host.datacenter)) ?? [];
    this.#next = hosts.length === 0 ? 0 : (this.#next + 1) % hosts.length;
    const plan = [...hosts.slice(this.#next), ...hosts.slice(0, this.#next)];
    (callback as unknown as (error: null, plan: Iterator<cassandra.Host>) => void)(null, plan.values());
  }

  override getOptions(): Map<string, object> {
    return new Map([['datacenters', [...this.#datacenters]]]);
  }
}
