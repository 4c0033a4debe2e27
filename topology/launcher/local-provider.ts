import { ensureAuthority } from './certificates.ts';
import { ensureClassArchive } from './class-archive.ts';
import { ClusterDirectory, type NodeState } from './cluster-directory.ts';
import { type ClusterSpec, checkSpec, planNodes } from './cluster-spec.ts';
import { prepareInstallation, whyNotInstallable } from './installation.ts';
import { LauncherError } from './launcher-error.ts';
import { LocalCluster } from './local-cluster.ts';
import { checkPortsFree } from './local-node.ts';
import { endNodes, isAlive, startNodes } from './local-start.ts';
import { freePort } from './network-port.ts';
import { accessOf, type NodeAccess } from './node-access.ts';
import type { ClusterProvider, Report } from './provider.ts';
import { waitForRingAgreement } from './ring-agreement.ts';

const agreementTimeoutMs = 180_000;

/** Clusters of processes of this machine, one loopback address a node, from the jars that Maven delivers. */
export class LocalProvider implements ClusterProvider {
  readonly name = 'local';
  readonly #clustersDirectory: string;
  readonly #report: Report;

  constructor(clustersDirectory: string, report: Report = () => undefined) {
    this.#clustersDirectory = clustersDirectory;
    this.#report = report;
  }

  unavailable(): Promise<string | undefined> {
    return whyNotInstallable();
  }

  /** When a node does not start, the others are ended and the logs stay until the next attempt. */
  async start(spec: ClusterSpec): Promise<LocalCluster> {
    checkSpec(spec);
    const directory = new ClusterDirectory(this.#clustersDirectory, spec.name);
    this.#clearFailed(directory, spec.name);
    const nodes = await foundingNodes(spec, accessOf(spec, directory.path));
    for (const node of nodes) await checkPortsFree(node);
    const installation = await prepareInstallation(this.#report);
    await ensureClassArchive(spec, installation, this.#report);
    directory.create({ version: 1, spec, phase: 'starting', nextNumber: nodes.length + 1, nodes });
    try {
      if (spec.tls) await ensureAuthority(directory.path, spec.name);
      await startNodes(directory, installation, nodes, this.#report);
      this.#report('waiting until every node lists all its peers');
      await waitForRingAgreement(nodes, agreementTimeoutMs);
      directory.update((state) => ({ ...state, phase: 'ready' }));
    } catch (error) {
      await endNodes(directory.read()?.nodes ?? []);
      throw error;
    }
    return LocalCluster.attach(this.#clustersDirectory, spec.name, this.#report);
  }

  #clearFailed(directory: ClusterDirectory, name: string): void {
    const state = directory.read();
    if (state === undefined) {
      // What lies there without a state belongs to no cluster.
      directory.delete();
      return;
    }
    if (state.phase === 'ready' || state.nodes.some(isAlive)) {
      throw new LauncherError(`cluster ${name} already exists; take it down first`);
    }
    directory.delete();
  }
}

async function foundingNodes(
  spec: ClusterSpec,
  access: NodeAccess | undefined,
): Promise<readonly NodeState[]> {
  const nodes: NodeState[] = [];
  for (const planned of planNodes(spec)) {
    nodes.push({
      ...planned,
      ...(access && { access }),
      bootstrap: false,
      jmxPort: await freePort('127.0.0.1'),
    });
  }
  return nodes;
}
