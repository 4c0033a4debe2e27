import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cassandraYaml, logbackXml, rackProperties, storagePort } from './cassandra-files.ts';
import type { NodeCertificate } from './certificates.ts';
import type { NodeState } from './cluster-directory.ts';
import type { ClusterSpec, PlannedNode } from './cluster-spec.ts';
import type { Installation } from './installation.ts';
import { daemonArguments, type JavaSettings } from './java-arguments.ts';
import { lastLines } from './last-lines.ts';
import { LauncherError } from './launcher-error.ts';
import { isListening, whyTaken } from './network-port.ts';
import { conditionOf, identifyProcess, type ProcessIdentity, signalProcess } from './process-identity.ts';

export interface Launch {
  readonly spec: ClusterSpec;
  readonly node: NodeState;
  readonly directory: string;
  readonly seeds: readonly string[];
  readonly installation: Installation;
  readonly classArchive?: JavaSettings['classArchive'];
  readonly certificate?: NodeCertificate;
}

const pollMs = 100;

/** Rejects when another program holds an address that the node needs. */
export async function checkPortsFree(node: PlannedNode): Promise<void> {
  for (const port of [storagePort, node.port]) {
    const reason = await whyTaken(node.address, port);
    if (reason !== undefined) throw new LauncherError(`${node.name}: ${node.address}:${port} ${reason}`);
  }
}

/**
 * Writes the node's files and starts its process, which outlives this one. Returns at once: no process can
 * be started and not be in the caller's hands.
 */
export function launchNode({
  spec,
  node,
  directory,
  seeds,
  installation,
  classArchive,
  certificate,
}: Launch): ProcessIdentity {
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'cassandra.yaml'),
    cassandraYaml({
      spec,
      node,
      seeds,
      bootstrap: node.bootstrap,
      ...(certificate === undefined ? {} : { certificate }),
    }),
  );
  writeFileSync(join(directory, 'cassandra-rackdc.properties'), rackProperties(node));
  writeFileSync(join(directory, 'logback.xml'), logbackXml(join(directory, 'system.log')));
  const args = daemonArguments({
    directory,
    classPath: installation.classPath,
    javaMajor: installation.java.major,
    heapMiB: spec.heapMiB,
    jmxPort: node.jmxPort,
    bootstrap: node.bootstrap,
    quickStart: spec.quickStart,
    ...(classArchive === undefined ? {} : { classArchive }),
  });
  const output = openSync(outputPath(directory), 'w');
  try {
    const [command, ...commandArguments] = withTimerSlack(
      spec.timerSlackMicros,
      installation.java.path,
      args,
    );
    const child = spawn(command, commandArguments, {
      cwd: directory,
      detached: true,
      stdio: ['ignore', output, output],
    });
    child.on('error', () => undefined);
    child.unref();
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (identity === undefined)
      throw new LauncherError(`${node.name}: "${installation.java.path}" could not be started`);
    return identity;
  } finally {
    closeSync(output);
  }
}

/**
 * The shell turns into Java, so the process is the node's own. Where the machine does not let it set the slack, the
 * node runs with the kernel's.
 */
function withTimerSlack(
  micros: number,
  program: string,
  args: readonly string[],
): readonly [string, ...string[]] {
  if (micros === 0) return [program, ...args];
  const script = `{ echo ${micros * 1_000} > /proc/self/timerslack_ns; } 2>/dev/null; exec "$0" "$@"`;
  return ['/bin/sh', '-c', script, program, ...args];
}

/** Done when the node takes connections from drivers. Rejects with the end of its log when it does not. */
export async function waitUntilServing(
  node: PlannedNode,
  identity: ProcessIdentity,
  directory: string,
  timeoutMs: number,
): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  while (!(await isListening(node.address, node.port))) {
    if (conditionOf(identity) === 'gone') {
      throw new LauncherError(`${node.name} died while starting:\n${logTail(directory)}`);
    }
    if (Date.now() > giveUpAt) {
      throw new LauncherError(
        `${node.name} does not serve after ${timeoutMs / 1000} s:\n${logTail(directory)}`,
      );
    }
    await delay(pollMs);
  }
}

/** Sends the signal and waits for the end of the process; a process that is gone already is no error. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: 'SIGTERM' | 'SIGKILL',
  timeoutMs: number,
): Promise<void> {
  signalProcess(identity, signal);
  const giveUpAt = Date.now() + timeoutMs;
  while (conditionOf(identity) !== 'gone') {
    if (Date.now() > giveUpAt)
      throw new LauncherError(`process ${identity.pid} still runs ${timeoutMs / 1000} s after ${signal}`);
    await delay(20);
  }
}

/** The last lines of a node's log, and of what its Java printed. */
function logTail(directory: string): string {
  const texts = [join(directory, 'system.log'), outputPath(directory)].map((path) => {
    try {
      return lastLines(readFileSync(path, 'utf8'), 15);
    } catch {
      return '';
    }
  });
  return texts.filter((text) => text !== '').join('\n') || 'its log is empty';
}

function outputPath(directory: string): string {
  return join(directory, 'output.log');
}
