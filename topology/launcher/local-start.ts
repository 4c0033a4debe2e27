import { existsSync } from 'node:fs';
import { issueCertificate } from './certificates.ts';
import type { ClusterDirectory, ClusterState, NodeState } from './cluster-directory.ts';
import type { Installation } from './installation.ts';
import { endProcess, launchNode, waitUntilServing } from './local-node.ts';
import { conditionOf } from './process-identity.ts';
import type { Report } from './provider.ts';

/** More at once start no sooner: two cores are busy with four. */
const startsAtOnce = 4;
const serveTimeoutMs = 240_000;
const endTimeoutMs = 30_000;

export function isAlive(node: NodeState): boolean {
  return node.process !== undefined && conditionOf(node.process) !== 'gone';
}

/** Starts the nodes, a few at once; done when all of them serve. The others of the cluster stay as they are. */
export async function startNodes(
  directory: ClusterDirectory,
  installation: Installation,
  nodes: readonly NodeState[],
  report: Report,
): Promise<void> {
  for (let first = 0; first < nodes.length; first += startsAtOnce) {
    const group = nodes.slice(first, first + startsAtOnce);
    report(`starting ${group.map(({ name, address }) => `${name} (${address})`).join(', ')}`);
    await allEnded(group.map((node) => startNode(directory, installation, node)));
  }
}

async function startNode(
  directory: ClusterDirectory,
  installation: Installation,
  node: NodeState,
): Promise<void> {
  const state = directory.require();
  const nodeDirectory = directory.nodeDirectory(node.name);
  const certificate = state.spec.tls
    ? await issueCertificate(directory.path, state.spec.name, node, nodeDirectory)
    : undefined;
  const archivePath = installation.classArchivePath;
  const identity = launchNode({
    spec: state.spec,
    node,
    directory: nodeDirectory,
    seeds: seedsFor(state, node),
    installation,
    ...(existsSync(archivePath) ? { classArchive: { path: archivePath, mode: 'use' } } : {}),
    ...(certificate === undefined ? {} : { certificate }),
  });
  try {
    directory.updateNode(node.name, (current) => ({ ...current, process: identity }));
  } catch (error) {
    await endProcess(identity, 'SIGKILL', endTimeoutMs);
    throw error;
  }
  await waitUntilServing(node, identity, nodeDirectory, serveTimeoutMs);
}

/**
 * The nodes to learn the ring from: living ones, and when the cluster is founded its first group, whose nodes
 * start together and so must not wait for each other.
 */
export function seedsFor(state: ClusterState, node: NodeState, alive = isAlive): readonly string[] {
  const founding = state.phase === 'starting';
  const candidates = founding
    ? state.nodes.slice(0, startsAtOnce)
    : state.nodes.filter((other) => other.name !== node.name && alive(other)).slice(0, startsAtOnce);
  return candidates.length === 0 ? [node.address] : candidates.map(({ address }) => address);
}

/** Ends the processes of all the nodes at once, without warning. */
export async function endNodes(nodes: readonly NodeState[]): Promise<void> {
  const processes = nodes.flatMap((node) => (node.process === undefined ? [] : [node.process]));
  await allEnded(processes.map((identity) => endProcess(identity, 'SIGKILL', endTimeoutMs)));
}

/** Unlike Promise.all it rejects only when nothing is under way any more. */
async function allEnded(tasks: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(tasks);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
