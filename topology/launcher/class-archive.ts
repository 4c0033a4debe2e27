import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterSpec, planNodes } from './cluster-spec.ts';
import type { Installation } from './installation.ts';
import { messageOf } from './launcher-error.ts';
import { endProcess, launchNode, waitUntilServing } from './local-node.ts';
import { freePort } from './network-port.ts';
import { signalProcess } from './process-identity.ts';
import type { Report } from './provider.ts';

const startTimeoutMs = 120_000;
const dumpTimeoutMs = 120_000;

/**
 * Makes the archive of loaded classes unless there is one: runs a node of its own for a moment, on the first
 * address of the cluster to come, and lets its Java write the archive as it ends. An archive spares each later
 * start 2 to 4 CPU seconds. Nothing depends on it, so a failure is only reported.
 */
export async function ensureClassArchive(
  spec: ClusterSpec,
  installation: Installation,
  report: Report,
): Promise<void> {
  if (existsSync(installation.classArchivePath)) return;
  const plain = { ...spec, name: 'class-archive', password: false, tls: false };
  const [planned] = planNodes(plain);
  if (planned === undefined) return;
  report('archiving classes for faster starts (once)');
  const directory = mkdtempSync(join(tmpdir(), 'weir-class-archive-'));
  const temporary = `${installation.classArchivePath}.${process.pid}`;
  try {
    const node = { ...planned, bootstrap: false, jmxPort: await freePort('127.0.0.1') };
    const identity = launchNode({
      spec: plain,
      node,
      directory,
      seeds: [node.address],
      installation,
      classArchive: { path: temporary, mode: 'write' },
    });
    const end = () => signalProcess(identity, 'SIGKILL');
    process.once('exit', end);
    try {
      await waitUntilServing(node, identity, directory, startTimeoutMs);
    } finally {
      await endProcess(identity, 'SIGTERM', dumpTimeoutMs);
      process.removeListener('exit', end);
    }
    renameSync(temporary, installation.classArchivePath);
  } catch (error) {
    report(`no archive of classes, starts will be slower: ${messageOf(error)}`);
  } finally {
    rmSync(temporary, { force: true });
    rmSync(directory, { recursive: true, force: true });
  }
}
