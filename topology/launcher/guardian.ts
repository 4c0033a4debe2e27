import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClusterDirectory } from './cluster-directory.ts';
import { endNodes } from './local-start.ts';
import { conditionOf, identifyProcess } from './process-identity.ts';

const pollMs = 500;

/**
 * Sees to it that a cluster does not outlive this process, however it ends. Call before the cluster starts. The
 * guardian is a process of its own, which no signal to this one reaches.
 */
export function spawnGuardian(clustersDirectory: string, clusterName: string): void {
  const script = join(import.meta.dirname, 'main.ts');
  const args = [
    script,
    'guard',
    String(process.pid),
    '--name',
    clusterName,
    '--directory',
    clustersDirectory,
  ];
  spawn(process.execPath, args, { detached: true, stdio: 'ignore' }).unref();
}

/** Waits for the end of the owner, then ends and deletes the cluster; returns early when others have done so. */
export async function guardCluster(
  clustersDirectory: string,
  clusterName: string,
  ownerPid: number,
): Promise<void> {
  const directory = new ClusterDirectory(clustersDirectory, clusterName);
  const owner = identifyProcess(ownerPid);
  let seen = false;
  while (owner !== undefined && conditionOf(owner) !== 'gone') {
    const exists = directory.read() !== undefined;
    if (seen && !exists) return;
    seen ||= exists;
    await delay(pollMs);
  }
  const state = directory.read();
  if (state === undefined) return;
  await endNodes(state.nodes);
  directory.delete();
}
