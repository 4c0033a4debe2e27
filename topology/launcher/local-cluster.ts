import { rmSync } from 'node:fs';
import { ClusterDirectory, type ClusterState, type NodeState } from './cluster-directory.ts';
import { planNode } from './cluster-spec.ts';
import { type Installation, prepareInstallation } from './installation.ts';
import { LauncherError, UsageError } from './launcher-error.ts';
import { checkPortsFree, endProcess } from './local-node.ts';
import { endNodes, startNodes } from './local-start.ts';
import { freePort } from './network-port.ts';
import { accessOf } from './node-access.ts';
import { emptiestRack } from './node-places.ts';
import { runNodeTool } from './node-tool.ts';
import {
  conditionOf,
  cpuSecondsOf,
  type ProcessCondition,
  type ProcessIdentity,
  signalProcess,
} from './process-identity.ts';
import type { NodePlace, Report, RunningCluster, RunningNode } from './provider.ts';
import { waitForRingAgreement } from './ring-agreement.ts';

const agreementTimeoutMs = 120_000;
const endTimeoutMs = 30_000;

export interface NodeStatus extends RunningNode {
  readonly condition: ProcessCondition;
}

/** A cluster of processes of this machine, known by its directory: any process may attach to it. */
export class LocalCluster implements RunningCluster {
  readonly name: string;
  readonly #directory: ClusterDirectory;
  readonly #report: Report;

  private constructor(name: string, directory: ClusterDirectory, report: Report) {
    this.name = name;
    this.#directory = directory;
    this.#report = report;
  }

  /** Throws when there is no such cluster. */
  static attach(clustersDirectory: string, name: string, report: Report = () => undefined): LocalCluster {
    const directory = new ClusterDirectory(clustersDirectory, name);
    directory.require();
    return new LocalCluster(name, directory, report);
  }

  get directory(): string {
    return this.#directory.path;
  }

  get phase(): ClusterState['phase'] {
    return this.#directory.require().phase;
  }

  nodes(): readonly RunningNode[] {
    return this.status().map(({ condition: _, ...node }) => node);
  }

  status(): readonly NodeStatus[] {
    return this.#directory.require().nodes.map((node) => {
      const { bootstrap: _, jmxPort: __, process, ...place } = node;
      const condition = process === undefined ? 'gone' : conditionOf(process);
      const pid = condition === 'gone' ? undefined : process?.pid;
      return { ...place, condition, ...(pid === undefined ? {} : { pid }) };
    });
  }

  async pause(nodeName: string): Promise<void> {
    await this.#switch(nodeName, 'running', 'SIGSTOP', 'paused');
  }

  async resume(nodeName: string): Promise<void> {
    await this.#switch(nodeName, 'paused', 'SIGCONT', 'running');
  }

  async kill(nodeName: string): Promise<void> {
    await endProcess(this.#living(nodeName).identity, 'SIGKILL', endTimeoutMs);
  }

  async start(nodeName: string): Promise<void> {
    const node = this.#node(nodeName);
    if (node.process !== undefined && conditionOf(node.process) !== 'gone') {
      throw new LauncherError(`${nodeName} runs already`);
    }
    await checkPortsFree(node);
    await this.#startAndJoin(node, await this.#installation());
  }

  async add(place: NodePlace): Promise<RunningNode> {
    const installation = await this.#installation();
    const jmxPort = await freePort('127.0.0.1');
    const node = this.#reserve(place, jmxPort);
    try {
      await checkPortsFree(node);
      await this.#startAndJoin(node, installation);
    } catch (error) {
      await this.#forget(node.name);
      throw error;
    }
    return this.#running(node.name);
  }

  async remove(nodeName: string): Promise<void> {
    const { node } = this.#living(nodeName, 'running');
    const installation = await this.#installation();
    this.#report(`decommissioning ${nodeName}`);
    await runNodeTool(installation, node.jmxPort, ['decommission', '--force']);
    await this.#forget(nodeName);
    await waitForRingAgreement(this.#inCondition('running'), agreementTimeoutMs, [node.address]);
  }

  async cpuSeconds(nodeName: string): Promise<number> {
    const seconds = cpuSecondsOf(this.#living(nodeName).identity);
    if (seconds === undefined) throw new LauncherError(`${nodeName} is down`);
    return seconds;
  }

  async stop(): Promise<void> {
    await endNodes(this.#directory.require().nodes);
    this.#directory.delete();
  }

  #installation(): Promise<Installation> {
    return prepareInstallation(this.#report);
  }

  /** A node that was down is known again when it and all that run agree on the ring. */
  async #startAndJoin(node: NodeState, installation: Installation): Promise<void> {
    await startNodes(this.#directory, installation, [node], this.#report);
    await waitForRingAgreement(this.#inCondition('running'), agreementTimeoutMs);
  }

  async #switch(
    nodeName: string,
    from: ProcessCondition,
    signal: NodeJS.Signals,
    to: ProcessCondition,
  ): Promise<void> {
    const { identity } = this.#living(nodeName, from);
    signalProcess(identity, signal);
    const giveUpAt = Date.now() + endTimeoutMs;
    while (conditionOf(identity) !== to) {
      if (Date.now() > giveUpAt) throw new LauncherError(`${nodeName} is not ${to} after ${signal}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #node(nodeName: string): NodeState {
    const { nodes } = this.#directory.require();
    const node = nodes.find(({ name }) => name === nodeName);
    if (node === undefined) {
      throw new UsageError(
        `there is no node ${nodeName}; there are ${nodes.map(({ name }) => name).join(', ')}`,
      );
    }
    return node;
  }

  #living(nodeName: string, wanted?: ProcessCondition): { node: NodeState; identity: ProcessIdentity } {
    const node = this.#node(nodeName);
    const condition = node.process === undefined ? 'gone' : conditionOf(node.process);
    if (node.process === undefined || condition === 'gone') throw new LauncherError(`${nodeName} is down`);
    if (wanted !== undefined && condition !== wanted) throw new LauncherError(`${nodeName} is ${condition}`);
    return { node, identity: node.process };
  }

  #running(nodeName: string): RunningNode {
    const { bootstrap: _, jmxPort: __, process, ...place } = this.#node(nodeName);
    return { ...place, ...(process === undefined ? {} : { pid: process.pid }) };
  }

  #inCondition(wanted: ProcessCondition): readonly NodeState[] {
    const { nodes } = this.#directory.require();
    return nodes.filter(({ process }) => process !== undefined && conditionOf(process) === wanted);
  }

  /** Takes a name and an address, so that two commands at once get two nodes. */
  #reserve(place: NodePlace, jmxPort: number): NodeState {
    let reserved: NodeState | undefined;
    this.#directory.update((state) => {
      const rack = place.rack ?? emptiestRack(state.nodes, place.datacenter);
      const planned = planNode(state.spec, state.nextNumber, place.datacenter, rack);
      const access = accessOf(state.spec, this.#directory.path);
      reserved = { ...planned, ...(access && { access }), bootstrap: true, jmxPort };
      return { ...state, nextNumber: state.nextNumber + 1, nodes: [...state.nodes, reserved] };
    });
    if (reserved === undefined) throw new LauncherError('no node was reserved');
    return reserved;
  }

  async #forget(nodeName: string): Promise<void> {
    const node = this.#node(nodeName);
    await endNodes([node]);
    this.#directory.update((state) => ({
      ...state,
      nodes: state.nodes.filter(({ name }) => name !== nodeName),
    }));
    rmSync(this.#directory.nodeDirectory(nodeName), { recursive: true, force: true });
  }
}
