import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What the command line of a node's Java depends on. `directory` holds the node's files. */
export interface JavaSettings {
  readonly directory: string;
  readonly classPath: string;
  readonly javaMajor: number;
  readonly heapMiB: number;
  readonly jmxPort: number;
  readonly bootstrap: boolean;
  readonly quickStart: boolean;
  /** An archive of loaded classes to use, or to write at the end. */
  readonly classArchive?: { readonly path: string; readonly mode: 'use' | 'write' };
}

const daemonClass = 'org.apache.cassandra.service.CassandraDaemon';
export const nodeToolClass = 'org.apache.cassandra.tools.NodeTool';

/**
 * How long a node listens to gossip before it takes its place in the ring. The first nodes of a cluster have
 * nothing to learn; a node that joins with less than this finds no peer to stream from and stays empty.
 */
const ringDelayMs = { founding: 2_000, bootstrap: 8_000 };

const openedPackages: Readonly<Record<string, readonly string[]>> = {
  'java.base': [
    'java.io',
    'java.lang',
    'java.lang.module',
    'java.lang.ref',
    'java.lang.reflect',
    'java.math',
    'java.net',
    'java.nio',
    'java.util',
    'java.util.concurrent',
    'java.util.concurrent.atomic',
    'jdk.internal.loader',
    'jdk.internal.math',
    'jdk.internal.misc',
    'jdk.internal.ref',
    'jdk.internal.reflect',
    'jdk.internal.util',
    'sun.nio.ch',
  ],
  'java.management.rmi': ['com.sun.jmx.remote.internal.rmi'],
  'java.rmi': ['sun.rmi.registry', 'sun.rmi.server', 'sun.rmi.transport', 'sun.rmi.transport.tcp'],
  'java.sql': ['java.sql'],
  'jdk.attach': ['sun.tools.attach'],
  'jdk.compiler': ['com.sun.tools.javac.file'],
  'jdk.management': ['com.sun.management.internal'],
  'jdk.management.jfr': ['jdk.management.jfr'],
};

/** Cassandra and its tools reach into these packages of the Java runtime. */
export function moduleArguments(): readonly string[] {
  return Object.entries(openedPackages).flatMap(([module, packages]) =>
    packages.flatMap((name) => [
      `--add-opens=${module}/${name}=ALL-UNNAMED`,
      `--add-exports=${module}/${name}=ALL-UNNAMED`,
    ]),
  );
}

export function daemonArguments(settings: JavaSettings): readonly string[] {
  const fileUrl = (name: string) => pathToFileURL(join(settings.directory, name)).href;
  return [
    ...moduleArguments(),
    `-Xms${settings.heapMiB}m`,
    `-Xmx${settings.heapMiB}m`,
    '-Xss512k',
    '-XX:+UseSerialGC',
    // Counters in a mapped file can stall a JVM for as long as a disk write takes.
    '-XX:+PerfDisableSharedMem',
    ...(settings.quickStart ? ['-XX:TieredStopAtLevel=1'] : []),
    ...archiveArguments(settings.classArchive),
    ...(settings.javaMajor >= 18 ? ['-Djava.security.manager=allow'] : []),
    '-Djdk.attach.allowAttachSelf=true',
    '-Dio.netty.tryReflectionSetAccessible=true',
    '-Djava.awt.headless=true',
    `-Dcassandra.config=${fileUrl('cassandra.yaml')}`,
    `-Dcassandra-rackdc.properties=${fileUrl('cassandra-rackdc.properties')}`,
    `-Dlogback.configurationFile=${join(settings.directory, 'logback.xml')}`,
    `-Dcassandra.storagedir=${join(settings.directory, 'data')}`,
    `-Dcassandra.jmx.local.port=${settings.jmxPort}`,
    `-Dcassandra.ring_delay_ms=${settings.bootstrap ? ringDelayMs.bootstrap : ringDelayMs.founding}`,
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    '-Dcassandra.superuser_setup_delay_ms=0',
    '-classpath',
    settings.classPath,
    daemonClass,
  ];
}

function archiveArguments(archive: JavaSettings['classArchive']): readonly string[] {
  if (archive === undefined) return [];
  if (archive.mode === 'write') return [`-XX:ArchiveClassesAtExit=${archive.path}`];
  return [`-XX:SharedArchiveFile=${archive.path}`, '-Xshare:auto'];
}
