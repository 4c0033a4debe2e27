/**
 * Real Redis servers for tests and benchmarks: single, with Sentinels, or as a cluster; on free ports of one loopback
 * address, with their files in a temporary folder. They end when they are stopped, and with this process.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePorts } from './free-ports.ts';
import { RedisProcess, type RedisServer, until } from './redis-process.ts';

export type { RedisServer } from './redis-process.ts';

export interface RedisStart {
  /** Further arguments of redis-server: `--appendonly yes`. */
  readonly args?: readonly string[];
  readonly host?: string;
}

/** Undefined where redis-server can be started; otherwise why not. */
export function whyNoRedis(): string | undefined {
  for (const program of ['redis-server', 'redis-sentinel']) {
    if (spawnSync(program, ['--version']).error !== undefined) return `there is no ${program}`;
  }
  return undefined;
}

export async function startRedis({ args = [], host = '127.0.0.1' }: RedisStart = {}): Promise<RedisServer> {
  const [port = 0] = await freePorts(1, host);
  return startOn(host, port, args);
}

async function startOn(host: string, port: number, args: readonly string[]): Promise<RedisProcess> {
  const server = new RedisProcess(host, port, 'redis-server', () => [
    ...['--port', String(port), '--bind', host, '--save', '', '--appendonly', 'no', '--daemonize', 'no'],
    ...args,
  ]);
  await server.start();
  return server;
}

export interface SentinelGroup {
  readonly master: string;
  readonly sentinels: readonly RedisServer[];
  /** The master of the beginning, then its replicas. */
  readonly servers: readonly RedisServer[];
  /** Where the Sentinels say that the master is now. */
  masterPort(): Promise<number>;
  stop(): Promise<void>;
}

/** One master, its replicas and three Sentinels, of which two must agree; a master silent for 500 ms is replaced. */
export async function startSentinels({ replicas = 1 }: { replicas?: number } = {}): Promise<SentinelGroup> {
  const host = '127.0.0.1';
  const master = 'weir-test';
  const first = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  const servers: RedisServer[] = [first];
  const sentinels: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all([...sentinels, ...servers].map((server) => server.stop()));
  };
  try {
    const args = ['--replicaof', `${host} ${first.port}`, '--repl-diskless-sync-delay', '0'];
    for (let index = 0; index < replicas; index += 1) servers.push(await startRedis({ args }));
    await eachReplicaFollows(servers.slice(1));
    for (const port of await freePorts(3, host)) {
      const lines = [
        `port ${port}`,
        `bind ${host}`,
        `sentinel monitor ${master} ${host} ${first.port} 2`,
        `sentinel down-after-milliseconds ${master} 500`,
        `sentinel failover-timeout ${master} 3000`,
        `sentinel parallel-syncs ${master} 1`,
      ];
      const sentinel = new RedisProcess(host, port, 'redis-sentinel', (folder) => {
        const file = path.join(folder, 'sentinel.conf');
        writeFileSync(file, `${lines.join('\n')}\n`);
        return [file];
      });
      await sentinel.start();
      sentinels.push(sentinel);
    }
    await eachSentinelKnows(sentinels, master, replicas);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    master,
    sentinels,
    servers,
    async masterPort() {
      const reply = await sentinels[0]?.command('SENTINEL', 'get-master-addr-by-name', master);
      return Array.isArray(reply) ? Number(reply[1]) : Number.NaN;
    },
    stop,
  };
}

async function eachReplicaFollows(replicas: readonly RedisServer[]): Promise<void> {
  for (const replica of replicas) {
    await until('a replica follows its master', async () =>
      String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
    );
  }
}

async function eachSentinelKnows(
  sentinels: readonly RedisServer[],
  master: string,
  replicas: number,
): Promise<void> {
  for (const sentinel of sentinels) {
    await until('the Sentinels know each other', async () => {
      const reply = await sentinel.command('SENTINEL', 'master', master);
      const facts = Array.isArray(reply) ? reply.map(String) : [];
      const count = (name: string): number => Number(facts[facts.indexOf(name) + 1]);
      return count('num-slaves') === replicas && count('num-other-sentinels') === sentinels.length - 1;
    });
  }
}

export interface RedisClusterGroup {
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

/** Three masters that share the slots evenly. */
export async function startRedisCluster(): Promise<RedisClusterGroup> {
  const host = '127.0.0.1';
  const servers: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    for (const port of await clusterPorts(3, host)) {
      const args = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'];
      servers.push(await startOn(host, port, [...args, '--cluster-node-timeout', '2000']));
    }
    const slots = ['0 5461', '5462 10922', '10923 16383'];
    for (const [index, server] of servers.entries()) {
      await server.command('CLUSTER', 'ADDSLOTSRANGE', ...(slots[index]?.split(' ') ?? []));
      await server.command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    }
    for (const { port } of servers.slice(1)) {
      await servers[0]?.command('CLUSTER', 'MEET', host, String(port));
    }
    for (const server of servers) {
      await until('the cluster is whole', async () => {
        const info = String(await server.command('CLUSTER', 'INFO'));
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${servers.length}`);
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers, stop };
}

/** The bus of a node listens 10,000 ports above its own. */
async function clusterPorts(count: number, host: string): Promise<readonly number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const ports = await freePorts(20, host);
    found.push(...ports.filter((port) => port < 55_000 && !found.includes(port)));
  }
  return found.slice(0, count);
}
