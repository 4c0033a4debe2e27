import { type ClientOptions, policies, types } from 'cassandra-driver';
import type { RunningCluster } from '../topology/launcher/provider.ts';
import { datacenter, nodesUnderTest } from './bench-cluster.ts';

const contactPoints = 3;

/**
 * What every driver of the load tests has in common. A page size would read the keys of an `IN` one after
 * another, and a protocol version above 4 is tried in vain at first.
 */
export function driverOptions(
  cluster: RunningCluster,
  loadBalancing: policies.loadBalancing.LoadBalancingPolicy = roundRobin(),
): ClientOptions {
  return {
    contactPoints: nodesUnderTest(cluster)
      .slice(0, contactPoints)
      .map(({ address, port }) => `${address}:${port}`),
    localDataCenter: datacenter,
    protocolOptions: { maxVersion: 4 },
    policies: { loadBalancing },
    queryOptions: { fetchSize: 0, prepare: true, consistency: types.consistencies.localOne },
    socketOptions: { readTimeout: 30_000 },
  };
}

/** Any node of the datacenter coordinates, in turn. */
export function roundRobin(): policies.loadBalancing.LoadBalancingPolicy {
  return new policies.loadBalancing.DCAwareRoundRobinPolicy(datacenter);
}

/** An owner of the statement's one key coordinates, chosen at random; the key is known from the prepared statement. */
export function tokenAware(): policies.loadBalancing.LoadBalancingPolicy {
  return new policies.loadBalancing.TokenAwarePolicy(roundRobin());
}
