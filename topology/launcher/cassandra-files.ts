import { stringify } from 'yaml';
import type { NodeCertificate } from './certificates.ts';
import type { ClusterSpec, PlannedNode } from './cluster-spec.ts';

/** What a node's `cassandra.yaml` depends on. */
export interface NodeSettings {
  readonly spec: ClusterSpec;
  readonly node: PlannedNode;
  readonly seeds: readonly string[];
  readonly bootstrap: boolean;
  /** Present: drivers must speak TLS. */
  readonly certificate?: NodeCertificate;
}

/**
 * Settings that differ from Cassandra's own, or have no default. Sized so that a dozen nodes fit into one
 * machine; the caches that would hide the work of a read stay at Cassandra's defaults.
 */
export function cassandraYaml({ spec, node, seeds, bootstrap, certificate }: NodeSettings): string {
  return stringify({
    cluster_name: spec.name,
    num_tokens: spec.tokensPerNode,
    auto_bootstrap: bootstrap,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    // A replica that coordinates reads from itself only under a snitch that knows datacenters and racks.
    endpoint_snitch: 'GossipingPropertyFileSnitch',
    dynamic_snitch: spec.dynamicSnitch,
    seed_provider: [
      {
        class_name: 'org.apache.cassandra.locator.SimpleSeedProvider',
        parameters: [{ seeds: seeds.join(',') }],
      },
    ],
    listen_address: node.address,
    rpc_address: node.address,
    ...(spec.announces === undefined
      ? {}
      : { broadcast_rpc_address: announcedAddress(spec.announces, node.address) }),
    storage_port: storagePort,
    native_transport_port: node.port,
    commitlog_sync: 'periodic',
    commitlog_sync_period: '10000ms',
    commitlog_segment_size: '16MiB',
    commitlog_total_space: '256MiB',
    memtable_heap_space: '64MiB',
    memtable_offheap_space: '64MiB',
    file_cache_size: '64MiB',
    concurrent_compactors: 1,
    auto_snapshot: false,
    hinted_handoff_enabled: true,
    ...(spec.password ? { authenticator: 'PasswordAuthenticator' } : {}),
    ...(certificate === undefined ? {} : { client_encryption_options: encryption(certificate) }),
  });
}

/** `127.0.9.11` in the network `203.0.113` is `203.0.113.11`. */
export function announcedAddress(network: string, address: string): string {
  return network + address.slice(address.lastIndexOf('.'));
}

/** A driver without TLS is refused; none is asked for a certificate of its own. */
function encryption({ keyPath, caPath }: NodeCertificate): unknown {
  return {
    enabled: true,
    optional: false,
    require_client_auth: false,
    ssl_context_factory: { class_name: 'org.apache.cassandra.security.PEMBasedSslContextFactory' },
    keystore: keyPath,
    truststore: caPath,
  };
}

/** Where nodes talk to each other. */
export const storagePort = 7000;

export function rackProperties(node: PlannedNode): string {
  return `dc=${node.datacenter}\nrack=${node.rack}\n`;
}

/** A log of at most two files of 10 MB. */
export function logbackXml(logPath: string): string {
  return `<configuration>
  <appender name="file" class="ch.qos.logback.core.rolling.RollingFileAppender">
    <file>${logPath}</file>
    <rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">
      <fileNamePattern>${logPath}.%i</fileNamePattern>
      <minIndex>1</minIndex>
      <maxIndex>1</maxIndex>
    </rollingPolicy>
    <triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy">
      <maxFileSize>10MB</maxFileSize>
    </triggeringPolicy>
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="file"/></root>
</configuration>
`;
}
