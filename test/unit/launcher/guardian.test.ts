import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClusterDirectory } from '../../../topology/launcher/cluster-directory.ts';
import { defaultSpec, planNode } from '../../../topology/launcher/cluster-spec.ts';
import { guardCluster } from '../../../topology/launcher/guardian.ts';
import { conditionOf, identifyProcess } from '../../../topology/launcher/process-identity.ts';

describe('guardCluster', () => {
  let clusters: string;
  let owner: ChildProcess;
  let node: ChildProcess;

  const startIdle = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const identityOf = ({ pid }: ChildProcess) => {
    const identity = identifyProcess(pid ?? 0);
    if (identity === undefined) throw new Error('the process runs');
    return identity;
  };
  const endOf = async (child: ChildProcess) => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };

  beforeEach(() => {
    clusters = mkdtempSync(join(tmpdir(), 'weir-clusters-'));
    owner = startIdle();
    node = startIdle();
    const planned = planNode(defaultSpec, 1, 'east', 'a');
    new ClusterDirectory(clusters, 'demo').create({
      version: 1,
      spec: defaultSpec,
      phase: 'ready',
      nextNumber: 2,
      nodes: [{ ...planned, bootstrap: false, jmxPort: 7199, process: identityOf(node) }],
    });
  });
  afterEach(() => {
    owner.kill('SIGKILL');
    node.kill('SIGKILL');
    rmSync(clusters, { recursive: true, force: true });
  });

  it('ends the nodes and deletes their data when the owner is gone, however it ended', async () => {
    const identity = identityOf(node);
    const guarding = guardCluster(clusters, 'demo', owner.pid ?? 0);
    expect(conditionOf(identity)).toBe('running');
    await endOf(owner);
    await guarding;
    expect(conditionOf(identity)).toBe('gone');
    expect(new ClusterDirectory(clusters, 'demo').read()).toBeUndefined();
  });

  it('goes when the cluster was taken down, and touches nothing', async () => {
    const identity = identityOf(node);
    const guarding = guardCluster(clusters, 'demo', owner.pid ?? 0);
    new ClusterDirectory(clusters, 'demo').delete();
    await guarding;
    expect(conditionOf(identity)).toBe('running');
  });
});
